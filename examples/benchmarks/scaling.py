"""Time of an epoch and peak memory by the number of rows.

The peak memory is measured in addition to the input. The input is 5,000 MNIST digits of
100 pixels in float32, repeated. The slope is that of the time in logarithmic scales:
with a slope of 1, the time is proportional to the number of rows. The script prints a
table and writes scaling.json and scaling.png. Linux only.
"""

import argparse
import statistics
import time
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from harness import (
    MemoryRise,
    in_own_process,
    output_folder,
    save,
    tiled,
    varied_pixels,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier

CLASSES = {"sknn_scratch": MLPScratchClassifier, "scikit-learn": MLPClassifier}
COLORS = {"sknn_scratch": "#0072B2", "scikit-learn": "#D55E00"}
ROWS = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def measure(cls, X, y, n_rows, repeats):
    """Return the median seconds per epoch, and the peak bytes without the input."""
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    n_epochs = max(2, 300_000 // n_rows)
    model = cls(max_iter=n_epochs, n_iter_no_change=n_epochs, random_state=0)
    model.fit(X, y)
    X, y = tiled(X, n_rows), tiled(y, n_rows)
    seconds = []
    with MemoryRise() as rise:
        for _ in range(repeats):
            start = time.perf_counter()
            model.fit(X, y)
            seconds.append((time.perf_counter() - start) / model.n_iter_)
    return statistics.median(seconds), rise.bytes


def draw(results, slopes, path):
    """Draw seconds per epoch and peak memory over the number of rows."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for name, color in COLORS.items():
        seconds, memory = zip(*(result[name] for result in results), strict=True)
        rows = [result["rows"] for result in results]
        label = f"{name}, slope {slopes[name]:.2f}"
        left.loglog(rows, seconds, "o-", color=color, label=label)
        mib = [value / 2**20 for value in memory]
        right.semilogx(rows, mib, "o-", color=color, label=name)
    left.set(xlabel="rows", ylabel="seconds per epoch")
    right.set(xlabel="rows", ylabel="peak memory in addition to the input (MiB)")
    left.legend()
    right.legend()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", nargs="+", type=int, default=ROWS, help="multiples of 5,000"
    )
    parser.add_argument("--repeats", type=int, default=3, help="number of fits")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    mpl.use("agg")
    X, y = varied_pixels(100)
    print(f"{'rows':>10}", *(f"{name:>28}" for name in CLASSES))
    results = []
    for n_rows in options.rows:
        result = {"rows": n_rows}
        for name, cls in CLASSES.items():
            result[name] = in_own_process(measure, cls, X, y, n_rows, options.repeats)
        results.append(result)
        cells = (
            f"{result[n][0]:10.4f} s {result[n][1] / 2**20:10.1f} MiB" for n in CLASSES
        )
        print(f"{n_rows:10}", *(f"{cell:>28}" for cell in cells), flush=True)
    rows = np.log([result["rows"] for result in results])
    slopes = {
        name: np.polyfit(rows, np.log([result[name][0] for result in results]), 1)[0]
        for name in CLASSES
    }
    print("slope     ", *(f"{slope:28.3f}" for slope in slopes.values()))
    save(options.output / "scaling.json", {"rows": results, "slopes": slopes})
    draw(results, slopes, options.output / "scaling.png")


if __name__ == "__main__":
    main()
