"""Time of an epoch: the perceptron, options of the MLP, and sparse input.

The perceptron is compared with SGDClassifier(loss="perceptron"), early stopping,
dropout and averaged weights with the same fit without the option, and sparse input with
scikit-learn's MLPClassifier. All fits run alternately in one process. The script prints
a table and writes epochs.json.
"""

import argparse
import statistics
import warnings

from harness import (
    DTYPES,
    add_choices,
    digits,
    grey_levels,
    interleaved,
    mnist,
    output_folder,
    ratio,
    save,
    tiled,
    varied_pixels,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier


def fit(model, X, y):
    """Return a function that fits a model, and returns the number of epochs."""
    return lambda: model.fit(X, y).n_iter_


def perceptrons(dtype):
    """200,000 × 50, digits above four: one batch, many batches, or single samples."""
    X, y = varied_pixels(50)
    X, y = tiled(X.astype(dtype), 200_000), tiled(y > 4, 200_000)
    settings = {"max_iter": 5, "random_state": 0}
    theirs = SGDClassifier(loss="perceptron", tol=None, **settings)
    return {
        "SGDClassifier": fit(theirs, X, y),
        "whole": fit(PerceptronClassifier(**settings), X, y),
        "batches of 200": fit(PerceptronClassifier(batch_size=200, **settings), X, y),
    }


def early_stopping(dtype):
    """The digits data, with and without early stopping.

    Both train on the same number of rows.
    """
    X, y = digits()
    X = X.astype(dtype)
    n_train = len(X) - -(-len(X) // 10)
    settings = {"max_iter": 50, "n_iter_no_change": 50, "random_state": 0}
    with_it = MLPScratchClassifier(early_stopping=True, **settings)
    without = MLPScratchClassifier(**settings)
    return {
        "without": fit(without, X[:n_train], y[:n_train]),
        "with": fit(with_it, X, y),
    }


def sparse_input(dtype):
    """20,000 × 10,000 with 1.5 % nonzero values, 64 hidden units."""
    X, y = grey_levels()
    X = X.astype(dtype)
    settings = {"hidden_layer_sizes": 64, "max_iter": 3, "random_state": 0}
    return {
        "scikit-learn": fit(MLPClassifier(**settings), X, y),
        "sknn_scratch": fit(MLPScratchClassifier(**settings), X, y),
    }


def options(X, y, settings):
    """Return fits without options, and with options that slow down every step."""
    n_epochs = settings["max_iter"]
    settings = {"n_iter_no_change": n_epochs, "random_state": 0} | settings
    contenders = {
        "plain": {},
        "dropout": {"dropout": 0.5},
        "average": {"average": 0.99},
    }
    return {
        name: fit(MLPScratchClassifier(**settings, **option), X, y)
        for name, option in contenders.items()
    }


def options_on_digits(dtype):
    """The digits data, 100 hidden units."""
    X, y = digits()
    return options(X.astype(dtype), y, {"max_iter": 50})


def options_on_mnist(dtype):
    """5,000 MNIST digits, 256 and 128 hidden units."""
    X, y = mnist()
    settings = {"hidden_layer_sizes": (256, 128), "max_iter": 3}
    return options(X.astype(dtype), y, settings)


CASES = {
    "perceptron": perceptrons,
    "early stopping": early_stopping,
    "options, digits": options_on_digits,
    "options, MNIST": options_on_mnist,
    "sparse": sparse_input,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--cases", CASES, "cases")
    add_choices(parser, "--dtypes", DTYPES, "dtypes")
    parser.add_argument("--repeats", type=int, default=5, help="number of rounds")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    results = []
    for case in options.cases:
        for dtype in options.dtypes:
            seconds = interleaved(CASES[case](dtype), options.repeats)
            first = next(iter(seconds))
            for name, times in seconds.items():
                result = {
                    "case": case,
                    "dtype": dtype,
                    "contender": name,
                    "milliseconds": 1000 * statistics.median(times),
                    "share_of_first": ratio(seconds, name, first),
                }
                results.append(result)
                print(
                    f"{case:15} {dtype:8} {name:15} {result['milliseconds']:8.2f} ms "
                    f"{result['share_of_first']:6.2f} × {first}",
                    flush=True,
                )
    save(options.output / "epochs.json", results)


if __name__ == "__main__":
    main()
