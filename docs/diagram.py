"""Draw the levels of the package, their modules and imports, from the source.

An import from a higher level is an error.
"""

import ast
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

import sknn_scratch

ROOT = Path(sknn_scratch.__file__).parent
# From the highest level to the lowest.
LEVELS = {
    "tools": "#009E73",
    "estimators": "#D55E00",
    "listeners": "#AA6699",
    "engine": "#0072B2",
}
# Files that all levels except the engine share, and files outside the levels.
LEFT_OUT = {"_sklearn", "_warnings", "_version", "__init__", "__main__"}


def modules():
    """Map every module to those of the library that it imports."""
    files = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        inside = parts[:2] if parts[0] in LEVELS else parts[:1]
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


def level_of(name):
    """Return the level of a module."""
    package = name.partition(".")[0]
    return package if package in LEVELS else "tools"


def between_levels(uses):
    """Return the levels that each level imports from; a ValueError if one is higher."""
    found = {level: set() for level in LEVELS}
    order = list(LEVELS)
    for name, targets in uses.items():
        for target in targets:
            level, below = level_of(name), level_of(target)
            if order.index(below) < order.index(level):
                raise ValueError(f"{name} imports {target} from a higher level.")
            found[level] |= {below} - {level}
    return found


def direct(uses):
    """Return the imports that do not follow from others."""
    return {
        name: targets - set().union(*(reach(uses, target) for target in targets))
        for name, targets in uses.items()
    }


def reach(uses, name):
    """Return all modules that a module depends on."""
    found, ahead = set(), list(uses[name])
    while ahead:
        if (target := ahead.pop()) not in found:
            found.add(target)
            ahead += uses[target]
    return found


def height(uses, name):
    """Return the length of the longest chain of imports."""
    return 1 + max((height(uses, target) for target in uses[name]), default=-1)


def place(uses):
    """Place every module above those that it imports, near those that import it."""
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


def draw_level(ax, level, uses, bottom):
    """Draw the modules of a level above a height; return the height of its top."""
    color = LEVELS[level]
    places = {name: (x, y + bottom) for name, (x, y) in place(uses).items()}
    top = max(y for _, y in places.values()) + 1.0
    frame = FancyBboxPatch(
        (-4.45, bottom - 0.5), 8.9, top - bottom, boxstyle="round,pad=0.05",
        fc=color, ec="none", alpha=0.1,
    )  # fmt: skip
    ax.add_patch(frame)
    ax.text(-4.3, top - 0.65, level, color=color, size=13, weight="bold", va="top")
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
    return top


def draw(ax, uses):
    """Draw all levels, and arrows from one to the next."""
    bottom, heights = 0.0, {}
    for level in reversed(LEVELS):
        members = {name for name in uses if level_of(name) == level}
        inside = {name: uses[name] & members for name in members}
        top = draw_level(ax, level, inside, bottom)
        heights[level] = (bottom - 0.55, top - 0.45)
        bottom = top + 0.5
    arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=0.7", "color": "0.35"}
    for level, below in direct(between_levels(uses)).items():
        for target in below:
            start, end = (4.1, heights[level][0]), (4.1, heights[target][1])
            arrow |= {"lw": 3, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", end, start, arrowprops=arrow)
    ax.set(xlim=(-4.6, 4.6), ylim=(-0.7, bottom - 0.8))
    ax.set_axis_off()


figure, ax = plt.subplots(figsize=(8.2, 11.5), layout="constrained")
draw(ax, modules())
