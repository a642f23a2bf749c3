"""Accuracy on tables: `sknn_scratch.tabular` beside other models with default settings.

Every set of tables.py is split three times, 80 % to train with, at most 5,000 rows, and
20 % to test with. Classification is measured by the error and the log loss, regression
by the RMSE, divided by the standard deviation of the target; fits are timed, one after
the other. Prints tables, writes accuracy.json, and draws accuracy.png, where the
models stand by their mean rank over the sets, and those joined by a bar are not told
apart (Nemenyi's test, Demšar, 2006). RealMLP-TD-S takes part if pytabkit is installed:
pip install pytabkit, beside PyTorch.
"""

import argparse
import time
import warnings
from importlib.util import find_spec

import matplotlib.pyplot as plt
import numpy as np
from harness import output_folder, save
from scipy.stats import gmean, rankdata, studentized_range
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tables import CLASSIFICATION, REGRESSION, split

from sknn_scratch.tabular import tabular_classifier, tabular_regressor

# What is averaged over the sets, and what is added first, so that sets without an error
# do not outweigh all others.
MEASURES = {"error": 0.01, "log loss": 0.0, "nRMSE": 0.01}
BASELINES = ["scikit-learn", "RealMLP-TD-S"]


def encoded(model):
    """Return a pipeline that fills gaps, scales numbers and encodes names."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    names = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    select = make_column_selector
    columns = make_column_transformer(
        (numbers, select(dtype_include="number")),
        (names, select(dtype_exclude="number")),
    )
    return make_pipeline(columns, model)


def scaled(model):
    """Return a regressor with a target of mean 0 and variance 1."""
    return TransformedTargetRegressor(model, transformer=StandardScaler())


class Filled:
    """RealMLP-TD-S, which takes names as they are, but no gaps.

    Parameters
    ----------
    model : estimator
        One of pytabkit's.
    """

    def __init__(self, model):
        self.model = model

    def _fill(self, X):
        X = X.copy()
        for name in X:
            if name in self.medians:
                X[name] = X[name].fillna(self.medians[name]).astype(np.float32)
            else:
                X[name] = X[name].astype(object).fillna("missing").astype("category")
        return X

    def fit(self, X, y):
        """Fit, after the gaps are filled."""
        self.medians = X.select_dtypes("number").median()
        self.model.fit(self._fill(X), y)
        self.classes_ = getattr(self.model, "classes_", None)
        return self

    def predict(self, X):
        """Predict numbers."""
        return np.ravel(self.model.predict(self._fill(X)))

    def predict_proba(self, X):
        """Predict probabilities."""
        return self.model.predict_proba(self._fill(X))


def classifiers(seed):
    """Return what makes each of the classifiers."""
    makers = {
        "linear": lambda: encoded(LogisticRegression(max_iter=1000)),
        "scikit-learn": lambda: encoded(MLPClassifier(random_state=seed)),
        "boosting": lambda: HistGradientBoostingClassifier(
            categorical_features="from_dtype", random_state=seed
        ),
        "fast": lambda: tabular_classifier(fast=True, random_state=seed),
        "tabular": lambda: tabular_classifier(random_state=seed),
        "tabular x 5": lambda: tabular_classifier(5, random_state=seed),
    }
    if find_spec("pytabkit"):
        from pytabkit import RealMLP_TD_S_Classifier as RealMLP

        makers["RealMLP-TD-S"] = lambda: Filled(
            RealMLP(device="cpu", random_state=seed)
        )
    return makers


def regressors(seed):
    """Return what makes each of the regressors."""
    makers = {
        "linear": lambda: encoded(Ridge()),
        "scikit-learn": lambda: scaled(encoded(MLPRegressor(random_state=seed))),
        "boosting": lambda: HistGradientBoostingRegressor(
            categorical_features="from_dtype", random_state=seed
        ),
        "fast": lambda: tabular_regressor(fast=True, random_state=seed),
        "tabular": lambda: tabular_regressor(random_state=seed),
        "tabular x 5": lambda: tabular_regressor(5, random_state=seed),
    }
    if find_spec("pytabkit"):
        from pytabkit import RealMLP_TD_S_Regressor as RealMLP

        makers["RealMLP-TD-S"] = lambda: Filled(
            RealMLP(device="cpu", random_state=seed)
        )
    return makers


def measure(make, X_train, X_test, y_train, y_test, of_classes):
    """Fit a model; return what its predictions are worth, and the seconds it took."""
    start = time.perf_counter()
    model = make().fit(X_train, y_train)
    seconds = time.perf_counter() - start
    if not of_classes:
        error = np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2))
        return {"nRMSE": float(error / np.std(y_test)), "seconds": seconds}
    proba = np.asarray(model.predict_proba(X_test), np.float64)
    proba /= proba.sum(axis=1, keepdims=True)
    wrong = np.asarray(model.classes_)[proba.argmax(axis=1)] != y_test
    loss = log_loss(y_test, proba, labels=model.classes_)
    return {"error": float(wrong.mean()), "log loss": float(loss), "seconds": seconds}


def run(sets, part, options):
    """Return a record for every set, split and model."""
    records = []
    for of_classes, makers_of in ((True, classifiers), (False, regressors)):
        kind = CLASSIFICATION if of_classes else REGRESSION
        for name, load in kind[part].items():
            if sets and name not in sets:
                continue
            X, y = load()
            for seed in range(options.seeds):
                parts = split(X, y, seed, of_classes, options.rows)
                for model, make in makers_of(seed).items():
                    if options.models and model not in options.models:
                        continue
                    found = measure(make, *parts, of_classes)
                    records.append({"set": name, "seed": seed, "model": model} | found)
                    print(name, seed, model, found, flush=True)
    return records


def by_set(records, measure):
    """Return models, sets, and means of a measure over the splits, by model and set."""
    records = [record for record in records if measure in record]
    models = list(dict.fromkeys(record["model"] for record in records))
    sets = list(dict.fromkeys(record["set"] for record in records))
    values = np.array(
        [
            [
                np.mean(
                    [
                        record[measure]
                        for record in records
                        if record["set"] == name and record["model"] == model
                    ]
                )
                for name in sets
            ]
            for model in models
        ]
    )
    return models, sets, values


def summarize(records):
    """Print the tables; return means by measure and model."""
    summary = {}
    for measure, shift in MEASURES.items():
        models, sets, values = by_set(records, measure)
        if not sets:
            continue
        width = max(map(len, models)) + 2
        print(f"\n{measure}" + "".join(f"{model:>{width}}" for model in models))
        for name, row in zip(sets, values.T, strict=True):
            cells = "".join(f"{value:{width}.4f}" for value in row)
            print(f"{name:16.16}" + cells)
        means = gmean(values + shift, axis=1) - shift
        summary[measure] = dict(zip(models, map(float, means), strict=True))
        print(f"{'geometric mean':16}" + "".join(f"{m:{width}.4f}" for m in means))
        for baseline in BASELINES:
            if baseline in summary[measure]:
                ratios = means / summary[measure][baseline]
                label = f"÷ {baseline}"
                print(f"{label:16.16}" + "".join(f"{r:{width}.3f}" for r in ratios))
    models, _, seconds = by_set(records, "seconds")
    summary["seconds"] = dict(zip(models, map(float, seconds.sum(axis=1)), strict=True))
    print("\nseconds a split, all sets together")
    for model, total in summary["seconds"].items():
        print(f"{model:16}{total:10.1f}")
    return summary


def critical_difference(n_models, n_sets):
    """Return how far apart mean ranks have to be, by Nemenyi's test at 5 %."""
    q = studentized_range.ppf(0.95, n_models, np.inf) / np.sqrt(2)
    return q * np.sqrt(n_models * (n_models + 1) / (6 * n_sets))


def draw(records, path):
    """Draw the mean ranks of the models, one panel a measure."""
    measures = [m for m in MEASURES if by_set(records, m)[1]]
    figure, panels = plt.subplots(
        len(measures), figsize=(7, 2.2 * len(measures)), layout="constrained"
    )
    for axes, measure in zip(np.atleast_1d(panels), measures, strict=True):
        models, sets, values = by_set(records, measure)
        ranks = rankdata(values, axis=0).mean(axis=1)
        difference = critical_difference(len(models), len(sets))
        order = np.argsort(ranks)
        for height, i in enumerate(order[::-1]):
            axes.plot(ranks[i], height, "o", color="C0")
            axes.annotate(
                f"{models[i]}  {ranks[i]:.1f}", (ranks[i], height), (8, 0),
                textcoords="offset points", va="center",
            )  # fmt: skip
        level = len(models) - 0.4
        for k, i in enumerate(order):
            group = ranks[order[k:]]
            last = group[group <= ranks[i] + difference][-1]
            before = ranks[order[k - 1]] + difference if k else -np.inf
            if last > ranks[i] and last > before:
                axes.plot([ranks[i], last], [level, level], lw=3, color="C1")
                level += 0.4
        axes.set(
            xlim=(0.8, len(models) + 1.2), yticks=[],
            xlabel=f"mean rank of {len(sets)} sets, by {measure}; "
            f"critical difference {difference:.2f}",
        )  # fmt: skip
        axes.spines[["left", "top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", default="unseen", choices=["development", "unseen"], help="which sets"
    )
    parser.add_argument("--sets", nargs="+", help="only these")
    parser.add_argument("--models", nargs="+", help="only these")
    parser.add_argument("--seeds", type=int, default=3, help="splits of each set")
    parser.add_argument("--rows", type=int, default=5000, help="to train with, at most")
    parser.add_argument("--output", type=output_folder, default=".", help="a folder")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    records = run(options.sets, options.part, options)
    summary = summarize(records)
    save(options.output / "accuracy.json", {"summary": summary, "records": records})
    draw(records, options.output / "accuracy.png")


if __name__ == "__main__":
    main()
