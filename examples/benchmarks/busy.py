"""Thread oversubscription: fits in two processes at once, and a parallel grid search.

The first table shows the time of a fit while another process runs the same fit, divided
by the time without the other process. The second part is a grid search of 24 candidates
with 5 folds in two processes, on the digits data. It compares the time and the results
of MLPScratchClassifier and MLPClassifier. The script prints tables and writes
busy.json.
"""

import argparse
import statistics
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from harness import DTYPES, digits, interleaved, output_folder, ratio, save
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier

CLASSES = {"sknn_scratch": MLPScratchClassifier, "scikit-learn": MLPClassifier}
GRID = {
    "hidden_layer_sizes": [(32,), (64,), (100,)],
    "alpha": [1e-4, 1.0],
    "learning_rate_init": [1e-3, 5e-3],
}


def fit(cls, dtype, epochs):
    """Fit the digits, and return the seconds that it took."""
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    X, y = digits()
    X = X.astype(dtype)
    model = cls(max_iter=epochs, n_iter_no_change=epochs, random_state=0)
    start = time.perf_counter()
    model.fit(X, y)
    return time.perf_counter() - start


def two_at_once(cls, dtype, epochs, repeats):
    """Return the median slowdown of a fit while another process trains."""
    slowdowns = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for _ in range(repeats + 1):  # the first round starts the processes
            alone = pool.submit(fit, cls, dtype, epochs).result()
            pair = [pool.submit(fit, cls, dtype, epochs) for _ in range(2)]
            slowdowns.append(max(future.result() for future in pair) / alone)
    return statistics.median(slowdowns[1:])


def search(cls, epochs, grid, found):
    """Return a function that searches the grid and stores the results."""
    X, y = digits()

    def run():
        estimator = cls(max_iter=epochs, random_state=0)
        found[cls] = GridSearchCV(estimator, grid, cv=5, n_jobs=2).fit(X, y)
        return 1

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=100, help="epochs of a fit")
    parser.add_argument(
        "--search-epochs", type=int, default=30, help="epochs of each fit of the search"
    )
    parser.add_argument(
        "--batches",
        nargs="+",
        type=int,
        default=[32, 200],
        help="batch sizes of the search",
    )
    parser.add_argument("--repeats", type=int, default=5, help="number of rounds")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    results = {"two at once": {}}
    print("Time of a fit while another process trains, divided by the time alone:")
    for name, cls in CLASSES.items():
        for dtype in DTYPES:
            slowdown = two_at_once(cls, dtype, options.epochs, options.repeats)
            results["two at once"][f"{name}, {dtype}"] = slowdown
            print(f"{name:14} {dtype:8} {slowdown:6.2f}", flush=True)
    found, grid = {}, GRID | {"batch_size": options.batches}
    contenders = {
        name: search(cls, options.search_epochs, grid, found)
        for name, cls in CLASSES.items()
    }
    seconds = interleaved(contenders, options.repeats)
    ours, theirs = (found[cls] for cls in CLASSES.values())
    scores = [one.cv_results_["mean_test_score"] for one in (ours, theirs)]
    results["search"] = {
        "seconds": {name: statistics.median(times) for name, times in seconds.items()},
        "ratio": ratio(seconds, "scikit-learn", "sknn_scratch"),
        "best_params": [ours.best_params_, theirs.best_params_],
        "largest_difference_of_scores": float(np.abs(scores[0] - scores[1]).max()),
    }
    print(f"Grid search of {len(scores[0])} candidates with five folds:")
    for name, best in zip(CLASSES, (ours, theirs), strict=True):
        print(
            f"{name:14} {results['search']['seconds'][name]:6.2f} s, best score "
            f"{best.best_score_:.4f} with {best.best_params_}"
        )
    print(
        f"time of scikit-learn ÷ time of sknn_scratch: "
        f"{results['search']['ratio']:.2f}; largest difference of scores: "
        f"{results['search']['largest_difference_of_scores']:g}"
    )
    save(options.output / "busy.json", results)


if __name__ == "__main__":
    main()
