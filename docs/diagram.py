"""Draw the floors of the library, their modules and who imports whom, from the source.

Imports lead down from floor to floor; one that leads up is an error.
"""

import ast
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

import sknn_scratch

ROOT = Path(sknn_scratch.__file__).parent
# From the top of the house to its ground.
FLOORS = {
    "tools": "#009E73",
    "estimators": "#D55E00",
    "listeners": "#AA6699",
    "engine": "#0072B2",
}
# What all floors but the engine share, and what is no part of a floor.
LEFT_OUT = {"_sklearn", "_warnings", "_version", "__init__", "__main__"}


def modules():
    """Map every module to those of the library that it imports."""
    files = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        inside = parts[:2] if parts[0] in FLOORS else parts[:1]
        if inside[-1] not in LEFT_OUT:
            files.setdefault(".".join(inside), []).append(path)
    return {
        name: {target for path in paths for target in imports(path, files)} - {name}
        for name, paths in files.items()
    }


def imports(file, names):
    """Yield the modules in `names` that a file imports when it is imported."""
    package = list(file.relative_to(ROOT).parent.parts)
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            base += node.module.split(".") if node.module else []
            for parts in (base, *([*base, alias.name] for alias in node.names)):
                for length in (1, 2):
                    if ".".join(parts[:length]) in names:
                        yield ".".join(parts[:length])


def floor_of(name):
    """Return the floor that a module is on."""
    package = name.partition(".")[0]
    return package if package in FLOORS else "tools"


def between_floors(uses):
    """Return which floors each floor imports from; a ValueError if one is above it."""
    found = {floor: set() for floor in FLOORS}
    order = list(FLOORS)
    for name, targets in uses.items():
        for target in targets:
            floor, below = floor_of(name), floor_of(target)
            if order.index(below) < order.index(floor):
                raise ValueError(f"{name} imports {target}, which is above it.")
            found[floor] |= {below} - {floor}
    return found


def direct(uses):
    """Return the imports that do not follow from others."""
    return {
        name: targets - set().union(*(reach(uses, target) for target in targets))
        for name, targets in uses.items()
    }


def reach(uses, name):
    """Return all modules that one depends on."""
    found, ahead = set(), list(uses[name])
    while ahead:
        if (target := ahead.pop()) not in found:
            found.add(target)
            ahead += uses[target]
    return found


def height(uses, name):
    """Return the length of the longest way down."""
    return 1 + max((height(uses, target) for target in uses[name]), default=-1)


def place(uses):
    """Give every module a place above those that it uses, near those that use it."""
    users = {name: {n for n, found in uses.items() if name in found} for name in uses}
    rows = {}
    for name in sorted(uses):
        rows.setdefault(height(uses, name), []).append(name)
    places = {name: (0.0, row) for row, names in rows.items() for name in names}
    upwards = sorted(rows)
    for order, near in ((upwards, uses), (upwards[::-1], users), (upwards, uses)):
        for row in order:
            n = len(rows[row])
            middle = {m: mean(places[t][0] for t in near[m] or [m]) for m in rows[row]}
            rows[row].sort(key=middle.get)
            step = min(1.6, 8.4 / n)
            # Rows are shifted against each other, so that arrows pass between boxes.
            start = 0.45 * (row % 3 - 1) * (n < 6) - step * (n - 1) / 2
            for i, name in enumerate(rows[row]):
                places[name] = (start + step * i, row)
    return places


def draw_floor(ax, floor, uses, ground):
    """Draw the modules of a floor above a height; return the height of its ceiling."""
    color = FLOORS[floor]
    places = {name: (x, y + ground) for name, (x, y) in place(uses).items()}
    ceiling = max(y for _, y in places.values()) + 1.0
    wall = FancyBboxPatch(
        (-4.45, ground - 0.5), 8.9, ceiling - ground, boxstyle="round,pad=0.05",
        fc=color, ec="none", alpha=0.1,
    )  # fmt: skip
    ax.add_patch(wall)
    ax.text(-4.3, ceiling - 0.65, floor, color=color, size=13, weight="bold", va="top")
    boxes = {}
    for name, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.35", "fc": color, "ec": "none"}
        label = name.partition(".")[2] or name
        style = {"ha": "center", "va": "center", "color": "w", "size": 8}
        text = ax.text(x, y, label, bbox=box, **style)
        boxes[name] = text.get_bbox_patch()
    for name, targets in direct(uses).items():
        for target in targets:
            arrow = {"arrowstyle": "-|>", "color": color, "alpha": 0.6}
            arrow |= {"patchA": boxes[name], "patchB": boxes[target], "shrinkB": 1}
            ax.annotate("", places[target], places[name], arrowprops=arrow)
    return ceiling


def draw(ax, uses):
    """Draw all floors, and arrows from one to the next."""
    ground, heights = 0.0, {}
    for floor in reversed(FLOORS):
        on_it = {name for name in uses if floor_of(name) == floor}
        inside = {name: uses[name] & on_it for name in on_it}
        ceiling = draw_floor(ax, floor, inside, ground)
        heights[floor] = (ground - 0.55, ceiling - 0.45)
        ground = ceiling + 0.5
    arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=0.7", "color": "0.35"}
    for floor, below in direct(between_floors(uses)).items():
        for target in below:
            start, end = (4.1, heights[floor][0]), (4.1, heights[target][1])
            arrow |= {"lw": 3, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", end, start, arrowprops=arrow)
    ax.set(xlim=(-4.6, 4.6), ylim=(-0.7, ground - 0.8))
    ax.set_axis_off()


figure, ax = plt.subplots(figsize=(8.2, 11.5), layout="constrained")
draw(ax, modules())
