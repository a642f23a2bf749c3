"""Record the results of short fits with every option and pair of options, bitwise.

A change that must not change results is compared with a record made before it, on the
same machine and with the same number of BLAS threads:
``python tests/campaigns/recorded.py record before.json``, then ``compare``.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
import warnings
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Perceptron
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import scale

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
    from_sklearn,
)
from sknn_scratch.callbacks import Checkpoint, WeightHistory
from sknn_scratch.engine.schedules import Cosine
from sknn_scratch.layers import LayerNorm, Residual, Tanh

IRIS = load_iris(return_X_y=True)
CLASSES = scale(IRIS[0]), IRIS[1]
NUMBERS = scale(load_diabetes().data[:150]), load_diabetes().target[:150]
WEIGHT = np.linspace(0, 2, 150)


def noisy(X, random_state):
    """Add noise to a batch."""
    values = X.data if sparse.issparse(X) else X
    values += random_state.normal(scale=0.1, size=values.shape)
    return X


def half_right(estimator, X, y, sample_weight=None):
    """Score by half of the samples."""
    return estimator.score(X[::2], y[::2])


STOPPING = {
    "early stopping": {"early_stopping": True},
    "scorer": {"early_stopping": True, "scoring": half_right},
    "scoring by the loss": {"early_stopping": True, "scoring": "loss"},
}
SHARED = STOPPING | {
    "penalty": {"alpha": 1.0, "l1_ratio": 0.5},
    "clipping": {"clip_norm": 0.1},
    "average": {"average": True},
    "decaying average": {"average": 0.9},
    "adaptive": {"learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
    "cosine": {"learning_rate": Cosine(warmup=0.2)},
    "no shuffling": {"shuffle": False},
    "verbose": {"verbose": True},
}
OF_MLPS = SHARED | {
    "lbfgs": {"solver": "lbfgs"},
    "sgd": {"solver": "sgd", "learning_rate": "invscaling"},
    "adamw": {"solver": "adamw"},
    "rmsprop": {"solver": "rmsprop"},
    "refit": {"early_stopping": True, "refit": True},
    "ensemble": {"ensemble": [slice(0, 2), slice(None)]},
    "dropout": {"dropout": 0.3, "input_dropout": 0.1},
    "augmentation": {"augment": noisy},
    "input scale": {"input_scale": 3.0},
    "layer rates": {"layer_rates": "fan_in", "output_init": "zeros"},
    "no hidden layer": {"hidden_layer_sizes": ()},
    "deep": {"hidden_layer_sizes": (5, 4, 3), "activation": ["tanh", "gelu", "elu"]},
    "layers": {"hidden_layer_sizes": [Residual([5, Tanh()]), LayerNorm(), 4]},
}
OPTIONS = {
    MLPScratchClassifier: OF_MLPS
    | {
        "calibrate": {"early_stopping": True, "calibrate": True},
        "smoothing": {"label_smoothing": 0.1},
        "class weights": {"class_weight": "balanced"},
        "focal": {"loss": "focal"},
        "ordinal": {"loss": "ordinal"},
    },
    MLPScratchRegressor: OF_MLPS
    | {
        "standardized target": {"standardize_target": True},
        "gaussian": {"loss": "gaussian"},
        "poisson": {"loss": "poisson"},
        "output activation": {"output_activation": "softplus"},
    },
    PerceptronClassifier: SHARED
    | {
        "online": {"batch_size": 1},
        "mini-batches": {"batch_size": 20},
        "log loss": {"loss": "log_loss"},
        "hinge": {"loss": "hinge"},
        "normal": {"weight_init": "normal", "fit_intercept": False},
        "class weights": {"class_weight": "balanced"},
    },
}
DATA = {
    "dense": lambda X, y: (X, y, {}),
    "sparse": lambda X, y: (sparse.csr_array(X), y, {}),
    "float32": lambda X, y: (X.astype(np.float32), y, {}),
    "weights": lambda X, y: (X, y, {"sample_weight": WEIGHT}),
    "binary": lambda X, y: (X, y > np.median(y), {}),
    "own validation set": lambda X, y: (
        *(X[::2], y[::2]),
        {"X_val": X[1::2], "y_val": y[1::2]},
    ),
}
FLOWS = {
    "fit": "f",
    "partial_fit": "ppp",
    "fit, then partial_fit": "fpp",
    "partial_fit, fit": "pf",
    "between": "pfpfp",
    "warm": "ww",
    "warm, then partial_fit": "wwp",
    "callbacks": "c",
    "checkpoint": "k",
}


def cases():
    """Yield name, estimator, kind of data and flow of every case."""
    for cls, options in OPTIONS.items():
        chosen = [(), *((name,) for name in options), *combinations(options, 2)]
        for names in chosen:
            params = {k: v for name in names for k, v in options[name].items()}
            for data, flow in _variants(len(names)):
                name = "; ".join([cls.__name__, *names, data, flow])
                yield name, (cls, params, data, flow)


def _variants(n_options):
    """Return data and flows: all for none or one option, the usual ones for a pair."""
    if n_options == 2:
        return [("dense", "fit")]
    of_data = [(data, "fit") for data in DATA]
    return of_data + [("dense", flow) for flow in FLOWS if flow != "fit"]


def run(cls, params, data, flow):
    """Fit, and return what there is to compare; an error is a result, too."""
    defaults = {"max_iter": 6, "random_state": 0, "learning_rate_init": 0.05}
    if cls is not PerceptronClassifier:
        defaults |= {"hidden_layer_sizes": 6, "batch_size": 40}
    estimator = cls(**defaults | params)
    X, y, fit = DATA[data](*(NUMBERS if cls is MLPScratchRegressor else CLASSES))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            for step in FLOWS[flow]:
                _take(step, estimator, X, y, fit)
        except Exception as error:
            message = re.sub(" at 0x[0-9a-f]+", "", str(error))
            return {"error": f"{type(error).__name__}: {message}"}
    return _found(estimator, X) | {"warnings": [str(one.message) for one in caught]}


def _take(step, estimator, X, y, fit):
    if step == "p":
        labels = (
            {"classes": np.unique(y)} if hasattr(estimator, "predict_proba") else {}
        )
        estimator.partial_fit(X[:90], y[:90], **labels)
        return
    if step == "c":
        estimator.set_callbacks(WeightHistory())
    if step == "k":
        with tempfile.TemporaryDirectory() as folder:
            estimator.set_callbacks(Checkpoint(Path(folder) / "file", every=2))
            estimator.fit(X, y, **fit)
        return
    estimator.set_params(warm_start=step == "w").fit(X, y, **fit)


CURVES = ["loss_curve_", "learning_rate_curve_", "validation_scores_"]
ATTRIBUTES = [
    *(*CURVES, "validation_loss_curve_", "n_iter_", "t_", "stop_reason_", "loss_"),
    *("best_loss_", "best_epoch_", "best_validation_score_", "temperature_"),
]


def _found(estimator, X):
    if isinstance(estimator, PerceptronClassifier):
        weights = [estimator.coef_, estimator.intercept_]
    else:
        weights = [*estimator.coefs_, *estimator.intercepts_]
    predicted = [estimator.predict(X)]
    if hasattr(estimator, "predict_proba"):
        predicted.append(estimator.predict_proba(X))
    attributes = {name: getattr(estimator, name, "none") for name in ATTRIBUTES}
    return {"weights": _digest(weights), "predictions": _digest(predicted)} | {
        name: repr(value) for name, value in attributes.items()
    }


def _digest(arrays):
    digest = hashlib.blake2b(digest_size=12)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def converted():
    """Return what estimators of scikit-learn become, and what training adds."""
    X, y = CLASSES
    for theirs in (
        MLPClassifier(6, max_iter=5, random_state=0),
        MLPRegressor(hidden_layer_sizes=6, max_iter=5, random_state=0),
        Perceptron(),
    ):
        with warnings.catch_warnings(action="ignore"):
            ours = from_sklearn(theirs.fit(X, y))
            yield f"from {type(theirs).__name__}", _found(ours, X)
            trained = _found(ours.partial_fit(X, y), X)
        yield f"from {type(theirs).__name__}, trained", trained


def results():
    """Return the results of all cases by name."""
    return {name: run(*case) for name, case in cases()} | dict(converted())


def main():
    """Record results, or compare them with those of a record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["record", "compare"])
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    found = results()
    if arguments.what == "record":
        arguments.path.write_text(json.dumps(found, indent=1), "utf-8")
        print(f"{len(found)} fits recorded", file=sys.stderr)
        return 0
    expected = json.loads(arguments.path.read_text("utf-8"))
    differing = [name for name in expected if expected[name] != found.get(name)]
    for name in differing[:20]:
        print(name, expected[name], found.get(name), sep="\n  ", file=sys.stderr)
    print(f"{len(differing)} of {len(expected)} fits differ", file=sys.stderr)
    return len(differing) > 0


if __name__ == "__main__":
    sys.exit(main())
