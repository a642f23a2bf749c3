"""Time series classification: LSTM, dense layers and standard baselines.

Stratified five-fold cross-validation on data sets of aeon, with the same folds for all
models. The networks differ only in their layers. MiniRocket (Dempster et al., 2021)
with a ridge classifier and the nearest neighbor by dynamic time warping (DTW) are
standard baselines.

The script prints the mean accuracy ± its standard deviation over the folds, and the
median seconds of a fit. The time of the nearest neighbor includes its predictions,
because its fit only stores the data. Writes sequence_accuracy.json.

aeon needs an older NumPy, so install it into a separate environment:
python3 -m venv aeon; aeon/bin/pip install -e . aeon;
aeon/bin/python examples/benchmarks/sequence_accuracy.py
"""

import argparse
import statistics
import time
import warnings

import numpy as np
from harness import add_choices, output_folder, save
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.layers import LSTM, Dropout, Reshape

# The names of aeon's loaders. The sequences of JapaneseVowels have 7 to 29 steps, those
# of the other sets have equal lengths.
SETS = {
    "JapaneseVowels": "load_japanese_vowels",
    "ItalyPowerDemand": "load_italy_power_demand",
    "BasicMotions": "load_basic_motions",
    "GunPoint": "load_gunpoint",
    "ArrowHead": "load_arrow_head",
}

# The same for all data sets. They were chosen on other folds of JapaneseVowels (--seed
# 1), from learning rates of 0.002 to 0.01, 32 to 128 units, dropout, and padding at the
# front or at the end.
OPTIONS = {
    "batch_size": 32,
    "learning_rate": "cosine",
    "learning_rate_init": 0.005,
    "max_iter": 60,
}


def load(name):
    """Return sequences of the shape (n_steps, n_features), and their classes."""
    from aeon import datasets

    X, y = getattr(datasets, SETS[name])()
    return [x.T for x in X], y


def padded(sequences):
    """Return an array of shape (n, n_steps, n_features), with NaN before short ones."""
    n_steps = max(map(len, sequences))
    X = np.full((len(sequences), n_steps, sequences[0].shape[1]), np.nan, np.float32)
    for row, sequence in zip(X, sequences, strict=True):
        row[n_steps - len(sequence) :] = sequence
    return X


class SequenceScaler(TransformerMixin, BaseEstimator):
    """Standardize each feature over all steps; missing steps become 0, the mean."""

    def fit(self, X, y=None):
        self.mean_, self.scale_ = np.nanmean(X, (0, 1)), np.nanstd(X, (0, 1))
        return self

    def transform(self, X):
        return np.nan_to_num((X - self.mean_) / self.scale_)


def flat(X):
    """Return a row for each sequence, the format of scikit-learn."""
    return X.reshape(len(X), -1)


def channels_first(X):
    """Return sequences of the shape (n_features, n_steps), the format of aeon."""
    return X.transpose(0, 2, 1)


def contenders(shape, seed):
    """Return the models for sequences of the shape (n_steps, n_features)."""
    from aeon.classification.convolution_based import MiniRocketClassifier
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    layers = {
        "dense": [64],
        "LSTM": [Reshape(shape), LSTM(64)],
        "LSTM, all steps": [Reshape(shape), LSTM(64, return_sequences=True)],
    }
    models = {
        name: (flat, MLPScratchClassifier([*own, Dropout(0.3)], **OPTIONS))
        for name, own in layers.items()
    }
    models["MiniRocket"] = channels_first, MiniRocketClassifier()
    nearest = KNeighborsTimeSeriesClassifier(distance="dtw", n_neighbors=1)
    models["1-NN DTW"] = channels_first, nearest
    for _, model in models.values():
        if "random_state" in model.get_params():
            model.set_params(random_state=seed)
    return {
        name: make_pipeline(SequenceScaler(), FunctionTransformer(arrange), model)
        for name, (arrange, model) in models.items()
    }


def compare(name, only, seed):
    """Return the scores of every fold and its seconds, by contender."""
    sequences, y = load(name)
    X = padded(sequences)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    results = {}
    for contender, model in contenders(X.shape[1:], seed).items():
        if only and contender not in only:
            continue
        scores, seconds = [], []
        for train, test in folds.split(X, y):
            start = time.perf_counter()
            model.fit(X[train], y[train])
            fitted = time.perf_counter()
            scores.append(model.score(X[test], y[test]))
            end = time.perf_counter() if "NN" in contender else fitted
            seconds.append(end - start)
        results[contender] = {"scores": scores, "seconds": statistics.median(seconds)}
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--sets", SETS, "data sets")
    parser.add_argument("--models", nargs="+", help="models (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of folds and models")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    warnings.filterwarnings("ignore", message="unsafe cast")  # of numba, about DTW
    results = {}
    for name in options.sets:
        results[name] = compare(name, options.models, options.seed)
        print(name)
        for contender, found in results[name].items():
            mean, deviation = np.mean(found["scores"]), np.std(found["scores"], ddof=1)
            print(
                f"  {contender:16}{mean:8.4f} ± {deviation:.4f}"
                f"{found['seconds']:9.2f} s",
                flush=True,
            )
    save(options.output / "sequence_accuracy.json", results)


if __name__ == "__main__":
    main()
