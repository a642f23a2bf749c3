"""Peak memory of fits and predictions in addition to the input.

The estimators are compared with those of scikit-learn. The input is 5,000 MNIST digits
in float32, repeated to a million rows. Each value is measured in a new process, after a
small fit has loaded all libraries. The script prints a table and writes memory.json.
Linux only.
"""

import argparse
import pickle
import time
import warnings

from harness import (
    MemoryRise,
    add_choices,
    in_own_process,
    output_folder,
    save,
    tiled,
    varied_pixels,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

MIB = 2**20
CLASSIFIERS = (MLPScratchClassifier, MLPClassifier)
REGRESSORS = (MLPScratchRegressor, MLPRegressor)
STOPPING = {"early_stopping": True}
# Cases: classes, number of features, settings, and method to measure.
CASES = {
    "fit": (CLASSIFIERS, 100, {}, "fit"),
    "fit, early stopping": (CLASSIFIERS, 100, STOPPING, "fit"),
    "fit a regressor": (REGRESSORS, 100, {}, "fit"),
    "fit a regressor, early stopping": (REGRESSORS, 100, STOPPING, "fit"),
    "predict, 256-256": (
        CLASSIFIERS,
        50,
        {"hidden_layer_sizes": (256, 256)},
        "predict",
    ),
    "predict_proba, 256-256": (
        CLASSIFIERS,
        50,
        {"hidden_layer_sizes": (256, 256)},
        "predict_proba",
    ),
}


def measure(cls, X, y, n_rows, settings, method):
    """Return the peak memory (MiB) without input and output, and the seconds."""
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    model = cls(max_iter=1, random_state=0, **settings).fit(X, y)
    X, y = tiled(X, n_rows), tiled(y, n_rows)
    arguments = (X, y) if method == "fit" else (X,)
    start = time.perf_counter()
    with MemoryRise() as rise:
        result = getattr(model, method)(*arguments)
    seconds = time.perf_counter() - start
    output = 0 if method == "fit" else result.nbytes
    return (rise.bytes - output) / MIB, seconds


def pickled(X, y, solver):
    """Return the size of a pickled model divided by that of its weights."""
    model = MLPScratchClassifier((256, 128), solver=solver, max_iter=2).fit(X, y)
    weights = sum(array.nbytes for array in (*model.coefs_, *model.intercepts_))
    return len(pickle.dumps(model)) / weights


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--cases", CASES, "cases")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="rows: a multiple of 5,000"
    )
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    results = []
    print(f"{'':32} {'sknn_scratch':>18} {'scikit-learn':>18}     5 % of the input")
    for name in options.cases:
        classes, n_features, settings, method = CASES[name]
        X, y = varied_pixels(n_features)
        result = {"case": name, "rows": options.rows}
        cells = [f"{name:32}"]
        for library, cls in zip(("sknn_scratch", "scikit-learn"), classes, strict=True):
            mib, seconds = in_own_process(
                measure, cls, X, y, options.rows, settings, method
            )
            result[library] = {"mib": mib, "seconds": seconds}
            cells.append(f"{mib:8.1f} MiB {seconds:4.1f} s")
        share = 0.05 * options.rows * n_features * X.itemsize / MIB
        print(*cells, f"{share:8.1f} MiB" if method == "fit" else "", flush=True)
        results.append(result)
    X, y = varied_pixels(100)
    for solver in ("adam", "lbfgs"):
        times = pickled(X, y, solver)
        print(f"pickled after {solver}: {times:.2f} times the size of the weights")
        results.append({"case": f"pickle, {solver}", "times_weights": times})
    save(options.output / "memory.json", results)


if __name__ == "__main__":
    main()
