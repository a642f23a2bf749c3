"""Accuracy on tables: `sknn_scratch.tabular` and other models with default settings.

Every data set of tables.py is split three times: 80 % of the rows, at most 5,000, are
the training set, and 20 % the test set. The metrics are the error and the log loss for
classification, and the RMSE divided by the standard deviation of the target for
regression. The fits are timed, one after the other.

The script prints tables, writes accuracy.json, and draws the mean ranks of the models
in accuracy.png, where a bar joins models without a significant difference (Nemenyi's
test; Demšar, 2006). "To best" is the mean over the data sets of the ratio to the best
model of another library, and "worst" the largest of these ratios.

CatBoost, LightGBM and RealMLP-TD-S are included if they are installed: pip install
catboost lightgbm pytabkit (pytabkit needs PyTorch). With --ablation, the script
compares the pipelines of `sknn_scratch.tabular` with variants without one of their
parts. --of prints the tables of earlier results.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from harness import output_folder, save
from models import ablated, compared
from scipy.stats import gmean, rankdata, studentized_range
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from tables import CLASSIFICATION, REGRESSION, split

# The metrics, and what is added to each value before the geometric mean over the data
# sets and subtracted from the mean: otherwise sets without an error would dominate it.
MEASURES = {"error": 0.01, "log loss": 0.0, "nRMSE": 0.01}
BASELINES = ["scikit-learn", "CatBoost", "RealMLP-TD-S", "all"]
OURS = {"fast", "tabular", "tabular x 3"}


def measure(make, X_train, X_test, y_train, y_test, of_classes):
    """Fit a model; return the metrics of its predictions, and the seconds."""
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
    """Return a record for every data set, split and model."""
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
    """Return models, sets, and means of a metric over the splits, by model and set."""
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
    """Print the tables; return means by metric and model."""
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
        for label, row in to_best(models, values + shift).items():
            print(f"{label:16}" + "".join(f"{r:{width}.3f}" for r in row))
        for baseline in BASELINES:
            if baseline in summary[measure]:
                ratios = means / summary[measure][baseline]
                label = f"÷ {baseline}"
                print(f"{label:16.16}" + "".join(f"{r:{width}.3f}" for r in ratios))
    models, _, seconds = by_set(records, "seconds")
    summary["seconds"] = dict(zip(models, map(float, seconds.sum(axis=1)), strict=True))
    print("\nseconds per split, sum over the data sets")
    for model, total in summary["seconds"].items():
        print(f"{model:16}{total:10.1f}")
    return summary


def to_best(models, values):
    """Return the mean and the largest ratio to the best other model of each set."""
    others = [i for i, model in enumerate(models) if model not in OURS]
    if not others or len(others) == len(models):
        return {}
    ratios = values / values[others].min(axis=0)
    return {"to best": ratios.mean(axis=1), "worst": ratios.max(axis=1)}


def critical_difference(n_models, n_sets):
    """Return the critical difference of mean ranks, by Nemenyi's test at 5 %."""
    q = studentized_range.ppf(0.95, n_models, np.inf) / np.sqrt(2)
    return q * np.sqrt(n_models * (n_models + 1) / (6 * n_sets))


def draw(records, path):
    """Draw the mean ranks of the models, one panel per metric."""
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
            xlabel=f"mean rank over {len(sets)} data sets, by {measure}; "
            f"critical difference {difference:.2f}",
        )  # fmt: skip
        axes.spines[["left", "top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part",
        default="fresh",
        choices=list(CLASSIFICATION),
        help="group of data sets",
    )
    parser.add_argument("--sets", nargs="+", help="data sets (default: all)")
    parser.add_argument("--models", nargs="+", help="models (default: all)")
    parser.add_argument(
        "--ablation", action="store_true", help="compare pipelines without one part"
    )
    parser.add_argument("--seeds", type=int, default=3, help="splits per data set")
    parser.add_argument("--rows", type=int, default=5000, help="most training rows")
    parser.add_argument(
        "--of", nargs="+", type=Path, help="print the tables of these JSON files"
    )
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    # Test sets have categories that the training sets do not have.
    warnings.filterwarnings("ignore", message="Values that are not in the training set")
    if options.of:
        files = [json.loads(path.read_text()) for path in options.of]
        records = [record for file in files for record in file["records"]]
    else:
        records = run(options.sets, options.part, options)
    summary = summarize(records)
    save(options.output / "accuracy.json", {"summary": summary, "records": records})
    draw(records, options.output / "accuracy.png")


if __name__ == "__main__":
    main()
