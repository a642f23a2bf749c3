"""The picture that other sites show beside a link to this one.

``python docs/social_card.py`` draws it again, as ``docs/_static/social_card.png``.
"""

from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import make_moons

from sknn_scratch import MLPScratchClassifier

STATIC = Path(__file__).parent / "_static"
BLUE, GREEN, ORANGE, INK = "#0072B2", "#009E73", "#D55E00", "#1f2933"

# Positions of the units in the logo, in its coordinates.
LAYERS = (
    [(12, 20), (12, 44)],
    [(32, 10), (32, 32), (32, 54)],
    [(52, 32)],
)


def draw_logo(ax):
    """Draw the network of logo.svg."""
    for left, right in pairwise(LAYERS):
        for start in left:
            for end in right:
                ax.plot(*zip(start, end, strict=True), color=BLUE, lw=4, zorder=1)
    for layer, color in zip(LAYERS, (GREEN, BLUE, ORANGE), strict=True):
        ax.scatter(*zip(*layer, strict=True), s=700, color=color, zorder=2)
    ax.set(xlim=(0, 64), ylim=(64, 0), aspect="equal")
    ax.axis("off")


def draw_decision(ax):
    """Draw the probabilities of a trained network over two classes of points."""
    X, y = make_moons(300, noise=0.15, random_state=0)
    mlp = MLPScratchClassifier(
        16, activation="tanh", solver="lbfgs", alpha=0.1, max_iter=500, random_state=0
    ).fit(X, y)
    x, z = np.meshgrid(np.linspace(-1.8, 2.8, 400), np.linspace(-1.4, 1.9, 400))
    p = mlp.predict_proba(np.c_[x.ravel(), z.ravel()])[:, 1].reshape(x.shape)
    blue_to_orange = LinearSegmentedColormap.from_list("", [BLUE, "white", ORANGE])
    extent = (x.min(), x.max(), z.min(), z.max())
    ax.imshow(
        p, cmap=blue_to_orange, alpha=0.6, extent=extent, origin="lower", aspect="auto"
    )
    ax.contour(x, z, p, levels=[0.5], colors=INK, linewidths=2.5)
    for label, color in enumerate((BLUE, ORANGE)):
        ax.scatter(*X[y == label].T, s=30, color=color, edgecolor="white")
    ax.axis("off")


def card():
    """Return a figure of 1200 by 630 pixels."""
    figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    draw_decision(figure.add_axes((0.58, 0, 0.42, 1)))
    draw_logo(figure.add_axes((0.04, 0.62, 0.16, 0.3)))
    text = {"color": INK, "ha": "left", "va": "center", "fontfamily": "DejaVu Sans"}
    figure.text(0.05, 0.5, "sknn_scratch", fontsize=52, weight="bold", **text)
    figure.text(
        0.053,
        0.29,
        "Neural networks for scikit-learn,\nwritten from scratch in NumPy",
        fontsize=24,
        linespacing=1.5,
        **text,
    )
    return figure


if __name__ == "__main__":
    card().savefig(STATIC / "social_card.png")
