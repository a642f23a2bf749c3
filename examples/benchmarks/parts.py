"""Profile of a training step: its parts, and the bare matrix products.

The script measures the time within the functions of the engine. Each measurement adds
some tenths of a microsecond, which matters for small networks. It prints a table and
writes parts.json.
"""

import argparse
import statistics
import warnings
from collections import defaultdict
from time import perf_counter

from harness import DTYPES, add_choices, interleaved, output_folder, save
from sklearn.exceptions import ConvergenceWarning
from speed import CASES, estimator, products

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.engine.activations import Relu
from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.layers import Chain
from sknn_scratch.engine.losses import BinaryLogLoss, LogLoss
from sknn_scratch.engine.objective import Objective
from sknn_scratch.engine.optimizers import Adam

NAMES = [name for name, case in CASES.items() if not case.settings]
TIMED = {
    "layers": [(Chain, "forward"), (Chain, "backward")],
    "relu": [(Relu, "activate"), (Relu, "differentiate")],
    "loss": [(LogLoss, "evaluate"), (BinaryLogLoss, "evaluate")],
    "penalty": [(Objective, "_penalize")],
    "Adam": [(Adam, "update")],
}


def clocked(function, seconds, part):
    """Return the function, which now adds its time to `seconds[part]`."""

    def run(*arguments):
        start = perf_counter()
        result = function(*arguments)
        seconds[part] += perf_counter() - start
        return result

    return run


def clocked_iterator(function, seconds, part):
    """Return a function whose iterator adds the time of an item to `seconds[part]`."""

    def run(*arguments):
        following = clocked(function(*arguments).__next__, seconds, part)
        try:
            while True:
                yield following()
        except StopIteration:
            return

    return run


def put_clocks(seconds):
    """Measure the functions of the engine, for the rest of this process."""
    for part, methods in TIMED.items():
        for cls, name in methods:
            setattr(cls, name, clocked(getattr(cls, name), seconds, part))
    TrainingSet.batches = clocked_iterator(TrainingSet.batches, seconds, "gathering")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--cases", NAMES, "cases")
    parser.add_argument("--repeats", type=int, default=5, help="number of rounds")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    runs = {}
    for name in options.cases:
        for dtype in DTYPES:
            X, y = CASES[name].data()
            X = X.astype(dtype)
            fit = estimator(MLPScratchClassifier, CASES[name], X, y)
            runs[name, dtype] = fit, products(CASES[name], X, y)
    rows = defaultdict(dict)
    for key, (fit, bare) in runs.items():
        contenders = {"whole step": fit, "bare products": bare}
        for row, times in interleaved(contenders, options.repeats).items():
            rows[row][key] = 1e6 * statistics.median(times)
    seconds = defaultdict(float)
    put_clocks(seconds)
    for key, (fit, _) in runs.items():
        fit()
        parts = defaultdict(list)
        for _ in range(options.repeats):
            seconds.clear()
            n_steps = fit()
            seconds["layers"] -= seconds["relu"]
            for part, value in seconds.items():
                parts[part].append(1e6 * value / n_steps)
        for part, values in parts.items():
            rows[part][key] = statistics.median(values)
    print(f"{'microseconds':15}", *(f"{name:>26}" for name in options.cases))
    print(f"{'':15}", *(f"{'float32':>16} {'float64':>9}" for _ in options.cases))
    for row, values in rows.items():
        print(f"{row:15}", *cells(values, options.cases))
    results = [
        {"case": name, "dtype": dtype, "part": row, "microseconds": values[name, dtype]}
        for row, values in rows.items()
        for name, dtype in values
    ]
    save(options.output / "parts.json", results)


def cells(values, names):
    """Return the numbers of a row, formatted."""
    return (
        f"{values[name, 'float32']:16.1f} {values[name, 'float64']:9.1f}"
        for name in names
    )


if __name__ == "__main__":
    main()
