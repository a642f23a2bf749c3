"""Time of preprocessing and predicting tables, compared with scikit-learn.

Compares `tabular_classifier` with a ColumnTransformer of StandardScaler and
OneHotEncoder and scikit-learn's MLP. Measures predictions of one row and of many rows,
and the fit of the preprocessing. The table (modeldata's wa_churn) describes 7,043
customers of a telephone company in numeric and categorical columns; columns are
repeated under other names if more are needed. The script prints a table and writes
table_calls.json.
"""

import argparse
import warnings
from statistics import median

import pandas as pd
from harness import interleaved, output_folder, ratio, save
from models import encoded
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from tables import rdata

from sknn_scratch.tabular import tabular_classifier

OURS, THEIRS = "sknn_scratch", "scikit-learn"


def churn(n_columns, n_rows):
    """Return customers with the given number of columns, and which have left."""
    X, y = rdata("modeldata", "wa_churn", "churn")
    copies = -(-n_columns // X.shape[1])
    wide = pd.concat([X.add_prefix(f"{i}_") for i in range(copies)], axis=1)
    return wide.iloc[:n_rows, :n_columns], y[:n_rows]


def once(function, *arguments):
    """Return a function that makes one call, and returns that it is one."""

    def call():
        function(*arguments)
        return 1

    return call


def cases(options):
    """Yield the name of each case, and its function for each library."""
    X, y = churn(20, 5000)
    models = {
        OURS: tabular_classifier(max_iter=options.epochs, random_state=0),
        THEIRS: encoded(MLPClassifier((256, 256), max_iter=options.epochs)),
    }
    for model in models.values():
        model.fit(X, y)
    for n_rows in (1, 100, 1000):
        rows = X[:n_rows]
        calls = {name: once(m.predict_proba, rows) for name, m in models.items()}
        yield f"predict_proba, {n_rows:,} row(s), 20 columns", calls
    X, y = churn(60, 5000)
    fits = {
        name: once(clone(model[0]).fit_transform, X, y)
        for name, model in models.items()
    }
    yield "fit_transform of the preprocessing, 5,000 × 60", fits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="number of rounds")
    parser.add_argument("--epochs", type=int, default=20, help="epochs of training")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    results = []
    print(f"{'':46}{OURS:>12}{THEIRS:>12}{'ratio':>7}")
    for name, calls in cases(options):
        seconds = interleaved(calls, options.repeats)
        found = {
            "case": name,
            "milliseconds": {who: 1e3 * median(own) for who, own in seconds.items()},
            "ratio": ratio(seconds, OURS, THEIRS),
        }
        results.append(found)
        shown = "".join(f"{own:9.2f} ms" for own in found["milliseconds"].values())
        print(f"{name:46}{shown}{found['ratio']:7.2f}", flush=True)
    save(options.output / "table_calls.json", results)


if __name__ == "__main__":
    main()
