"""Compare the three estimators with their counterparts in scikit-learn on real data.

The comparisons are a grid search for digits, the perceptron and logistic regression for
breast cancer, and regression with an MLP for diabetes. The script prints a table and
writes a figure, quickstart.png.
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier

OURS, THEIRS = "#0072B2", "#D55E00"  # distinguishable for color-blind readers


def search(classifier, max_iter):
    """Return a grid search over hidden layers, penalty and learning rate."""
    name = type(classifier).__name__.lower()
    grid = {
        f"{name}__hidden_layer_sizes": [(50,), (100, 50)],
        f"{name}__alpha": [1e-4, 1.0],
        f"{name}__learning_rate_init": [1e-3, 1e-2],
    }
    classifier.set_params(max_iter=max_iter, random_state=0)
    pipeline = make_pipeline(StandardScaler(), classifier)
    return GridSearchCV(pipeline, grid, cv=3, n_jobs=2)


def regressor(mlp):
    """Return a pipeline of a scaler and a small network."""
    mlp.set_params(hidden_layer_sizes=(20,), alpha=100, learning_rate_init=0.05)
    mlp.set_params(max_iter=100, random_state=0)
    return make_pipeline(StandardScaler(), mlp)


def comparisons(max_iter):
    """Yield (task, data, model of sknn_scratch, model of scikit-learn)."""
    digits = load_digits(return_X_y=True)
    cancer = load_breast_cancer(return_X_y=True)
    yield (
        "digits: grid search of 8 × 3 MLPs",
        digits,
        search(MLPScratchClassifier(), max_iter),
        search(MLPClassifier(), max_iter),
    )
    yield (
        "breast cancer: perceptron",
        cancer,
        make_pipeline(StandardScaler(), PerceptronClassifier()),
        make_pipeline(StandardScaler(), Perceptron()),
    )
    yield (
        "breast cancer: logistic regression",
        cancer,
        make_pipeline(
            StandardScaler(),
            PerceptronClassifier(
                loss="log_loss", alpha=10.0, learning_rate_init=0.5, tol=1e-7
            ),
        ),
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
    )
    yield (
        "diabetes: MLP regression",
        load_diabetes(return_X_y=True),
        regressor(MLPScratchRegressor()),
        regressor(MLPRegressor()),
    )


def measure(model, X_train, X_test, y_train, y_test):
    """Fit a model; return its scores, its time and its predictions."""
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    fitted = getattr(model, "best_estimator_", model)[-1]
    proba = None
    # The perceptron's probabilities are not calibrated, so they have no log loss.
    if hasattr(fitted, "predict_proba") and getattr(fitted, "loss", "") != "perceptron":
        proba = model.predict_proba(X_test)
    is_regressor = "Regressor" in str(model)
    return {
        "model": fitted,
        "score": model.score(X_test, y_test),
        "log loss": None if proba is None else log_loss(y_test, proba),
        "seconds": seconds,
        "output": model.predict(X_test) if is_regressor else proba,
    }


def compare(max_iter):
    """Measure every pair of models."""
    results = []
    X, y = load_digits(n_class=3, return_X_y=True)
    for classifier in (MLPScratchClassifier(), MLPClassifier()):
        # Start the worker processes before anything is timed.
        search(classifier, max_iter=1).fit(X, y)
    for task, (X, y), ours, theirs in comparisons(max_iter):
        stratify = y if len(np.unique(y)) < 20 else None
        split = train_test_split(X, y, random_state=0, stratify=stratify)
        results.append((task, measure(ours, *split), measure(theirs, *split)))
    return results


def print_table(results):
    """Print one line per model, and the difference of the two models' outputs."""
    line = "{:35} {:21} {:>6} {:>9} {:>9} {:>9}"
    header = line.format("", "model", "score", "log loss", "fit", "max diff")
    print(header, "-" * len(header), sep="\n")
    for task, ours, theirs in results:
        for label, result, difference in (
            (task, ours, ""),
            ("", theirs, largest_difference(ours, theirs)),
        ):
            loss = "–" if result["log loss"] is None else f"{result['log loss']:.4f}"
            name = type(result["model"]).__name__
            seconds = f"{1000 * result['seconds']:.0f} ms"
            print(
                line.format(
                    label, name, f"{result['score']:.3f}", loss, seconds, difference
                )
            )
    print(
        "\nscore: accuracy (regression: R²) on the test set, a quarter of the data.\n"
        "The perceptrons differ: PerceptronClassifier trains on all samples at once\n"
        "and keeps the weights with the fewest mistakes.\n"
        "fit: training time, including the grid search for digits.\n"
        "max diff: largest difference between the probabilities predicted by the two\n"
        "libraries (regression: between predictions, in standard deviations)."
    )


def largest_difference(ours, theirs):
    """Return the largest difference between the outputs of two models, as text."""
    if ours["output"] is None or theirs["output"] is None:
        return "–"
    difference = np.abs(ours["output"] - theirs["output"])
    scale = theirs["output"].std() if difference.ndim == 1 else 1
    return f"{difference.max() / scale:.1e}"


def draw(results, path):
    """Draw loss curves, outputs and fit times of the two libraries."""
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(12, 3.8), layout="constrained"
    )
    _, ours, theirs = results[0]
    for model, color, width, label in (
        (theirs["model"], THEIRS, 5, "scikit-learn"),
        (ours["model"], OURS, 1.5, "sknn_scratch"),
    ):
        left.plot(model.loss_curve_, color=color, lw=width, label=label)
    left.set(yscale="log", xlabel="epoch", ylabel="training loss")
    left.legend(frameon=False)
    left.set_title("digits: training loss")

    middle.plot([0, 1], [0, 1], color="0.8", lw=1)
    middle.scatter(theirs["output"], ours["output"], s=9, color=OURS, alpha=0.4)
    middle.set(xlabel="probability, scikit-learn", ylabel="probability, sknn_scratch")
    middle.set_title("digits: predicted probabilities")

    tasks = [task.split(":")[1].strip() for task, _, _ in results]
    at = np.arange(len(results))
    for offset, color, label, column in (
        (0.2, OURS, "sknn_scratch", 1),
        (-0.2, THEIRS, "scikit-learn", 2),
    ):
        seconds = [result[column]["seconds"] for result in results]
        right.barh(at - offset, seconds, height=0.38, color=color, label=label)
    right.set(
        xscale="log", yticks=at, yticklabels=tasks, xlabel="training time (seconds)"
    )
    right.invert_yaxis()
    right.legend(loc="upper left", bbox_to_anchor=(0, -0.18), ncols=2, frameon=False)
    right.set_title("training time")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--max-iter", type=int, default=60, help="epochs of the MLPs on digits"
    )
    parser.add_argument("--output", type=Path, default=Path("quickstart.png"))
    options = parser.parse_args()
    mpl.use("agg")
    # Sixty epochs are enough for a comparison, but not for convergence.
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    os.environ["PYTHONWARNINGS"] = "ignore"  # in the worker processes of the search
    results = compare(options.max_iter)
    print_table(results)
    draw(results, options.output)
    print(f"\nfigure: {options.output}")


if __name__ == "__main__":
    main()
