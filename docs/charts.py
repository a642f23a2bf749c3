"""The charts of the benchmark page, drawn from the tables that the page shows.

The tables are the CSV files in docs/measurements. Figures are drawn twice as large as
they are shown, so that text stays sharp on a phone.
"""

import csv
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

DOCS = Path(__file__).parent
TABLES = DOCS / "measurements"
OURS, THEIRS, THIRD = "#0072b2", "#d55e00", "#009e73"
LIBRARIES = {"sknn_scratch": OURS, "scikit-learn": THEIRS}
LARGEST_CHANGE = 60  # percent; larger changes are drawn at this value
STYLE = {"font.size": 19, "axes.spines.top": False, "axes.spines.right": False}


def read(name):
    """Return the column names, the row names and the cells of a table."""
    text = (TABLES / f"{name}.csv").read_text("utf-8").replace("\N{SOFT HYPHEN}", "")
    header, *rows = csv.reader(text.splitlines())
    return header[1:], [row[0] for row in rows], [row[1:] for row in rows]


def number(cell):
    """Return the first number of a cell; NaN if there is none."""
    found = re.search(r"[-+−]?[\d,.]*\d", cell)
    return float(found[0].replace(",", "").replace("−", "-")) if found else np.nan


def column(name, which=0):
    """Return the names of a table's rows and the numbers of one column."""
    _, rows, cells = read(name)
    return rows, np.array([number(cells_of_row[which]) for cells_of_row in cells])


def canvas(height, n_panels=1):
    """Return the panels of a new figure, below each other; the height is in inches."""
    plt.rcParams.update(STYLE)
    _, panels = plt.subplots(
        n_panels, figsize=(8, height), layout="constrained", squeeze=False
    )
    return panels[:, 0]


def bars(axes, names, series, colors, decimals=2):
    """Draw a group of horizontal bars for each name, with the value at the end."""
    thickness = 0.8 / len(series)
    for k, ((label, values), color) in enumerate(
        zip(series.items(), colors, strict=True)
    ):
        heights = np.arange(len(names)) + (k + 0.5) * thickness - 0.4
        drawn = axes.barh(heights, values, thickness * 0.9, color=color, label=label)
        texts = ["" if np.isnan(v) else f" {v:.{decimals}f}" for v in values]
        axes.bar_label(drawn, texts, fontsize=15)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.15)


def describe(axes, label="", title=""):
    """Set the label of the horizontal axis and the title, both right-aligned."""
    axes.set_xlabel(label, loc="right")
    axes.set_title(title, loc="right", fontsize=19, fontweight="bold")


def legend(axes, n_columns=2):
    """Put the legend of some axes above their figure."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(
        handles, labels, loc="outside upper left", ncols=n_columns, fontsize=17
    )


def titled_panels(height, titles, label):
    """Yield the panels of a new figure with their keys; the last one has the label."""
    panels = canvas(height, len(titles))
    for axes, (key, title) in zip(panels, titles.items(), strict=True):
        describe(axes, label if axes is panels[-1] else "", title)
        yield axes, key


def training_speed():
    """Speedups over scikit-learn and PyTorch, in float32 and in float64."""
    label = "speedup of sknn_scratch over the library\nhigher is better"
    titles = {"float32": "float32", "float64": "float64"}
    for axes, dtype in titled_panels(12, titles, label):
        names, theirs = column(f"steps_{dtype}", 1)
        _, torch = column(f"steps_{dtype}", 2)
        bars(axes, names, {"scikit-learn": theirs, "PyTorch": torch}, (THEIRS, THIRD))
        axes.axvline(1, color="black", lw=1)
    legend(axes)


def step_parts():
    """Shares of the parts of a training step."""
    header, parts, cells = read("parts")
    values = np.array([[number(cell) for cell in row] for row in cells])
    whole, parts, values = values[0], parts[1:-1], values[1:-1]
    (axes,) = canvas(6.5)
    left = np.zeros(len(header))
    for part, times, color in zip(parts, values, plt.cm.tab10.colors, strict=False):
        share = 100 * times / whole
        axes.barh(header, share, left=left, color=color, label=part, height=0.6)
        left += share
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    describe(axes, "share of the training step (%)")
    legend(axes)


def calls():
    """Times of calls divided by those of the other estimator, in float32."""
    titles = {
        "arrays": "predictions, arrays",
        "frames": "predictions, data frames",
        "training": "training",
    }
    label = "time ÷ time of scikit-learn\nlower is better"
    for axes, name in titled_panels(15, titles, label):
        names, ratios = column(f"calls_{name}", 2)
        bars(axes, names, {"ratio": ratios}, (OURS,))
        axes.set_xlim(0, 1.05)
        axes.axvline(1, color=THEIRS, lw=2)


def stream():
    """Rows learned per second from a stream, by rows in a chunk."""
    header, names, cells = read("stream")
    chunks = [number(text.removeprefix("chunks of ")) for text in header]
    (axes,) = canvas(6.5)
    for name, row, color in zip(names, cells, (OURS, THEIRS, THIRD), strict=True):
        axes.loglog(chunks, [number(c) for c in row], "o-", color=color, lw=3, ms=10)
        axes.lines[-1].set_label(name)
    axes.set_xticks(chunks, ["32", "200", "2,000"], minor=False)
    axes.minorticks_off()
    axes.set(xlabel="rows in a chunk", ylabel="rows per second; higher is better")
    legend(axes)


def threads():
    """Rows predicted per second by threads of one process."""
    panels = canvas(9, 2)
    for axes, rows in zip(panels, ("1", "1000"), strict=True):
        for k, (name, color) in enumerate(LIBRARIES.items()):
            n_threads, rates = column(f"threads_{rows}", k)
            axes.plot(n_threads, rates, "o-", color=color, lw=3, ms=10, label=name)
        title = "1 row per call" if rows == "1" else "1,000 rows per call"
        axes.set(ylabel="rows per second", ylim=(0, None))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        describe(axes, "threads; more rows per second are better", title)
    legend(panels[0])


def oversubscription():
    """Time of a fit while another process trains, divided by the time alone."""
    (axes,) = canvas(4.5)
    names, single = column("busy", 0)
    _, double = column("busy", 1)
    series = {"float32": single, "float64": double}
    bars(axes, names, series, (OURS, "#56b4e9"))
    axes.axvline(1, color="black", lw=1)
    describe(axes, "time with two processes ÷ time alone\nlower is better")
    legend(axes)


def memory():
    """Peak memory of methods in addition to the input."""
    (axes,) = canvas(8.5)
    names, _ = column("memory")
    series = {name: column("memory", k)[1] for k, name in enumerate(LIBRARIES)}
    bars(axes, names, series, LIBRARIES.values(), decimals=0)
    axes.set(xscale="log", xlim=(1, 9000))
    describe(axes, "peak memory (MiB, logarithmic)\nlower is better")
    legend(axes)


def rows():
    """Seconds per epoch by the number of rows."""
    (axes,) = canvas(6)
    for k, (name, color) in enumerate(LIBRARIES.items()):
        n_rows, seconds = column("rows_seconds", k)
        n_rows = [number(text) for text in n_rows]
        axes.loglog(n_rows, seconds, "o-", color=color, lw=3, ms=10, label=name)
    axes.set(xlabel="rows", ylabel="seconds per epoch; lower is better")
    legend(axes)


def tables():
    """Errors, log losses and RMSEs on tables, as differences from CatBoost."""
    titles = {
        "error": "classification error, 13 tables",
        "log_loss": "log loss, 13 tables",
        "rmse": "RMSE, 16 tables",
    }
    label = "difference from CatBoost (%)\nlower is better"
    for axes, name in titled_panels(15, titles, label):
        names, ratios = column(f"tables_{name}", 1)
        bars(axes, names, {"change": 100 * (ratios - 1)}, (OURS,), decimals=1)
        for bar, model in zip(axes.patches, names, strict=True):
            bar.set_color(OURS if model.startswith("sknn") else "#999999")
        axes.axvline(0, color="black", lw=1)
        axes.set_xlim(-18, 31)


def critical_differences():
    """Return the critical differences of mean ranks for error, log loss and RMSE."""
    results = (DOCS / "benchmark_results.rst").read_text("utf-8")
    return map(float, re.search("critical difference (.+)", results)[1].split())


def table_ranks():
    """Mean ranks; a bar joins models without a significant difference."""
    titles = {"error": "classification error", "log_loss": "log loss", "rmse": "RMSE"}
    label = "mean rank of seven models; lower is better"
    differences = dict(zip(titles, critical_differences(), strict=True))
    for axes, name in titled_panels(15, titles, label):
        names, ranks = column(f"tables_{name}", 3)
        order = np.argsort(ranks)
        for height, k in enumerate(order):
            ours = names[k].startswith("sknn")
            axes.plot(ranks[k], height, "o", ms=12, color=OURS if ours else "#777777")
            axes.text(ranks[k] + 0.25, height, f"{names[k]}  {ranks[k]}", va="center")
        level, reached = -0.8, 0.0
        for k in order:
            last = ranks[ranks <= ranks[k] + differences[name]].max()
            if last > reached and last > ranks[k]:
                axes.plot([ranks[k], last], [level, level], lw=5, color=THEIRS)
                level, reached = level - 0.5, last
        axes.set(xlim=(1, 9.5), yticks=[], xticks=range(1, 8))
        axes.invert_yaxis()
        axes.spines["left"].set_visible(False)


def images():
    """Accuracy of image classification."""
    (axes,) = canvas(5)
    names, found = series_of("images")
    dots(axes, names, {"accuracy": found["Accuracy"]})
    for height, accuracy in enumerate(found["Accuracy"]):
        axes.text(accuracy + 0.002, height, f"{accuracy:.4f}", va="center")
    axes.set_xlim(0.95, 1.005)
    describe(axes, "accuracy; higher is better")


def options():
    """Gains of the options over the defaults, with standard errors, for two seeds."""
    (axes,) = canvas(9)
    for k, (label, color) in enumerate(
        (("folds used for tuning", "#999999"), ("other folds", OURS))
    ):
        _, names, cells = read(f"options_{k}")
        gains = [number(row[2]) for row in cells]
        errors = [number(row[2].split("±")[1]) for row in cells]
        heights = np.arange(len(names)) + 0.25 * k - 0.12
        axes.errorbar(
            gains, heights, xerr=errors, fmt="o", color=color, ms=10, lw=3, label=label
        )
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0, color="black", lw=1)
    describe(axes, "gain in accuracy or R² ± standard error\nhigher is better")
    legend(axes)


def dots(axes, names, series):
    """Draw a dot for each value, one row for each name."""
    for (label, values), color, marker in zip(
        series.items(),
        (OURS, THEIRS, THIRD, "#cc79a7", "#666666"),
        "osD^v",
        strict=False,
    ):
        axes.plot(values, range(len(names)), marker, color=color, ms=13, label=label)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="y", alpha=0.4)
    axes.margins(y=0.12)


def series_of(*tables):
    """Return the numbers of all columns of tables with the same rows."""
    found = {}
    for name in tables:
        header, rows, _ = read(name)
        found |= {head: column(name, k)[1] for k, head in enumerate(header)}
    return rows, found


def settings():
    """Changes of log loss and RMSE by single settings, on the larger tables."""
    names, found = [], []
    for part in ("scaling", "solver", "steps", "regularization", "network"):
        rows, columns = series_of(f"settings_{part}")
        names += rows
        found.append(np.array([columns["Log loss, large"], columns["RMSE, large"]]))
    log_loss, rmse = np.clip(np.hstack(found), None, LARGEST_CHANGE)
    (axes,) = canvas(12)
    dots(axes, names, {"log loss": log_loss, "RMSE": rmse})
    axes.axvline(0, color="black", lw=1)
    describe(axes, "change from the base (%); lower is better")
    legend(axes)


def sequences():
    """Accuracy of time series classification."""
    (axes,) = canvas(7.5)
    dots(axes, *series_of("sequences_networks", "sequences_baselines"))
    describe(axes, "accuracy; higher is better")
    legend(axes)


def ordinal():
    """Mean absolute errors for ordered classes, compared with a softmax."""
    (axes,) = canvas(7)
    names, found = series_of("ordinal_error")
    changes = {k: 100 * (found[k] / found["softmax"] - 1) for k in ("ordinal", "mord")}
    bars(axes, names, changes, (OURS, THIRD), decimals=1)
    axes.axvline(0, color="black", lw=1)
    describe(axes, "mean absolute error\ndifference from softmax (%); lower is better")
    legend(axes)


def coverage():
    """Coverage of 90 % prediction intervals."""
    (axes,) = canvas(8)
    names, found = series_of(
        "intervals_coverage_quantiles", "intervals_coverage_others"
    )
    shown = {k: v for k, v in found.items() if k not in ("three networks", "gaussian")}
    dots(axes, names, shown)
    axes.axvline(90, color="black", lw=1)
    describe(axes, "test targets within the 90 % interval (%)\nbest: 90")
    legend(axes)
