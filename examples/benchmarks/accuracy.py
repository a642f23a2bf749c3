"""Accuracy on tables: `sknn_scratch.tabular` beside other models with default settings.

Every set of tables.py is split three times, 80 % to train with, at most 5,000 rows, and
20 % to test with. Classification is measured by the error and the log loss, regression
by the RMSE, divided by the standard deviation of the target; fits are timed, one after
the other. Prints tables, writes accuracy.json, and draws accuracy.png, where the
models are placed at their mean rank over the sets, and a bar joins those without a
significant difference (Nemenyi's test, Demšar, 2006). RealMLP-TD-S takes part if
pytabkit is installed: pip install pytabkit, beside PyTorch. With --ablation the models
are the pipelines of `sknn_scratch.tabular` and the same without one of their parts.
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
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from tables import CLASSIFICATION, REGRESSION, split

from sknn_scratch.tabular import tabular_classifier, tabular_regressor

# The measures, and what is added to each value before the geometric mean over the sets
# and subtracted from the mean after: otherwise sets without an error would dominate it.
MEASURES = {"error": 0.01, "log loss": 0.0, "nRMSE": 0.01}
BASELINES = ["scikit-learn", "RealMLP-TD-S", "all"]


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


def narrowed(model, seed):
    """Return a pipeline that target-encodes columns of more than 255 categories.

    HistGradientBoosting accepts no more.
    """

    def wide(X):
        names = X.select_dtypes("category")
        return [name for name in names if names[name].nunique() > 255]

    columns = make_column_transformer(
        (TargetEncoder(random_state=seed), wide),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns.set_output(transform="pandas"), model)


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


def compared(of_classes, seed):
    """Return what makes each of the models."""
    if of_classes:
        linear = encoded(LogisticRegression(max_iter=1000))
        mlp = encoded(MLPClassifier(random_state=seed))
        boosting, tabular = HistGradientBoostingClassifier, tabular_classifier
    else:
        linear = encoded(Ridge())
        mlp = scaled(encoded(MLPRegressor(random_state=seed)))
        boosting, tabular = HistGradientBoostingRegressor, tabular_regressor
    makers = {
        "linear": lambda: linear,
        "scikit-learn": lambda: mlp,
        "boosting": lambda: narrowed(
            boosting(categorical_features="from_dtype", random_state=seed), seed
        ),
        "fast": lambda: tabular(fast=True, random_state=seed),
        "tabular": lambda: tabular(random_state=seed),
        "tabular x 3": lambda: tabular(3, random_state=seed),
    }
    if find_spec("pytabkit"):
        import pytabkit

        kind = "Classifier" if of_classes else "Regressor"
        real_mlp = getattr(pytabkit, f"RealMLP_TD_S_{kind}")
        makers["RealMLP-TD-S"] = lambda: Filled(
            real_mlp(device="cpu", random_state=seed)
        )
    return makers


# What a part is replaced by, as parameters of the pipeline.
SHARED_PARTS = {
    "all": {},
    "network without knots only": {"mlp__ensemble": ("^(?!knots__)",)},
    "network of everything only": {"mlp__ensemble": 1},
    "two networks of everything": {"mlp__ensemble": 2},
    "standardized, not clipped": {
        "vectorizer__numeric__squashingscaler": StandardScaler()
    },
    "no gain": {"gain": "passthrough"},
    "no dropout": {"mlp__dropout": 0.0},
    "no averaging": {"mlp__average": False},
    "constant rate": {"mlp__learning_rate": "constant"},
    "four cycles": {"mlp__learning_rate": "cos_log"},
    "no input scale": {"mlp__input_scale": None},
    "beta_2 of 0.999": {"mlp__beta_2": 0.999},
    "output not from zero": {"mlp__output_init": "auto"},
    "relu": {"mlp__activation": "relu"},
    "three layers": {"mlp__hidden_layer_sizes": (256, 256, 256)},
}
PARTS_OF_CLASSIFIERS = {
    "no refit": {"mlp__refit": False},
    "no calibration": {"mlp__calibrate": False},
    "no label smoothing": {"mlp__label_smoothing": 0.0},
    "rates not by fan-in": {
        "mlp__layer_rates": "constant",
        "mlp__learning_rate_init": 0.0025,
    },
}
PARTS_OF_REGRESSORS = {
    "refit": {"mlp__refit": True},
    "target not standardized": {"mlp__standardize_target": False},
    "rates not by fan-in": {
        "mlp__layer_rates": "constant",
        "mlp__learning_rate_init": 0.0044,
    },
}


def ablated(of_classes, seed):
    """Return what makes the pipeline, whole and with one part replaced."""
    tabular = tabular_classifier if of_classes else tabular_regressor
    parts = PARTS_OF_CLASSIFIERS if of_classes else PARTS_OF_REGRESSORS

    def making(settings):
        return lambda: tabular(random_state=seed).set_params(**settings)

    return {name: making(settings) for name, settings in (SHARED_PARTS | parts).items()}


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
    makers_of = ablated if options.ablation else compared
    for of_classes, kind in ((True, CLASSIFICATION), (False, REGRESSION)):
        for name, load in kind[part].items():
            if sets and name not in sets:
                continue
            X, y = load()
            for seed in range(options.seeds):
                parts = split(X, y, seed, of_classes, options.rows)
                for model, make in makers_of(of_classes, seed).items():
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
        "--part", default="unseen", choices=list(CLASSIFICATION), help="which sets"
    )
    parser.add_argument("--sets", nargs="+", help="only these")
    parser.add_argument("--models", nargs="+", help="only these")
    parser.add_argument("--ablation", action="store_true", help="without one part")
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
