"""
Loss curves of several trainings
================================

Every fit leaves its curves: the loss of the training set and, with early stopping, that
of the validation set, epoch by epoch. `LossCurveDisplay` draws those of several fits in
one plot, also of scikit-learn's MLP. Here they show what a schedule of the learning
rate does to the end of a training.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.plotting import LossCurveDisplay

# All thirty epochs are intended.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, test_size=0.3, stratify=y, random_state=0
)

# %%
# One network with a moderate penalty, and three schedules: the rate is "constant",
# falls along a "cosine", or rises and falls in "one_cycle". ``scoring="loss"`` lets the
# validation loss say which epoch is best; with a patience without end all runs last for
# 30 epochs. scikit-learn's network has the constant rate, too. It records no validation
# loss, so it is trained without, until its own loss no longer falls.

settings = {
    "alpha": 0.1,
    "batch_size": 32,
    "learning_rate_init": 0.03,
    "random_state": 0,
}
runs = {
    schedule: MLPScratchClassifier(
        learning_rate=schedule,
        max_iter=30,
        early_stopping=True,
        validation_fraction=0.2,
        scoring="loss",
        n_iter_no_change=np.inf,
        **settings,
    )
    for schedule in ("constant", "cosine", "one_cycle")
}
runs["scikit-learn"] = MLPClassifier(**settings)
for name, run in runs.items():
    accuracy = run.fit(X_train, y_train).score(X_test, y_test)
    print(f"{name:12} test accuracy {accuracy:.3f}")
for name in ("constant", "cosine", "one_cycle"):
    late = runs[name].validation_loss_curve_[-10:]
    print(f"{name:12} last validation losses {min(late):.2f} to {max(late):.2f}")

# %%
# A rate of 0.03 is high for Adam. While it stays there, a step may undo what others
# have gained, and how good the last epoch is depends on chance; early stopping has to
# catch a good one, which the lines mark. Where the rate falls, the curves come to rest,
# and the last epoch is about as good as the best.

figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
LossCurveDisplay.from_estimators(runs, log=True, ax=ax)
figure.suptitle("Where the rate falls, the curves come to rest")
plt.show()
