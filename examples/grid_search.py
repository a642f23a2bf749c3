"""
Grid search: hidden layer sizes and dropout
===========================================

The estimators work in scikit-learn's hyperparameter searches, alone or in a pipeline,
and with several processes. This example searches for the best number of hidden units
and the best dropout rate of a network that classifies digits. Both are varied together,
because the best dropout rate depends on the number of units.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X.astype(np.float32), y, stratify=y, random_state=0
)

# %%
# The scaler is part of the pipeline, so that it is fitted only to the training part of
# each split. `make_pipeline` names a step after its class. In the grid, the name of a
# parameter is the name of its step, two underscores, and the name in the estimator:
# ``mlpscratchclassifier__hidden_layer_sizes``. A grid can also contain instances, such
# as ``{"mlpscratchclassifier__activation": ["relu", LeakyReLU(slope=0.2)]}``.
#
# The cosine schedule decreases the learning rate to almost 0 within `max_iter` epochs.
# So `max_iter` determines the time of the search, and every candidate ends with a small
# learning rate.

model = make_pipeline(
    StandardScaler(),
    MLPScratchClassifier(
        learning_rate="cosine",
        learning_rate_init=0.01,
        batch_size=100,
        max_iter=40,
        random_state=0,
    ),
)
sizes, rates = [8, 16, 32, 64, 128], [0.0, 0.2, 0.4, 0.6]
grid = {
    "mlpscratchclassifier__hidden_layer_sizes": sizes,
    "mlpscratchclassifier__dropout": rates,
}
search = GridSearchCV(model, grid, cv=5, n_jobs=2).fit(X_train, y_train)

# %%
# The score of the best candidate is the highest of 20, so it is optimistically biased.
# The test set was not used in the search, so its score is unbiased. The standard
# error of the mean over five folds is corrected for their overlapping training sets
# (Nadeau and Bengio, 2003): the variance of the scores is multiplied by 1/5 + 1/4
# instead of 1/5.

accuracy = search.cv_results_["mean_test_score"].reshape(len(rates), len(sizes))
best = search.best_index_
variance = search.cv_results_["std_test_score"][best] ** 2 * 5 / 4
error = np.sqrt(variance * (1 / 5 + 1 / 4))
print(search.best_params_)
print(f"cross-validation {search.best_score_:.3f} ± {error:.3f}")
print(f"test set {search.score(X_test, y_test):.3f}")

# %%
# Dropout makes small networks worse, because they need all their units. With 128 units,
# the cross-validated accuracy is about half a percentage point higher with dropout. The
# test set is too small to confirm this difference.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
image = ax.imshow(accuracy, cmap="Blues", aspect="auto", origin="lower")
dark = accuracy > (accuracy.min() + accuracy.max()) / 2
for (row, column), value in np.ndenumerate(accuracy):
    color = "white" if dark[row, column] else "black"
    ax.text(column, row, f"{value:.3f}", color=color, ha="center", va="center")
row, column = divmod(best, len(sizes))
frame = {
    "fill": False,
    "edgecolor": "#D55E00",
    "linewidth": 4,
    "clip_on": False,
    "zorder": 3,
}
ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **frame))
ax.set_xticks(range(len(sizes)), sizes)
ax.set_yticks(range(len(rates)), rates)
ax.set(xlabel="number of hidden units", ylabel="dropout rate")
ax.set_title("Dropout makes small networks worse")
figure.colorbar(image, label="cross-validated accuracy")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`choosing settings </guide/choosing>` recommends ranges to
#   search.
# - :doc:`/gallery/halving_search` saves time by stopping bad candidates early.
# - :doc:`/gallery/optuna_search` proposes candidates from the results so far.
# - The user guide on :doc:`distributed searches </guide/distributed>` runs a search on
#   several machines.
# - The user guide on :doc:`callbacks </guide/watching>` shows the progress of a search.
