"""Effect of single settings on real tables: one changed, all others the same.

The base is a network with standardized features and target, and the options of
options.py: Adam, batches of 32, a cosine schedule, dropout, averaged weights, and early
stopping by the validation loss. Each variant changes one setting. All have the same
random splits: 80 % of the rows, at most 1,000, are the training set, and 20 % the test
set.

The script prints the change of the log loss (classification) and of the RMSE
(regression) from the base in percent, separately for tables with fewer than 900 rows
and for larger ones, and the number of tables on which the variant is better. Values are
means over the splits and geometric means over the tables. Writes settings.json.
"""

import argparse
import warnings
from functools import partial

import numpy as np
from accuracy import by_set, measure
from harness import add_choices, output_folder, save
from models import encoded
from options import OPTIONS
from scipy.stats import gmean
from sklearn.exceptions import ConvergenceWarning
from tables import CLASSIFICATION, REGRESSION, split

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

SMALL = [
    "heart",
    "ionosphere",
    "pima",
    "vehicle",
    "autos",
    "balance",
    "bodies",
    "boston",
]
LARGE = ["segment", "cells", "churn", "concrete", "houses", "deliveries"]
N_ROWS = 1000  # most training rows

LBFGS = {"solver": "lbfgs", "max_iter": 1000}
CHANGES = {
    "features not standardized": {"standardize": False},
    "target not standardized": {"standardize_target": False},
    "constant rate": {"learning_rate": "constant"},
    "rate 0.0005": {"learning_rate_init": 0.0005},
    "rate 0.01": {"learning_rate_init": 0.01},
    "batches of 100": {"batch_size": 100},
    "batches of 200": {"batch_size": "auto"},
    "SGD, rate 0.02": {"solver": "sgd", "learning_rate_init": 0.02},
    "without dropout": {"dropout": 0.0},
    "dropout 0.5": {"dropout": 0.5},
    "alpha 0.1": {"alpha": 0.1},
    "alpha 1": {"alpha": 1.0},
    "alpha 10": {"alpha": 10.0},
    "without early stopping": {"early_stopping": False, "n_iter_no_change": 200},
    "weights not averaged": {"average": False},
    "20 units": {"hidden_layer_sizes": (20,)},
    "400 units": {"hidden_layer_sizes": (400,)},
    "two layers of 100": {"hidden_layer_sizes": (100, 100)},
    "tanh": {"activation": "tanh"},
}
# L-BFGS excludes dropout, averaging and early stopping, so it has the defaults.
VARIANTS = {
    "base": OPTIONS,
    **{name: OPTIONS | change for name, change in CHANGES.items()},
    "all defaults": {},
    "L-BFGS, alpha 0.0001": LBFGS,
    "L-BFGS, alpha 1": LBFGS | {"alpha": 1.0},
    "L-BFGS, alpha 10": LBFGS | {"alpha": 10.0},
}


def variant(name, of_classes, seed):
    """Return a pipeline with the settings of a variant."""
    settings = {"standardize_target": True, "random_state": seed} | VARIANTS[name]
    standardize = settings.pop("standardize", True)
    if of_classes:
        del settings["standardize_target"]
    cls = MLPScratchClassifier if of_classes else MLPScratchRegressor
    return encoded(cls(**settings), standardize)


def run(sets, variants, n_splits, n_rows):
    """Return a record for every table, split and variant, as in accuracy.py."""
    classes, numbers = (
        kind["development"] | kind["unseen"] | kind["hard"]
        for kind in (CLASSIFICATION, REGRESSION)
    )
    records = []
    for name in sets:
        of_classes = name in classes
        X, y = (classes if of_classes else numbers)[name]()
        for seed in range(n_splits):
            parts = split(X, y, seed, of_classes, n_rows)
            for model in dict.fromkeys(["base", *variants]):
                if of_classes and model == "target not standardized":
                    continue
                make = partial(variant, model, of_classes, seed)
                found = measure(make, *parts, of_classes)
                records.append({"set": name, "seed": seed, "model": model} | found)
        print(name, flush=True)
    return records


def summarize(records):
    """Return the changes from the base in percent, by metric, variant and size."""
    summary = {}
    for measure_ in ("log loss", "nRMSE"):
        models, sets, values = by_set(records, measure_)
        if not sets:
            continue
        ratios = values / values[models.index("base")]
        small = np.isin(sets, SMALL)
        summary[measure_] = {
            model: {
                "small": percent(row[small]),
                "large": percent(row[~small]),
                "better": int((row < 1).sum()),
                "tables": len(sets),
                "ratios": dict(zip(sets, map(float, row), strict=True)),
            }
            for model, row in zip(models, ratios, strict=True)
            if model != "base"
        }
    return summary


def percent(ratios):
    """Return the geometric mean of ratios as a change in percent; None if empty."""
    return float(100 * (gmean(ratios) - 1)) if len(ratios) else None


def report(summary):
    """Print the changes from the base, one table per metric."""
    for name, found in summary.items():
        print(f"\n{name:26}{'< 900 rows':>12}{'larger':>10}{'better':>10}")
        for model, change in found.items():
            small, large = (
                "–" if change[size] is None else f"{change[size]:+.1f} %"
                for size in ("small", "large")
            )
            better = f"{change['better']} of {change['tables']}"
            print(f"{model:26}{small:>12}{large:>10}{better:>10}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    every = SMALL + LARGE
    add_choices(parser, "--sets", every, "data sets")
    add_choices(parser, "--variants", VARIANTS, "variants")
    parser.add_argument("--splits", type=int, default=3, help="number of splits")
    parser.add_argument("--rows", type=int, default=N_ROWS, help="most training rows")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    records = run(options.sets, options.variants, options.splits, options.rows)
    summary = summarize(records)
    report(summary)
    save(options.output / "settings.json", {"summary": summary, "records": records})


if __name__ == "__main__":
    main()
