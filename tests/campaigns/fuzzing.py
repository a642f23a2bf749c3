"""Fit estimators with parameters and data of every kind.

Each case ends in finite predictions of the right shape, dtype and labels, or an error
that this library or scikit-learn raises on purpose; never in a warning of NumPy.
``python tests/campaigns/fuzzing.py --cases 20000``; the tests try a few hundred.
"""

import argparse
import collections
import tempfile
import traceback
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.engine.activations import ACTIVATIONS
from sknn_scratch.engine.initializers import INITIALIZERS

SHARED = {
    "alpha": st.sampled_from([0.0, 1e-4, 10.0]),
    "l1_ratio": st.sampled_from([0.0, 0.5, 1.0]),
    "clip_norm": st.sampled_from([None, 1.0]),
    "average": st.sampled_from([False, True, 0.9]),
    "early_stopping": st.booleans(),
    "validation_fraction": st.sampled_from([0.1, 0.5]),
    "scoring": st.sampled_from([None, "loss"]),
    "learning_rate_init": st.sampled_from([1e-3, 0.1, 10.0]),
    "shuffle": st.booleans(),
    "tol": st.sampled_from([0.0, 1e-4, 0.1]),
    "n_iter_no_change": st.sampled_from([1, 10, np.inf]),
    "max_iter": st.integers(1, 4),
    "warm_start": st.booleans(),
    "random_state": st.sampled_from([0, None]),
}
RATES = ["constant", "invscaling", "adaptive", "linear", "cosine", "one_cycle"]
MLP = SHARED | {
    "hidden_layer_sizes": st.sampled_from([(), 1, 7, (5, 3), [4] * 6]),
    "activation": st.sampled_from(sorted(ACTIVATIONS)),
    "solver": st.sampled_from(["lbfgs", "sgd", "adam", "adamw", "nadam", "rmsprop"]),
    "learning_rate": st.sampled_from([*RATES, "exponential", "cos_log"]),
    "batch_size": st.sampled_from(["auto", 1, 7, 5000]),
    "momentum": st.sampled_from([0.0, 0.9, 1.0]),
    "dropout": st.sampled_from([0.0, 0.5, 0.99]),
    "input_dropout": st.sampled_from([0.0, 0.2]),
    "weight_init": st.sampled_from(["auto", *sorted(INITIALIZERS)]),
    "output_init": st.sampled_from(["auto", "zeros"]),
    "refit": st.booleans(),
    "views": st.sampled_from([None, [slice(None)] * 2, [slice(0, 1), slice(0, None)]]),
    "layer_rates": st.sampled_from(["constant", "fan_in"]),
    "input_scale": st.sampled_from([None, 6.0]),
}
NUMBERS = ["squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"]
FAMILIES = {
    MLPScratchClassifier: MLP
    | {
        "loss": st.sampled_from(["log_loss", "squared_error", "focal"]),
        "label_smoothing": st.sampled_from([0.0, 0.1]),
        "calibrate": st.booleans(),
        "class_weight": st.sampled_from([None, "balanced"]),
    },
    MLPScratchRegressor: MLP
    | {
        "loss": st.sampled_from([*NUMBERS, "gaussian"]),
        "output_activation": st.sampled_from(["auto", "logistic", "exp", "softplus"]),
        "standardize_target": st.booleans(),
    },
    PerceptronClassifier: SHARED
    | {
        "loss": st.sampled_from(["perceptron", "squared_error", "log_loss", "hinge"]),
        "learning_rate": st.sampled_from(["auto", *RATES]),
        "batch_size": st.sampled_from([None, 1, 7]),
        "fit_intercept": st.booleans(),
        "weight_init": st.sampled_from(["zeros", "normal"]),
        "class_weight": st.sampled_from([None, "balanced"]),
    },
}
VALUES = [
    "normal",
    "tiny",
    "huge",
    "constant",
    "duplicates",
    "subnormal",
    "whole",
    "nan",
]
CONTAINERS = [
    "C",
    "F",
    "strided",
    "reversed",
    "read-only",
    "memmap",
    "list",
    "frame",
    "mixed",
] + ["csr", "csc", "coo", "csr matrix"]
DTYPES = ["float64", "float32", "float16", "int8", "int64", "bool", "object", ">f8"]
LABELS = ["int", "negative", "str", "object", "bool", "whole floats", "single", "many"]
TARGETS = ["normal", "positive", "whole", "huge", "constant", "several", "column"]


@st.composite
def cases(draw):
    """Draw an estimator, data to fit and the keywords of `fit`."""
    cls = draw(st.sampled_from(list(FAMILIES)))
    names = draw(st.sets(st.sampled_from(sorted(FAMILIES[cls])), max_size=9))
    params = {name: draw(FAMILIES[cls][name]) for name in sorted(names)}
    params.setdefault("max_iter", 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.one_of(st.integers(1, 60), st.integers(1, 2000)))
    values = draw(st.sampled_from(VALUES))
    kind = draw(st.sampled_from(CONTAINERS)), draw(st.sampled_from(DTYPES))
    X = numbers(rng, values, (n, draw(st.integers(1, 8))))
    y_kind = draw(st.sampled_from(TARGETS if cls is MLPScratchRegressor else LABELS))
    if cls is MLPScratchClassifier and draw(st.integers(0, 9)) == 0:
        y_kind = "multilabel"
    y = target(rng, y_kind, n)
    weight = draw(st.sampled_from([None, "ones", "some zero", "float32", "huge"]))
    return cls(**params), (X, kind, values), (y, y_kind), weights(rng, weight, n)


def numbers(rng, values, shape):
    """Return features of some kind."""
    X = rng.normal(size=shape)
    return {
        "normal": X,
        "tiny": X * 1e-300,
        "huge": X * 10.0 ** rng.integers(3, 300),
        "constant": np.ones(shape),
        "duplicates": X[rng.integers(0, max(1, shape[0] // 3), shape[0])],
        "subnormal": X * 1e-40,
        "whole": np.round(3 * X),
        "nan": np.where(rng.random(shape) < 0.01, np.nan, X),
    }[values]


def contained(X, container, dtype):
    """Return an array as another dtype in another container."""
    with warnings.catch_warnings(action="ignore"):  # what overflows, overflows
        X = X.astype(dtype)
    if container in ("csr", "csc", "coo", "csr matrix"):
        if dtype in ("float16", "object", ">f8", "bool"):
            X = X.astype(float)
        if container == "csr matrix":
            return sparse.csr_matrix(X)
        return getattr(sparse, container + "_array")(X)
    if container == "memmap":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "X.npy"
            np.save(path, X.astype(float))
            return np.load(path, mmap_mode="r")
    X = {
        "F": np.asfortranarray(X),
        "strided": np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2],
        "reversed": X[::-1, ::-1],
    }.get(container, X)
    if container == "read-only":
        X.flags.writeable = False
    elif container == "list":
        return X.tolist()
    elif container in ("frame", "mixed"):
        frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
        if container == "mixed" and dtype != "object":
            frame["whole"] = np.arange(len(X))
            frame["yes"] = np.arange(len(X)) % 2 == 0
        return frame
    return X


def target(rng, kind, n):
    """Return labels or targets of some kind."""
    codes = rng.integers(0, 3, n)
    normal = rng.normal(size=n)
    return {
        "int": codes,
        "negative": codes - 5,
        "str": np.array(["a", "bb", "ç"])[codes],
        "object": np.array(["a", "bb", "ç"], dtype=object)[codes],
        "bool": codes > 0,
        "whole floats": codes.astype(float),
        "single": np.zeros(n, dtype=int),
        "many": rng.integers(0, max(2, n // 2), n),
        "multilabel": (rng.random((n, 3)) < 0.5).astype(int),
        "normal": normal,
        "positive": np.exp(normal),
        "whole": codes,
        "huge": normal * 1e200,
        "constant": np.ones(n),
        "several": rng.normal(size=(n, 3)),
        "column": normal[:, None],
    }[kind]


def weights(rng, kind, n):
    """Return sample weights of some kind, or None."""
    return {
        None: None,
        "ones": np.ones(n),
        "some zero": rng.integers(0, 2, n).astype(float),
        "float32": rng.random(n, dtype=np.float32),
        "huge": rng.random(n) * 1e100,
    }[kind]


def outcome(case):
    """Fit and predict, check what comes of it, and return what kind of end it was."""
    model, (values, (container, dtype), _), (y, _), weight = case
    X = contained(values, container, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        try:
            model.fit(X, y, sample_weight=weight)
            predicted = model.predict(X)
        except (ValueError, TypeError) as error:
            where = Path(traceback.extract_tb(error.__traceback__)[-1].filename).parts
            assert "sknn_scratch" in where or "sklearn" in where, traceback.format_exc()
            return "error"
        check(model, X, y, predicted)
    return "predictions"


def check(model, X, y, predicted):
    """Check what a fitted model has predicted."""
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    y = np.asarray(y)
    dtype = model._network.params.dtype
    if isinstance(model, MLPScratchRegressor):
        shape = (n, y.shape[1]) if y.ndim == 2 and y.shape[1] > 1 else (n,)
        assert predicted.shape == shape
        assert predicted.dtype == dtype
        assert np.isfinite(predicted).all()
        return
    assert predicted.shape == y.shape
    proba = model.predict_proba(X)
    assert proba.shape == (n, len(model.classes_))
    assert proba.dtype == dtype
    assert ((proba >= 0) & (proba <= 1)).all()
    if y.ndim == 2:
        assert set(np.unique(predicted)) <= {0, 1}
        return
    assert set(predicted) <= set(y)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=8 * np.finfo(dtype).eps)


def run(n_cases, seed=0):
    """Try out cases; return how many ended how."""
    ends = collections.Counter()

    @settings(
        max_examples=n_cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def fits_or_says_why(case):
        ends[outcome(case)] += 1

    fits_or_says_why()
    return ends


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    print(dict(run(parser.parse_args().cases)))


if __name__ == "__main__":
    main()
