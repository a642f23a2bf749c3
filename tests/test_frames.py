"""Data frames of pandas and polars give the results of arrays."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.fixes import parse_version

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
NAMES = list("abcd")
LABELS = np.array(["setosa", "versicolor", "virginica"])[Y]
SETTINGS = {"learning_rate": "linear", "max_iter": 10, "random_state": 0}
PANDAS = pd.DataFrame(X, columns=NAMES)
POLARS = pl.DataFrame(X, schema=NAMES)
FRAMES = {
    "pandas": (PANDAS, pd.Series(LABELS)),
    "pandas, nullable": (PANDAS.astype("Float64"), pd.Series(LABELS, dtype="string")),
    "pandas, categorical": (PANDAS, pd.Series(LABELS, dtype="category")),
    "polars": (POLARS, pl.Series(LABELS)),
    "polars, categorical": (POLARS, pl.Series(LABELS).cast(pl.Categorical)),
}

# Before 1.9 scikit-learn reads names by a protocol that polars 2 has no more.
READS_POLARS = parse_version(sklearn.__version__) >= parse_version("1.9") or hasattr(
    pl.DataFrame, "__dataframe__"
)

every_frame = pytest.mark.parametrize(("X_frame", "y"), FRAMES.values(), ids=FRAMES)


@every_frame
@pytest.mark.parametrize(
    "model",
    [MLPScratchClassifier(5, **SETTINGS), PerceptronClassifier("log_loss", **SETTINGS)],
    ids=["mlp", "perceptron"],
)
def test_a_data_frame_equals_an_array_with_names(model, X_frame, y):
    model.fit(X, LABELS)
    expected, labels = model.predict_proba(X), model.predict(X)
    fitted = model.fit(X_frame, y)
    np.testing.assert_array_equal(fitted.predict_proba(X_frame), expected)
    np.testing.assert_array_equal(fitted.predict(X_frame), labels)
    if isinstance(X_frame, pl.DataFrame) and not READS_POLARS:
        return
    np.testing.assert_array_equal(fitted.feature_names_in_, NAMES)
    with pytest.raises(ValueError, match=r"feature names should match"):
        fitted.predict(X_frame[["b", "a", "c", "d"]])


@pytest.mark.parametrize("frame", [PANDAS, PANDAS.astype("Float64"), POLARS])
def test_targets_are_columns_of_a_frame(frame):
    model = MLPScratchRegressor("squared_error", 5, **SETTINGS)
    expected = model.fit(X, X[:, :2]).predict(X)
    got = model.fit(frame, frame[["a", "b"]]).predict(frame)
    np.testing.assert_array_equal(got, expected)
    one = model.fit(frame, frame["a"]).predict(frame)
    np.testing.assert_array_equal(one, model.fit(X, X[:, 0]).predict(X))


@every_frame
def test_validation_sets_weights_and_batches_are_frames(X_frame, y):
    model = MLPScratchClassifier(5, early_stopping=True, scoring="accuracy", **SETTINGS)
    ones = type(y)(np.ones(150))
    how = {"X_val": X_frame, "y_val": y, "sample_weight": ones}
    expected = model.fit(X, LABELS, X_val=X, y_val=LABELS).validation_scores_
    assert model.fit(X_frame, y, **how).validation_scores_ == expected
    model.set_params(early_stopping=False, learning_rate="constant")
    assert model.partial_fit(X_frame, y).n_iter_ == 11


def test_missing_values_raise_as_in_scikit_learn():
    holes = PANDAS.astype("Float64").copy()
    holes.iloc[0, 0] = pd.NA
    with pytest.raises(ValueError, match="Input X contains NaN"):
        MLPScratchClassifier().fit(holes, LABELS)


def test_categories_need_an_encoder():
    kinds = PANDAS.assign(kind=pd.Categorical(["u", "v", "w"] * 50))
    with pytest.raises(ValueError, match="could not convert string to float"):
        MLPScratchClassifier().fit(kinds, LABELS)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_a_column_transformer_passes_feature_names(container):
    if container == "polars" and not READS_POLARS:
        pytest.skip("scikit-learn is too old for this polars")
    kinds = PANDAS.assign(kind=["u", "v", "w"] * 50)
    if container == "polars":
        kinds = pl.DataFrame(kinds.to_dict("list"))
    columns = ColumnTransformer(
        [
            ("number", StandardScaler(), ["b", "c"]),
            ("kind", OneHotEncoder(sparse_output=False), ["kind"]),
        ]
    ).set_output(transform=container)
    model = make_pipeline(columns, MLPScratchClassifier(5, **SETTINGS))
    names = model.fit(kinds, LABELS)[-1].feature_names_in_
    assert list(names[:3]) == ["number__b", "number__c", "kind__kind_u"]


def test_skrub_makes_a_pipeline_around_an_estimator():
    skrub = pytest.importorskip("skrub")
    frame = PANDAS.assign(
        kind=["u", "v", "w"] * 50, when=pd.date_range("2024", periods=150)
    )
    frame.loc[3, "a"] = np.nan
    mlp = MLPScratchClassifier(
        20, learning_rate="linear", learning_rate_init=0.01, max_iter=30, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of skrub about pandas
        model = skrub.tabular_pipeline(mlp).fit(frame, LABELS)
        assert model.score(frame, LABELS) > 0.9
