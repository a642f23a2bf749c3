"""Diagrams of the tutorial "From a neuron to a network"."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


def canvas(width, height, scale=1.0):
    """Return axes without a frame; one inch is `scale` units."""
    size = (width / scale, height / scale)
    _, ax = plt.subplots(figsize=size, layout="constrained")
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return ax


def circle(ax, center, text, color, radius=0.38):
    """Draw a circle with a text inside."""
    ax.add_patch(Circle(center, radius, fc="white", ec=color, lw=1.8, zorder=2))
    ax.text(*center, text, ha="center", va="center", size=12, zorder=3)


def box(ax, center, text, color, width=1.3, height=0.8):
    """Draw a box with a text inside."""
    corner = np.subtract(center, (width / 2, height / 2))
    style = {"boxstyle": "round,pad=0,rounding_size=0.12", "lw": 1.8, "zorder": 2}
    ax.add_patch(FancyBboxPatch(corner, width, height, fc="white", ec=color, **style))
    ax.text(*center, text, ha="center", va="center", size=12, zorder=3)


def arrow(ax, start, end, color="0.3", width=1.5):
    """Draw an arrow between two points."""
    style = {"arrowstyle": "-|>", "color": color, "lw": width, "mutation_scale": 14}
    style |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style, zorder=1)


def label(ax, place, text, color="black", **how):
    """Write a text with a white background."""
    how = {"ha": "center", "va": "center", "size": 12, "color": color} | how
    background = {"fc": "white", "ec": "none", "pad": 1.5}
    ax.text(*place, text, bbox=background, zorder=4, **how)


def neuron():
    """Draw a neuron: inputs, weights, sum, activation and output."""
    ax = canvas(8.6, 3.6, scale=1.25)
    heights, center = {"x_1": 3.0, "x_2": 1.95, "x_d": 0.5}, np.array([3.6, 1.8])
    for name, y in heights.items():
        start = np.array([0.6, y])
        circle(ax, start, f"${name}$", BLUE)
        direction = (center - start) / np.linalg.norm(center - start)
        arrow(ax, start + 0.38 * direction, center - 0.5 * direction, BLUE)
        index = name[-1]
        label(ax, start + 0.48 * (center - start), f"$w_{index}$", BLUE)
    ax.text(0.6, 1.22, "⋮", ha="center", va="center", size=14)
    circle(ax, center, "Σ", "0.3", radius=0.5)
    arrow(ax, (3.6, 0.72), (3.6, 1.3), GREEN)
    label(ax, (3.6, 0.5), "bias $b$", GREEN)
    arrow(ax, (4.1, 1.8), (5.5, 1.8))
    label(ax, (4.75, 2.12), "$z = w · x + b$")
    box(ax, (6.1, 1.8), "$A(z)$", ORANGE, width=1.2)
    arrow(ax, (6.7, 1.8), (7.6, 1.8))
    label(ax, (7.95, 1.8), "$\\hat y$")
    for x, text in ((0.6, "features"), (3.6, "weighted sum"), (6.1, "activation")):
        ax.text(x, 3.5, text, ha="center", va="center", size=10, color="0.35")
    ax.text(7.95, 3.5, "output", ha="center", va="center", size=10, color="0.35")


def hyperplane():
    """Draw the decision line, its normal vector w, and the distance of a point."""
    _, ax = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
    w, b = np.array([1.0, 2.0]), -4.0
    x = np.array([-1.0, 5.0])
    line = -(w[0] * x + b) / w[1]
    ax.fill_between(x, line, 5, color=BLUE, alpha=0.12, lw=0)
    ax.fill_between(x, -1, line, color=ORANGE, alpha=0.12, lw=0)
    ax.plot(x, line, color="0.2", lw=1.8)
    foot, unit = np.array([0.4, 1.8]), w / np.linalg.norm(w)
    arrow(ax, foot, foot + w * 0.8, GREEN, width=2.2)
    label(ax, foot + w * 0.8 + (0.35, 0.1), "$w$", GREEN, size=14)
    side = np.array([unit[1], -unit[0]])  # along the line
    corner = foot + 0.2 * np.array([unit, unit + side, side])
    ax.plot(*corner.T, color="0.2", lw=1)
    point = np.array([2.2, 0.9]) + 1.9 * unit
    ax.plot(*np.array([(2.2, 0.9), point]).T, "--", color="0.3", lw=1.2)
    ax.plot(*point, "o", color=BLUE)
    how = {"ha": "left", "va": "center", "size": 12}
    ax.text(*(point + (0.15, 0.1)), "$x$", **how)
    ax.text(*(point - 0.85 * unit + (0.15, -0.08)), "distance $z \\,/\\, ||w||$", **how)
    ax.text(-0.75, -0.7, "$z < 0$: negative class", color=ORANGE, size=12)
    ax.text(-0.75, 4.4, "$z > 0$: positive class", color=BLUE, size=12)
    how = {"size": 12, "ha": "center", "va": "top", "rotation": -26.6}
    ax.text(2.55, 0.55, "$w · x + b = 0$", **how)
    ax.set(xlim=(-1, 5), ylim=(-1, 5), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")


def backpropagation():
    """Draw both passes through a network with one hidden layer."""
    ax = canvas(11.4, 4.1, scale=1.3)
    top, low, half = 3.05, 2.55, 0.65
    boxes = {
        2.1: ("dense 1", BLUE, "$\\dfrac{∂J}{∂W_1} = X^\\top δ_1$"),
        4.7: ("activation", ORANGE, None),
        7.3: ("dense 2", BLUE, "$\\dfrac{∂J}{∂W_2} = O_1^\\top δ_2$"),
        9.9: ("loss", "0.3", None),
    }
    for x, (text, color, gradient) in boxes.items():
        box(ax, (x, (top + low) / 2), text, color, width=2 * half, height=1.0)
        if gradient:
            arrow(ax, (x, 2.3), (x, 1.35), ORANGE)
            label(ax, (x, 0.85), gradient, ORANGE)
    forward = ["$X$", "$Z_1$", "$O_1$", "$Z_2$", "$J$"]
    backward = [None, "$δ_1$", "$∂J/∂O_1$", "$δ_2$", None]
    edges = [0.75, *boxes, 11.2]
    for i, (name, back) in enumerate(zip(forward, backward, strict=True)):
        start = edges[i] + half * (i > 0)
        end = edges[i + 1] - half * (i < len(boxes))
        arrow(ax, (start, top), (end, top), BLUE)
        label(ax, ((start + end) / 2, top + 0.3), name, BLUE)
        if back:
            arrow(ax, (end, low), (start, low), ORANGE)
            label(ax, ((start + end) / 2, low - 0.32), back, ORANGE)
    ax.text(0.2, 3.85, "forward pass", color=BLUE, size=11, va="center")
    ax.text(11.2, 1.35, "backward pass", color=ORANGE, size=11, ha="right", va="center")
