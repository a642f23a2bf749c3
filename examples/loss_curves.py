"""
Loss curves and learning rate schedules
=======================================

A loss curve shows the training loss of every epoch and, with early stopping, the
validation loss. `LossCurveDisplay` plots the curves of one or several networks,
including scikit-learn's. This example compares learning rate schedules by their curves.
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

# All 30 epochs are intended, so no warning is needed.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, test_size=0.3, stratify=y, random_state=0
)

# %%
# The same network is trained with three schedules. The learning rate is constant,
# decreases ("cosine"), or first increases and then decreases ("one_cycle"). With
# ``scoring="loss"``, the best epoch is the one with the lowest validation loss. With
# ``n_iter_no_change=np.inf``, these three runs last 30 epochs. scikit-learn's network
# also has a constant rate. It records no validation loss, so it is trained without
# early stopping until its training loss no longer decreases.

settings = {
    "alpha": 0.1,
    "batch_size": 32,
    "learning_rate_init": 0.03,
    "random_state": 0,
}
schedules = {
    "constant rate": "constant",
    "cosine": "cosine",
    "one-cycle": "one_cycle",
}
runs = {
    name: MLPScratchClassifier(
        learning_rate=schedule,
        max_iter=30,
        early_stopping=True,
        validation_fraction=0.2,
        scoring="loss",
        n_iter_no_change=np.inf,
        **settings,
    )
    for name, schedule in schedules.items()
}
runs["MLPClassifier"] = MLPClassifier(**settings)
for name, run in runs.items():
    accuracy = run.fit(X_train, y_train).score(X_test, y_test)
    print(f"{name:13} test accuracy {accuracy:.3f}")
for name in schedules:
    late = runs[name].validation_loss_curve_[-10:]
    print(f"{name:13} last ten validation losses {min(late):.2f} to {max(late):.2f}")

# %%
# A learning rate of 0.03 is high for Adam. With a constant rate, the validation loss
# varies up to the last epoch, and the loss of the last epoch depends on chance. Early
# stopping restores the weights of the best epoch, which the vertical lines mark. If the
# rate decreases, the curves become smooth, and the last epoch is about as good as the
# best one.

figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
LossCurveDisplay.from_estimators(runs, log=True, ax=ax)
figure.suptitle("Decreasing learning rates make the curves smooth at the end")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide describes all :ref:`learning-rate schedules
#   <learning-rate-schedules>`.
# - The user guide on :doc:`early stopping </guide/validation>` describes the validation
#   set and the best epoch.
# - The user guide on :doc:`callbacks </guide/watching>` describes `LiveLossPlot`, which
#   plots the curves in a notebook while training runs.
# - :doc:`/gallery/learning_rate_finder` finds a learning rate before training.
