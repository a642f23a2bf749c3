"""A grid search on a Dask cluster, with one worker and with more.

The search has 12 candidates with five folds each, on the digits data. The workers are
processes on this machine, so use at most one worker per core. The script computes the
serial fraction of the time (Amdahl's law, 1967) from the times with the smallest and
the largest number of workers, and from it a lower bound of the time with 100 workers.
It prints a table and writes dask_scaling.json.
"""

import argparse
import statistics
import warnings
from contextlib import ExitStack

import joblib
import numpy as np
from distributed import Client, LocalCluster
from harness import digits, interleaved, output_folder, save
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from sknn_scratch import MLPScratchClassifier

GRID = {
    "hidden_layer_sizes": [(32,), (64,), (100,)],
    "alpha": [1e-4, 1.0],
    "learning_rate_init": [1e-3, 5e-3],
}
SECONDS = 60  # to start a cluster


def search(epochs):
    """Return a search that is not fitted yet."""
    model = MLPScratchClassifier(
        max_iter=epochs, n_iter_no_change=epochs, random_state=0
    )
    # Without refit, which would run in this process in all cases.
    return GridSearchCV(model, GRID, cv=5, refit=False)


def start(n_workers):
    """Return a cluster of n processes that run one fit at a time.

    With a single worker thread, joblib would run the fits in this process instead of
    using Dask. So each worker has two threads, and one unit of the resource "fits",
    which every fit requires.
    """
    return LocalCluster(
        processes=True,
        n_workers=n_workers,
        threads_per_worker=2,
        resources={"fits": 1},
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any free port
        host="127.0.0.1",
    )


def on(client, epochs, found, name):
    """Return a function that searches on a cluster and stores the scores."""
    X, y = digits()

    def run():
        with (
            client.as_current(),
            joblib.parallel_config(
                backend="dask", scatter=[X, y], resources={"fits": 1}
            ),
        ):
            found[name] = search(epochs).fit(X, y).cv_results_["mean_test_score"]
        return 1

    return run


def here(epochs, found):
    """Return a function that searches in this process and stores the scores."""
    X, y = digits()

    def run():
        found["here"] = search(epochs).fit(X, y).cv_results_["mean_test_score"]
        return 1

    return run


def amdahl(few, seconds_few, many, seconds_many, ideal):
    """Extrapolate from two measurements to another number of workers.

    The model is seconds = serial + parallel / workers.

    Returns
    -------
    share : float
        Serial fraction of the time with one worker, clipped to [0, 1].
    seconds, speedup : float
        With `ideal` workers, and the speedup over one worker.
    """
    parallel = (seconds_few - seconds_many) / (1 / few - 1 / many)
    serial = min(max(0.0, seconds_few - parallel / few), seconds_few)
    parallel = few * (seconds_few - serial)
    seconds = serial + parallel / ideal
    one = serial + parallel
    return serial / one, seconds, one / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--workers", nargs="+", type=int, default=[1, 2], help="numbers of workers"
    )
    parser.add_argument(
        "--ideal", type=int, default=100, help="number of workers to extrapolate to"
    )
    parser.add_argument("--epochs", type=int, default=30, help="epochs of each fit")
    parser.add_argument("--repeats", type=int, default=5, help="number of rounds")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    workers = sorted(set(options.workers))
    if len(workers) < 2 or workers[0] < 1:
        parser.error("--workers must be at least two different numbers >= 1")
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    found = {}
    with ExitStack() as stack:
        contenders = {"here": here(options.epochs, found)}
        for n in workers:
            cluster = stack.enter_context(start(n))
            client = stack.enter_context(
                Client(cluster, timeout=SECONDS, set_as_default=False)
            )
            client.wait_for_workers(n, timeout=SECONDS)
            contenders[str(n)] = on(client, options.epochs, found, str(n))
        seconds = interleaved(contenders, options.repeats)
    difference = max(
        float(np.abs(scores - found["here"]).max()) for scores in found.values()
    )
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    few, many = workers[0], workers[-1]
    share, ideal_seconds, speedup = amdahl(
        few, medians[str(few)], many, medians[str(many)], options.ideal
    )
    n_fits = 5 * len(found["here"])
    results = {
        "seconds": medians,
        "all_seconds": seconds,
        "fits": n_fits,
        "largest_difference_of_scores": difference,
        "serial_share": share,
        "ideal": {
            "workers": options.ideal,
            "seconds": ideal_seconds,
            "speedup": speedup,
        },
    }
    print(f"{'workers':>10}{'seconds':>10}{'speedup':>10}")
    for name, value in medians.items():
        print(f"{name:>10}{value:10.2f}{medians['here'] / value:10.2f}")
    print(
        f"serial fraction {share:.1%}; with {options.ideal} workers at least "
        f"{ideal_seconds:.2f} s (speedup over one worker at most {speedup:.1f});\n"
        f"largest difference of scores {difference:g}"
    )
    save(options.output / "dask_scaling.json", results)


if __name__ == "__main__":
    main()
