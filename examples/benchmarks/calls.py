"""Time of single calls, of a stream in small chunks, and of predictions by threads.

The script has three parts. `calls` measures predictions, `partial_fit` and short fits,
alternately with scikit-learn. `stream` trains on a million rows in chunks. `serve`
predicts in several threads at once, with one BLAS thread each. The script prints tables
and writes calls.json and calls.png.
"""

import argparse
import statistics
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import threadpoolctl
from harness import (
    DTYPES,
    add_choices,
    diamonds,
    digits,
    interleaved,
    mnist,
    output_folder,
    ratio,
    save,
    tiled,
)
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)

OURS = "sknn_scratch"
CLASSIFIERS = {OURS: MLPScratchClassifier, "scikit-learn": MLPClassifier}
REGRESSORS = {OURS: MLPScratchRegressor, "scikit-learn": MLPRegressor}
PERCEPTRONS = {OURS: PerceptronClassifier, "SGDClassifier": SGDClassifier}
COLORS = {OURS: "#0072B2", "scikit-learn": "#D55E00", "SGDClassifier": "#009E73"}
CHUNKS = (32, 200, 2000)
THREADS = (1, 2, 4, 8)


def cancer():
    """569 tumors, 30 standardized features, classes benign and malignant."""
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def iris():
    """150 irises, 4 standardized features, 3 species."""
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@dataclass(frozen=True)
class Case:
    """A call to time.

    Attributes
    ----------
    prepare : callable
        Takes an estimator, X and y, prepares the call, and returns it.
    estimators : dict of str to class
        The estimator of sknn_scratch, and the other one.
    n_calls : int
        Number of calls per round.
    data : callable, default=digits
        Returns X and y.
    dtypes : tuple of str, default=float32 and float64
        Dtypes of X.
    """

    prepare: Callable
    estimators: dict
    n_calls: int
    data: Callable = digits
    dtypes: tuple = tuple(DTYPES)


def predicting(method, n_rows, as_frame=False):
    """Return a function that prepares a prediction of some rows."""

    def prepare(estimator, X, y):
        if as_frame:
            X = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(X.shape[1])])
        predict, rows = getattr(estimator.fit(X, y), method), X[:n_rows]
        return lambda: predict(rows)

    return prepare


def learning(n_rows):
    """Return a function that prepares a `partial_fit` of some rows."""

    def prepare(estimator, X, y):
        classes = {} if is_regressor(estimator) else {"classes": np.unique(y)}
        estimator.partial_fit(X, y, **classes)
        X, y = X[:n_rows], y[:n_rows]
        return lambda: estimator.partial_fit(X, y)

    return prepare


def fitting(n_epochs):
    """Return a function that prepares a fit of some epochs."""

    def prepare(estimator, X, y):
        estimator.set_params(max_iter=n_epochs, n_iter_no_change=n_epochs)
        return lambda: estimator.fit(X, y)

    return prepare


def searching(estimator, X, y):
    """Prepare one candidate of a search: clone, set_params, fit of five epochs."""
    X, y = X[:500], y[:500]
    candidate = {"alpha": 1e-3, "learning_rate_init": 3e-3, "max_iter": 5}
    return lambda: clone(estimator).set_params(**candidate).fit(X, y)


def cases():
    """Return the cases by name."""
    mlps = {"classifier": CLASSIFIERS, "regressor": REGRESSORS}
    methods = {"classifier": ("predict", "predict_proba"), "regressor": ("predict",)}
    found = {}
    for source in ("", ", data frame"):
        for n_rows in (1, 100):
            for kind, estimators in mlps.items():
                for method in methods[kind]:
                    name = f"{kind}, {method}, {n_rows}{source}"
                    prepare = predicting(method, n_rows, as_frame=bool(source))
                    found[name] = Case(prepare, estimators, 100)
    for kind, estimators in mlps.items():
        for n_rows in (1, 32):
            name = f"{kind}, partial_fit, {n_rows}"
            found[name] = Case(learning(n_rows), estimators, 40)
    for n_epochs, n_calls in ((1, 40), (10, 20), (50, 10)):
        name = f"classifier, fit of iris, epochs: {n_epochs}"
        case = Case(fitting(n_epochs), CLASSIFIERS, n_calls, iris, ("float64",))
        found[name] = case
    found["classifier, candidate of a search"] = Case(searching, CLASSIFIERS, 10)
    for name, prepare in (
        ("perceptron, partial_fit, 32", learning(32)),
        ("perceptron, predict, 1", predicting("predict", 1)),
    ):
        found[name] = Case(prepare, PERCEPTRONS, 100, cancer)
    return found


CASES = cases()


def repeated(call, n):
    """Return a function that calls n times, and returns n."""

    def run():
        for _ in range(n):
            call()
        return n

    return run


def measure_call(name, dtype, repeats):
    """Return the microseconds of a call in each library, and the ratio."""
    case = CASES[name]
    X, y = case.data()
    X = X.astype(dtype)
    contenders = {}
    for label, cls in case.estimators.items():
        estimator = cls(random_state=0)
        if "hidden_layer_sizes" in estimator.get_params():
            estimator.set_params(max_iter=20)
        call = case.prepare(estimator, X, y)
        contenders[label] = repeated(call, case.n_calls)
    seconds = interleaved(contenders, repeats)
    (other,) = (label for label in case.estimators if label != OURS)
    return {
        "case": name,
        "dtype": dtype,
        "microseconds": {k: 1e6 * statistics.median(v) for k, v in seconds.items()},
        "ratio": ratio(seconds, OURS, other),
    }


def streaming(estimator, X, y, chunk, n_rows):
    """Return a function that learns the next rows of a stream, chunk by chunk."""
    estimator.partial_fit(X[:chunk], y[:chunk], classes=[0, 1])
    n_chunks = n_rows // chunk
    starts = iter(range(0, len(X) - chunk + 1, chunk))

    def run():
        for _ in range(n_chunks):
            rows = slice(start := next(starts), start + chunk)
            estimator.partial_fit(X[rows], y[rows])
        return n_chunks * chunk

    return run


def measure_stream(chunk, n_rows, repeats):
    """Return the rows per second that each estimator learns from a stream."""
    X, y = diamonds()
    X, y = tiled(X.astype(np.float32), n_rows), tiled(y, n_rows)
    estimators = {
        OURS: MLPScratchClassifier(random_state=0),
        "scikit-learn": MLPClassifier(random_state=0),
        "SGDClassifier": SGDClassifier(loss="log_loss", random_state=0),
    }
    contenders = {
        label: streaming(estimator, X, y, chunk, n_rows // (repeats + 1))
        for label, estimator in estimators.items()
    }
    seconds = interleaved(contenders, repeats)
    return {
        "chunk": chunk,
        "rows_per_second": {k: 1 / statistics.median(v) for k, v in seconds.items()},
        "ratio": {k: ratio(seconds, OURS, k) for k in list(seconds)[1:]},
    }


def at_once(call, n_threads, seconds):
    """Return the number of calls per second of threads that repeat a function."""
    counts, stop = [], threading.Event()
    ready = threading.Barrier(n_threads + 1)

    def work():
        ready.wait()
        n = 0
        while not stop.is_set():
            call()
            n += 1
        counts.append(n)

    threads = [threading.Thread(target=work) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def measure_serving(n_rows, repeats, seconds):
    """Return the rows per second that threads predict, for each number of threads."""
    X, y = mnist()
    X = X.astype(np.float32)
    rows = np.ascontiguousarray(X[:n_rows])
    models = {
        label: cls((256, 128), max_iter=2, random_state=0).fit(X, y)
        for label, cls in CLASSIFIERS.items()
    }
    found = {label: {n: [] for n in THREADS} for label in models}
    with threadpoolctl.threadpool_limits(1):
        for _ in range(repeats):
            for n_threads in THREADS:
                for label, model in models.items():
                    predict = partial(model.predict, rows)
                    calls = at_once(predict, n_threads, seconds)
                    found[label][n_threads].append(calls * n_rows)
    return {
        "rows": n_rows,
        "rows_per_second": {
            label: {n: statistics.median(values) for n, values in of_label.items()}
            for label, of_label in found.items()
        },
    }


def draw(streams, servings, path):
    """Draw the rows per second that are learned from a stream and predicted."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for label, color in COLORS.items():
        rates = [stream["rows_per_second"][label] for stream in streams]
        left.plot(
            [stream["chunk"] for stream in streams],
            rates,
            "o-",
            color=color,
            label=label,
        )
    for serving, style in zip(servings, ("o-", "s--"), strict=True):
        for label, rates in serving["rows_per_second"].items():
            right.plot(list(rates), list(rates.values()), style, color=COLORS[label])
        rows = f"{serving['rows']:,} row{'s' if serving['rows'] > 1 else ''} per call"
        right.plot([], [], style, color="black", label=rows)
    for axes, ticks in ((left, CHUNKS), (right, THREADS)):
        axes.set(xscale="log", yscale="log", xticks=ticks)
        axes.set_xticklabels([f"{tick:,}" for tick in ticks])
        axes.tick_params("x", which="minor", bottom=False, labelbottom=False)
    left.set(xlabel="rows in a chunk", ylabel="rows learned per second")
    right.set(xlabel="threads", ylabel="rows predicted per second")
    right.legend()
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=len(COLORS)
    )
    figure.savefig(path, dpi=110)


def print_call(result):
    """Print one line of the first table."""
    ours, other = result["microseconds"].values()
    print(
        f"{result['case']:42} {result['dtype']:8}{ours:10.0f}{other:10.0f}"
        f"{result['ratio']:8.2f}",
        flush=True,
    )


def print_rates(name, rates):
    """Print one line of rows per second."""
    print(f"{name:34}", *(f"{rate:14,.0f}" for rate in rates.values()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ["calls", "stream", "serve"]
    parser.add_argument(
        "--parts", nargs="+", default=parts, choices=parts, help="parts to run"
    )
    add_choices(parser, "--cases", CASES, "cases of the part calls")
    parser.add_argument(
        "--rows",
        type=int,
        default=1_000_000,
        help="rows of the stream: a multiple of 50,000",
    )
    parser.add_argument("--repeats", type=int, default=9, help="number of rounds")
    parser.add_argument(
        "--seconds",
        type=float,
        default=1.0,
        help="duration of each measurement of the part serve",
    )
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    mpl.use("agg")
    warnings.simplefilter("ignore")  # short fits have not converged
    results = {part: [] for part in parts}
    if "calls" in options.parts:
        print(f"{'µs per call':51}{OURS:>10}{'other':>10}{'ratio':>8}")
        for name in options.cases:
            for dtype in CASES[name].dtypes:
                results["calls"].append(measure_call(name, dtype, options.repeats))
                print_call(results["calls"][-1])
    if "stream" in options.parts:
        print(f"{'rows learned per second':34}", *(f"{name:>14}" for name in COLORS))
        for chunk in CHUNKS:
            found = measure_stream(chunk, options.rows, options.repeats)
            results["stream"].append(found)
            print_rates(f"chunks of {chunk:,}", found["rows_per_second"])
    if "serve" in options.parts:
        print(f"{'rows predicted per second':34}", *(f"{n:6} threads" for n in THREADS))
        for n_rows in (1, 1000):
            found = measure_serving(n_rows, options.repeats, options.seconds)
            results["serve"].append(found)
            for label, rates in found["rows_per_second"].items():
                per_call = "1 row" if n_rows == 1 else f"{n_rows:,} rows"
                print_rates(f"{label}, {per_call} per call", rates)
    save(options.output / "calls.json", results)
    if results["stream"] and results["serve"]:
        draw(results["stream"], results["serve"], options.output / "calls.png")


if __name__ == "__main__":
    main()
