"""Accuracy on real tables with ordered classes: ordinal loss, softmax and mord.

Compares `tabular_classifier` with loss="ordinal", the same with loss="log_loss"
(softmax), and mord's LogisticAT, the linear proportional-odds model, on standardized
and one-hot encoded columns. All models have the same splits: a fifth of the rows is the
test set, and up to 2,000 others are the training set.

The script prints means over the splits of the mean absolute error of the class index,
of the accuracy and of the log loss. The error is computed for `predict` and for the
median of the predicted probabilities; for the ordinal loss both are the same. Writes
ordinal.json.

mord is optional: pip install mord.
"""

import argparse
import time
import warnings
from functools import partial

import numpy as np
from harness import add_choices, output_folder, save
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tables import keel, rdata, split

from sknn_scratch.tabular import tabular_classifier

N_TRAIN = 2000
CUTS = ["Fair", "Good", "Very Good", "Premium", "Ideal"]
# The costs of a loan, which depend on its grade, and the job title.
COSTS = ["sub_grade", "interest_rate", "installment", "paid_interest", "paid_total"]
COSTS += ["paid_principal", "paid_late_fees", "balance", "emp_title"]

# Loaders of features and classes, and the order of the classes if it is not sorted.
TABLES = {
    "chemistry": (partial(rdata, "mlmRev", "Chem97", "score", drop=["student"]), None),
    "cut": (partial(rdata, "ggplot2", "diamonds", "cut"), CUTS),
    "economy": (partial(rdata, "carData", "BEPS", "economic.cond.national"), None),
    "income": (partial(keel, "marketing"), None),
    "loans": (
        partial(rdata, "openintro", "loans_full_schema", "grade", drop=COSTS),
        None,
    ),
}


def load(name):
    """Return the features, and the indices of the classes."""
    loader, order = TABLES[name]
    X, y = loader()
    if order is None:
        return X, np.unique(y, return_inverse=True)[1]
    return X, np.array([order.index(label) for label in y])


def proportional_odds():
    """Return mord's linear model of standardized and one-hot encoded columns."""
    from mord import LogisticAT

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    return make_pipeline(columns, LogisticAT())


def contenders(seed, fast):
    """Return the models by name."""
    models = {
        name: tabular_classifier(fast=fast, random_state=seed, loss=loss)
        for name, loss in (("softmax", "log_loss"), ("ordinal", "ordinal"))
    }
    try:
        return models | {"mord": proportional_odds()}
    except ImportError:
        return models


def measured(y, predicted, probabilities):
    """Return the metrics of predicted class indices and probabilities."""
    median = (probabilities.cumsum(axis=1) < 0.5).sum(axis=1)
    of_truth = probabilities[np.arange(len(y)), y]
    return {
        "error": float(np.abs(predicted - y).mean()),
        "error_of_median": float(np.abs(median - y).mean()),
        "accuracy": float((predicted == y).mean()),
        "log_loss": float(-np.log(np.maximum(of_truth, 1e-15)).mean()),
    }


def compare(name, seeds, fast):
    """Return a list of results for each contender, one for each split."""
    X, y = load(name)
    results = {}
    for seed in seeds:
        parts = split(X, y, seed, of_classes=True, n_train=N_TRAIN)
        X_train, X_test, y_train, y_test = parts
        for contender, model in contenders(seed, fast).items():
            start = time.perf_counter()
            model.fit(X_train, y_train)
            seconds = time.perf_counter() - start
            found = measured(y_test, model.predict(X_test), model.predict_proba(X_test))
            results.setdefault(contender, []).append(found | {"seconds": seconds})
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--tables", TABLES, "tables")
    parser.add_argument("--splits", type=int, default=5, help="number of splits")
    parser.add_argument("--fast", action="store_true", help="use fast=True")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    warnings.filterwarnings("ignore", message="The validation set is drawn at random")
    results = {}
    print(f"{'':20}   error  of median  accuracy  log loss  seconds")
    for name in options.tables:
        results[name] = compare(name, range(options.splits), options.fast)
        for contender, found in results[name].items():
            means = {key: np.mean([one[key] for one in found]) for key in found[0]}
            print(
                f"{name:11}{contender:9}{means['error']:8.4f}"
                f"{means['error_of_median']:11.4f}{means['accuracy']:10.4f}"
                f"{means['log_loss']:10.4f}{means['seconds']:9.2f}",
                flush=True,
            )
    save(options.output / "ordinal.json", results)


if __name__ == "__main__":
    main()
