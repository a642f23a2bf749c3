"""
Find a learning rate
====================

Of all settings the learning rate matters most, and its scale depends on the solver, the
batches and the data. `find_learning_rate` tries out rates from tiny to large, one a
step, and suggests one, in the time that a few epochs take. Here its suggestion is
compared with what rates of all sizes lead to in cross-validation.
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

# All ten epochs are intended, also at rates that are too low or too high.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
settings = {"batch_size": 50, "random_state": 0}
test = find_learning_rate(MLPScratchClassifier(**settings), X, y)
print(f"suggestion {test.suggestion:.2g} after {len(test.rates)} steps")

# %%
# For comparison, the same network is trained for ten epochs with each of eleven rates,
# once at a rate that stays what it is and once with one that falls to 0 along a cosine.
# With ``n_iter_no_change=np.inf`` no fit ends early.

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
        f"best of the others {accuracy[schedule][best]:.3f} at {rates[best]:.2g}"
    )

# %%
# The test ends where the loss explodes. The suggestion is a tenth of the rate at which
# the loss was lowest, because a rate that just does not diverge is too large for
# training to settle. It lies on the plateau of both schedules; the one that falls can
# begin higher. To the left of it accuracy falls slowly, and more epochs would make up
# for that; too far to the right, nothing does.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), sharex=True, layout="constrained"
)
LearningRateDisplay(test).plot(left)
left.set(ylim=(0, 3.2), title="The range test: one step at each rate")
for (schedule, scores), color, at in zip(
    accuracy.items(), ("#009E73", "#0072B2"), ((2e-5, 0.5), (1.2e-3, 0.5)), strict=True
):
    right.semilogx(rates, scores, "o-", ms=4, color=color)
    right.text(*at, schedule, color=color, ha="center")
right.axvline(test.suggestion, color="#D55E00", linestyle="--")
right.set(xlabel="learning rate", ylabel="accuracy in cross-validation", ylim=(0, 1))
right.set_title("Ten epochs: the suggestion is good")
plt.show()
