"""A grid search on a Dask cluster, with one worker and with more.

The search has 12 candidates with five folds each, on the digits. The workers are
processes of this machine, so use no more than there are cores. The times with the
smallest and the largest number of workers give the serial share of the time (Amdahl,
1967), and a lower bound of the time with 100 workers. Prints a table and writes
dask_scaling.json.
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
    # A refit would be the same in either case: in this process.
    return GridSearchCV(model, GRID, cv=5, refit=False)


def start(n_workers):
    """Return a cluster of n processes that run one fit at a time.

    With one worker of one thread joblib would not use Dask but this process. So there
    are two threads, and one of something else that every fit needs.
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
        Serial part of the time of one worker. Noise may bring it out of [0, 1], which
        it is clipped to.
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
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument(
        "--ideal", type=int, default=100, help="workers to extrapolate to"
    )
    parser.add_argument("--epochs", type=int, default=30, help="of each fit")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=output_folder, default=".", help="a folder")
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
    # There are no more fits than that to share out.
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
        f"serial share {share:.1%}; with {options.ideal} workers {ideal_seconds:.2f} s "
        f"at best, {speedup:.1f} times as fast as with one;\n"
        f"largest difference of scores {difference:g}"
    )
    save(options.output / "dask_scaling.json", results)


if __name__ == "__main__":
    main()
