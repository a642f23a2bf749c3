"""
Learning rate finder
====================

The learning rate is usually the most important hyperparameter, and its scale depends on
the solver, the batch size and the data. `find_learning_rate` runs a learning-rate range
test: it increases the learning rate from step to step and suggests a rate, in the time
of a few epochs. This example compares the suggestion with the cross-validated accuracy
at learning rates from 1e-5 to 1.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_val_score

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.inspection import find_learning_rate
from sknn_scratch.plotting import LearningRateDisplay

# Some rates are too low or too high on purpose, so no warning is needed.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
settings = {"batch_size": 50, "random_state": 0}
test = find_learning_rate(MLPScratchClassifier(**settings), X, y)
print(f"suggestion {test.suggestion:.2g} after {len(test.rates)} steps")

# %%
# For comparison, the same network is trained for ten epochs with each of eleven
# learning rates: once with a constant rate, and once with a cosine schedule, which
# decreases the rate to 0. With ``n_iter_no_change=np.inf``, no fit stops before the
# tenth epoch.

rates = np.logspace(-5, 0, 11)
folds = StratifiedKFold(5, shuffle=True, random_state=0)
accuracy = {}
for schedule in ("constant", "cosine"):
    mlp = MLPScratchClassifier(
        learning_rate=schedule, max_iter=10, n_iter_no_change=np.inf, **settings
    )
    accuracy[schedule] = [
        cross_val_score(mlp.set_params(learning_rate_init=r), X, y, cv=folds).mean()
        for r in rates
    ]
    best = np.argmax(accuracy[schedule])
    mlp.set_params(learning_rate_init=test.suggestion)
    suggested = cross_val_score(mlp, X, y, cv=folds).mean()
    print(
        f"{schedule:8}  suggestion {suggested:.3f}, "
        f"best rate of the grid {accuracy[schedule][best]:.3f} at {rates[best]:.2g}"
    )

# %%
# The range test ends when the loss diverges. The suggestion is a tenth of the rate with
# the lowest loss, because a rate just below divergence is too large for training to
# converge. With both schedules, the suggested rate is in the range with the highest
# accuracies. With the cosine schedule, a somewhat larger rate is also good. At lower
# rates the accuracy decreases slowly, and more epochs would help. At rates that are too
# high, more epochs would not help.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), sharex=True, layout="constrained"
)
LearningRateDisplay(test).plot(left)
left.set(ylim=(0, 3.2), title="Range test: one step at each rate")
for (schedule, scores), color, at in zip(
    accuracy.items(), ("#009E73", "#0072B2"), ((2e-5, 0.5), (1.2e-3, 0.5)), strict=True
):
    right.semilogx(rates, scores, "o-", ms=4, color=color)
    right.text(*at, f"{schedule}\nrate", color=color, ha="center")
right.axvline(test.suggestion, color="#D55E00", linestyle="--", label="suggestion")
right.legend(loc="lower left", frameon=False)
right.set(xlabel="learning rate", ylabel="cross-validated accuracy", ylim=(0, 1))
right.set_title("Accuracy after ten epochs at each rate")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`training </guide/training>` describes solvers and
#   learning-rate schedules.
# - The user guide on :doc:`callbacks and checks </guide/watching>` describes the range
#   test.
# - :doc:`/gallery/loss_curves` shows the effect of schedules on the loss curves.
