"""Draw the modules of the library and who imports whom, read from the source."""

import ast
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt

import sknn_scratch

ROOT = Path(sknn_scratch.__file__).parent
AROUND = ("callbacks", "inspection", "onnx", "plotting")


def modules():
    """Map every module to those of the library that it imports."""
    files = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        inside = parts[:2] if parts[0] == "engine" else parts[:1]
        if inside[-1] != "__init__":
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


def color(name):
    """Return the colour of a module's part of the library."""
    if name in AROUND:
        return "#009E73"
    return "#D55E00" if name.startswith("_") else "#0072B2"


def place(uses):
    """Give every module a place above those that it uses."""
    rows = {}
    for name in uses:
        rows.setdefault(height(uses, name), []).append(name)
    places = {}
    for row, names in sorted(rows.items()):
        middle = {n: mean(places[t][0] for t in uses[n]) if row else 0.0 for n in names}
        names.sort(key=lambda n: (middle[n], n))
        for i, name in enumerate(names):
            places[name] = (i - (len(names) - 1) / 2, row)
    return places


def draw(ax, uses):
    """Draw modules as boxes, and an arrow to each that is not reached otherwise."""
    places = place(uses)
    for name, targets in uses.items():
        further = set().union(*(reach(uses, target) for target in targets))
        for target in targets - further:
            arrow = {"arrowstyle": "-|>", "color": color(name), "alpha": 0.5}
            arrow |= {"shrinkA": 9, "shrinkB": 9}
            ax.annotate("", places[target], places[name], arrowprops=arrow)
    for name, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.35", "fc": color(name), "ec": "none"}
        ax.text(x, y, name, bbox=box, ha="center", va="center", color="white", size=8)
    widest = max(x for x, _ in places.values()) + 0.5
    highest = max(y for _, y in places.values()) + 0.4
    ax.set(xlim=(-widest, widest), ylim=(-0.4, highest))
    ax.set_axis_off()


uses = modules()
engine = {
    name.removeprefix("engine."): {target.removeprefix("engine.") for target in targets}
    for name, targets in uses.items()
    if name.startswith("engine.")
}
above = {"engine": set()} | {
    name: {target.partition(".")[0] for target in targets}
    for name, targets in uses.items()
    if not name.startswith("engine.")
}
figure, (upper, lower) = plt.subplots(2, 1, figsize=(8, 9), height_ratios=[8, 4.5])
draw(upper, above)
draw(lower, engine)
upper.set_title("estimators, and what is around them")
lower.set_title("engine")
