"""Fuzzing: fit estimators in several calls, with random parameters and data.

Each call ends in a model that passes the checks of `oracles.py`, or in an error that
this library or scikit-learn raises on purpose, after which the estimator is unchanged;
never in a warning of NumPy. ``python tests/campaigns/fuzzing.py --cases 20000``; the
tests try a few hundred.
"""

import argparse
import collections
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

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
from sknn_scratch.engine.activations import ACTIVATIONS, Relu, Tanh
from sknn_scratch.engine.initializers import INITIALIZERS
from sknn_scratch.engine.layers import Dense, Dropout, LayerNorm, Parallel, Residual
from sknn_scratch.engine.losses import Quantile

sys.path.insert(0, str(Path(__file__).parents[1]))

from campaigns.oracles import HAS_CALLBACKS, Trial

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
    "random_state": st.one_of(
        st.sampled_from([0, None]), st.builds(np.random.RandomState, st.just(0))
    ),
}
RATES = ["constant", "invscaling", "adaptive", "linear", "cosine", "one_cycle"]
MLP = SHARED | {
    "hidden_layer_sizes": st.sampled_from(
        [
            *[(), 1, 7, (5, 3), [4] * 6],
            *([Residual([3, 3]), LayerNorm(), 4], [LayerNorm(), Residual([Tanh()])]),
            [Dropout(0.2), Parallel([[3, 2], Dense(4)]), Relu(), Relu()],
        ]
    ),
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
    "ensemble": st.sampled_from(
        [1, 2, 3, [slice(None)] * 2, [slice(0, 1), slice(0, None)], [[0]]]
    ),
    "layer_rates": st.sampled_from(["constant", "fan_in"]),
    "input_scale": st.sampled_from([None, 6.0]),
}
NUMBERS = ["squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"]
WITH_INTERVALS = ["gaussian", Quantile([0.1, 0.5, 0.9]), Quantile([0.6, 0.7])]
FAMILIES = {
    MLPScratchClassifier: MLP
    | {
        "loss": st.sampled_from(["log_loss", "squared_error", "focal", "ordinal"]),
        "label_smoothing": st.sampled_from([0.0, 0.1]),
        "calibrate": st.booleans(),
        "class_weight": st.sampled_from([None, "balanced"]),
    },
    MLPScratchRegressor: MLP
    | {
        "loss": st.sampled_from([*NUMBERS, *WITH_INTERVALS]),
        "calibrate": st.booleans(),
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
WEIGHTS = [None, "ones", "some zero", "float32", "huge"]
TARGETS = ["normal", "positive", "whole", "huge", "constant", "several", "column"]


class Call(NamedTuple):
    """A call that trains an estimator.

    Attributes
    ----------
    method : {"fit", "partial_fit", "resume"}
        To resume is to end a fit by an error, and to repeat it with its checkpoint.
    changes : dict
        Parameters to set before.
    rows : slice
        Which samples to pass.
    X_val, y_val, weight_val : object
        What to validate with, or None.
    classes : bool
        Whether `classes` is passed to `partial_fit`.
    """

    method: str
    changes: dict
    rows: slice
    X_val: Any = None
    y_val: Any = None
    weight_val: Any = None
    classes: bool = True


class Case(NamedTuple):
    """An estimator, samples, and the calls that train it with them."""

    model: Any
    X: Any
    y: Any
    weight: Any
    kind: tuple
    calls: list


METHODS = ["fit"] * 4 + ["partial_fit"] * 3 + ["resume"] * HAS_CALLBACKS
MOSTLY = st.sampled_from([True] * 9 + [False])
ROWS = [slice(None)] * 4 + [slice(None, None, 2), slice(0, 1), slice(0, 12)]


@st.composite
def cases(draw):
    """Draw a `Case`."""
    cls = draw(st.sampled_from(list(FAMILIES)))
    names = draw(st.sets(st.sampled_from(sorted(FAMILIES[cls])), max_size=9))
    params = {name: draw(FAMILIES[cls][name]) for name in sorted(names)}
    params.setdefault("max_iter", 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.one_of(st.integers(1, 60), st.integers(1, 1500)))
    values = draw(st.sampled_from(VALUES))
    kind = draw(st.sampled_from(CONTAINERS)), draw(st.sampled_from(DTYPES))
    X = numbers(rng, values, (n, draw(st.integers(1, 8))))
    y_kind = draw(st.sampled_from(TARGETS if cls is MLPScratchRegressor else LABELS))
    if cls is MLPScratchClassifier and draw(st.integers(0, 9)) == 0:
        y_kind = "multilabel"
    y = target(rng, y_kind, n)
    weight = weights(rng, draw(st.sampled_from(WEIGHTS)), n)
    n_calls = draw(st.sampled_from([1, 1, 1, 2, 2, 3]))
    calls, now = [], cls(**params).get_params()
    for _ in range(n_calls):
        calls.append(draw(calls_of(cls, now, (X, y, kind), rng)))
        now |= calls[-1].changes
    return Case(cls(**params), X, y, weight, kind, calls)


@st.composite
def calls_of(draw, cls, params, data, rng):
    """Draw a `Call` for an estimator with some parameters."""
    X, y, kind = data
    names = draw(st.sets(st.sampled_from(sorted(FAMILIES[cls])), max_size=2))
    changes = {name: draw(FAMILIES[cls][name]) for name in sorted(names)}
    method = draw(st.sampled_from(METHODS))
    validates = method != "partial_fit" and draw(st.sampled_from([False, False, True]))
    if draw(MOSTLY):
        changes |= allowed(params | changes, method, validates)
    classes = draw(MOSTLY)
    call = Call(method, changes, draw(st.sampled_from(ROWS)), classes=classes)
    if not validates:
        return call
    rows = rng.integers(0, len(y), draw(st.sampled_from([50, 50, 7, 7, 2, 1])))
    another = draw(st.sampled_from(CONTAINERS)), draw(st.sampled_from(DTYPES))
    return call._replace(
        X_val=contained(X[rows], *draw(st.sampled_from([kind, kind, another]))),
        y_val=y[rows] if draw(MOSTLY) else None,
        weight_val=weights(rng, draw(st.sampled_from(WEIGHTS)), len(rows)),
    )


# Parameters that need a validation set or all samples at once.
OF_WHOLE_FITS = ["early_stopping", "refit", "calibrate", "class_weight"]
NOT_WITH_LBFGS = ["dropout", "input_dropout", "average", "input_scale", "refit"]
OFF = {
    "class_weight": None,
    "input_scale": None,
    "solver": "adam",
    "ensemble": 1,
    "dropout": 0.0,
    "input_dropout": 0.0,
}


def allowed(params, method, validates):
    """Return changes after which most combinations of parameters are allowed."""
    off = []
    if method == "partial_fit":
        off = [*OF_WHOLE_FITS, "solver"]
    elif method == "resume":
        off = ["solver", "refit", "ensemble"]
    elif params.get("solver") == "lbfgs":
        off = NOT_WITH_LBFGS
    if validates:
        off.append("refit")
    if params.get("loss") in NUMBERS:
        off.append("calibrate")
    changes = {name: OFF.get(name, False) for name in off if name in params}
    if "solver" in off and params.get("solver") != "lbfgs":
        changes.pop("solver", None)
    uses = any((params | changes).get(name) for name in ("refit", "calibrate"))
    return changes | ({"early_stopping": True} if uses or validates else {})


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
    """Make the calls of a case, check what comes of each, and return how it ended."""
    trial = Trial(case.model, case.y)
    X = contained(case.X, *case.kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        for call in case.calls:
            rows, weight = case.X[call.rows], case.weight
            weight = None if weight is None else weight[call.rows]
            given = contained(rows, *case.kind), case.y[call.rows], weight
            error = trial.make(call, *given)
        cannot_predict = trial.predict(X)
    return "error" if error or cannot_predict else "predictions"


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
