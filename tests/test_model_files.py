"""Saving and loading models, across versions and with damaged files."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)
from sknn_scratch.engine.activations import LeakyReLU
from sknn_scratch.engine.losses import Quantile
from sknn_scratch.engine.schedules import Cosine

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:The learning-rate schedule ended"),
]

X, Y = load_iris(return_X_y=True)
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.pickle"))
SMALL = {"max_iter": 3, "random_state": 0}
MODELS = {
    "adam": MLPScratchClassifier(4, **SMALL),
    "options": MLPScratchClassifier(
        4,
        activation=LeakyReLU(0.2),
        learning_rate=Cosine(warmup=0.1),
        dropout=0.2,
        average=0.9,
        **SMALL,
    ),
    "gaussian": MLPScratchRegressor("gaussian", 4, solver="nadam", **SMALL),
    "quantiles": MLPScratchRegressor(Quantile([0.2, 0.5]), 4, **SMALL),
    "lbfgs": MLPScratchRegressor("squared_error", 4, solver="lbfgs", **SMALL),
    "output": MLPScratchRegressor(
        "huber", 4, output_activation="softplus", solver="rmsprop", **SMALL
    ),
    "perceptron": PerceptronClassifier("hinge", **SMALL),
    "random state": MLPScratchClassifier(4, random_state=np.random.RandomState(0)),
}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_models_of_earlier_versions_give_the_same_predictions(path):
    models, inputs, predictions = pickle.loads(path.read_bytes())
    for model, X, predicted in zip(models, inputs, predictions, strict=True):
        if predicted.dtype.kind == "f":
            np.testing.assert_allclose(model.predict(X), predicted, rtol=1e-5)
        else:
            np.testing.assert_array_equal(model.predict(X), predicted)
        y = predicted if hasattr(model, "classes_") else np.zeros(len(X))
        model.set_params(early_stopping=False).partial_fit(X, y)


def test_a_model_of_a_newer_version_raises():
    model = MLPScratchClassifier(4, **SMALL).fit(X, Y)
    state = model.__getstate__() | {"_saved_as": (99, "9.9.9")}
    with pytest.raises(
        ValueError, match=r"saved by sknn_scratch 9\.9\.9, which is newer than"
    ):
        MLPScratchClassifier().__setstate__(state)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_skops_saves_models_of_types_that_are_known(model):
    model = model.fit(X, Y)
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    assert {name.split(".")[0] for name in types} <= {"sknn_scratch", "numpy"}
    loaded = skops.io.loads(saved, trusted=types)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    params, expected = loaded.get_params(), model.get_params()
    if not isinstance(model.random_state, np.random.RandomState):
        assert params == expected  # instances of RandomState are never equal
    if model.__dict__.get("solver") != "lbfgs":
        for one in (loaded, model):
            one.partial_fit(X, Y)
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def added_noise(X, random_state):
    return X + random_state.normal(size=X.shape)


def test_training_continues_after_skops_with_the_same_random_numbers():
    """Dropout and augmentation have streams of their own, saved as numbers."""
    model = MLPScratchClassifier(4, dropout=0.5, augment=added_noise, **SMALL).fit(X, Y)
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    assert not [name for name in types if name.startswith("numpy.random")]
    loaded = skops.io.loads(saved, trusted=types)
    for one in (loaded, model):
        one.partial_fit(X, Y)
    for ours, theirs in zip(loaded.coefs_, model.coefs_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_skops_saves_pipelines():
    pipeline = make_pipeline(StandardScaler(), MLPScratchClassifier(4, **SMALL))
    saved = skops.io.dumps(pipeline.fit(X, Y))
    types = skops.io.get_untrusted_types(data=saved)
    loaded = skops.io.loads(saved, trusted=types)
    np.testing.assert_array_equal(loaded.predict_proba(X), pipeline.predict_proba(X))


def test_views_alias_the_parameters_after_skops():
    saved = skops.io.dumps(MLPScratchClassifier(4, **SMALL).fit(X, Y))
    types = skops.io.get_untrusted_types(data=saved)
    loaded = skops.io.loads(saved, trusted=types)
    loaded.coefs_[0][...] = 7
    assert (loaded.model_.network.params[: loaded.coefs_[0].size] == 7).all()


def test_a_damaged_skops_file_raises():
    model = MLPScratchClassifier(4, **SMALL).fit(X, Y)
    whole, expected = skops.io.dumps(model), model.predict_proba(X)
    types = skops.io.get_untrusted_types(data=whole)
    rng = np.random.default_rng(0)
    n_refused = 0
    for _ in range(100):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        try:
            loaded = skops.io.loads(bytes(damaged), trusted=types)
        except Exception:
            n_refused += 1
        else:  # a bit of the archive that means nothing
            np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    assert n_refused > 90
    for n in rng.integers(len(whole), size=30):
        with pytest.raises(zipfile.BadZipFile):
            skops.io.loads(whole[:n], trusted=types)


def test_a_truncated_pickle_is_refused():
    whole = pickle.dumps(MLPScratchClassifier(4, **SMALL).fit(X, Y))
    for n in np.random.default_rng(0).integers(len(whole), size=50):
        with pytest.raises((pickle.UnpicklingError, EOFError)):
            pickle.loads(whole[:n])
