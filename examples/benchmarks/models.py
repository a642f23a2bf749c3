"""Models with default settings, compared with the pipelines of `sknn_scratch.tabular`.

CatBoost, LightGBM and pytabkit (RealMLP-TD-S) are included if they are installed.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

from sknn_scratch.tabular import tabular_classifier, tabular_regressor


def encoded(model, standardize=True):
    """Return a pipeline that imputes, standardizes and one-hot encodes columns."""
    scaler = StandardScaler() if standardize else "passthrough"
    numbers = make_pipeline(SimpleImputer(strategy="median"), scaler)
    names = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    select = make_column_selector
    columns = make_column_transformer(
        (numbers, select(dtype_include="number")),
        (names, select(dtype_exclude="number")),
    )
    return make_pipeline(columns, model)


def narrowed(model, seed):
    """Return a pipeline that target-encodes columns of more than 255 categories.

    HistGradientBoosting accepts at most 255 categories.
    """

    def wide(X):
        names = X.select_dtypes("category")
        return [name for name in names if names[name].nunique() > 255]

    columns = make_column_transformer(
        (TargetEncoder(random_state=seed), wide),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns.set_output(transform="pandas"), model)


def scaled(model):
    """Return a regressor with a target of mean 0 and variance 1."""
    return TransformedTargetRegressor(model, transformer=StandardScaler())


class Filled:
    """RealMLP-TD-S, which accepts categorical columns, but no missing values.

    Parameters
    ----------
    model : estimator
        An estimator of pytabkit.
    """

    def __init__(self, model):
        self.model = model

    def _fill(self, X):
        X = X.copy()
        for name in X:
            if name in self.medians:
                X[name] = X[name].fillna(self.medians[name]).astype(np.float32)
            else:
                X[name] = X[name].astype(object).fillna("missing").astype("category")
        return X

    def fit(self, X, y):
        """Fit after imputation."""
        self.medians = X.select_dtypes("number").median()
        self.model.fit(self._fill(X), y)
        self.classes_ = getattr(self.model, "classes_", None)
        return self

    def predict(self, X):
        """Predict numbers."""
        return np.ravel(self.model.predict(self._fill(X)))

    def predict_proba(self, X):
        """Predict probabilities."""
        return self.model.predict_proba(self._fill(X))


class EarlyCatBoost:
    """CatBoost with up to 1,000 rounds, stopped early on a fifth of the rows.

    Parameters
    ----------
    model : estimator
        An estimator of CatBoost.
    seed : int
        Seed of the split.
    stratifies : bool
        Whether the split is stratified by class.
    """

    def __init__(self, model, seed, stratifies):
        self.model, self.seed, self.stratifies = model, seed, stratifies

    def _filled(self, X):
        X = X.copy()
        for name in X.select_dtypes("category"):
            X[name] = X[name].astype(object).fillna("missing").astype(str)
        return X

    def fit(self, X, y):
        """Fit on four fifths of the rows."""
        names = list(X.select_dtypes("category"))
        counts = np.unique(y, return_counts=True)[1]
        stratify = y if self.stratifies and counts.min() > 1 else None
        X, X_val, y, y_val = train_test_split(
            self._filled(X),
            y,
            test_size=0.2,
            random_state=self.seed,
            stratify=stratify,
        )
        self.model.fit(
            X, y, cat_features=names, eval_set=(X_val, y_val), early_stopping_rounds=50
        )
        self.classes_ = getattr(self.model, "classes_", None)
        return self

    def predict(self, X):
        """Predict numbers."""
        return self.model.predict(self._filled(X))

    def predict_proba(self, X):
        """Predict probabilities."""
        return self.model.predict_proba(self._filled(X))


def compared(of_classes, seed):
    """Return functions that create the models, by name."""
    if of_classes:
        linear = encoded(LogisticRegression(max_iter=1000))
        mlp = encoded(MLPClassifier(random_state=seed))
        boosting, tabular = HistGradientBoostingClassifier, tabular_classifier
    else:
        linear = encoded(Ridge())
        mlp = scaled(encoded(MLPRegressor(random_state=seed)))
        boosting, tabular = HistGradientBoostingRegressor, tabular_regressor
    makers = {
        "linear": lambda: linear,
        "scikit-learn": lambda: mlp,
        "boosting": lambda: narrowed(
            boosting(categorical_features="from_dtype", random_state=seed), seed
        ),
        "fast": lambda: tabular(fast=True, random_state=seed),
        "tabular": lambda: tabular(random_state=seed),
        "tabular x 3": lambda: tabular(3, random_state=seed),
    }
    kind = "Classifier" if of_classes else "Regressor"
    if find_spec("catboost"):
        import catboost

        catboost_of = getattr(catboost, f"CatBoost{kind}")
        makers["CatBoost"] = lambda: EarlyCatBoost(
            catboost_of(
                iterations=1000,
                random_seed=seed,
                verbose=False,
                allow_writing_files=False,
            ),
            seed,
            of_classes,
        )
    if find_spec("lightgbm"):
        import lightgbm

        gbm = getattr(lightgbm, f"LGBM{kind}")
        makers["LightGBM"] = lambda: gbm(random_state=seed, verbose=-1)
    if find_spec("pytabkit"):
        import pytabkit

        real_mlp = getattr(pytabkit, f"RealMLP_TD_S_{kind}")
        makers["RealMLP-TD-S"] = lambda: Filled(
            real_mlp(device="cpu", random_state=seed)
        )
    return makers


# Replacements of the parts, as parameters of the pipeline.
SHARED_PARTS = {
    "all": {},
    "no linear model": {"mlp__linear": None},
    "one model": {"mlp__repeats": 1},
    "not clipped": {"vectorizer__clip": 1e6},
    "no target encoding": {"vectorizer__one_hot_up_to": 10**6},
    "no dropout": {"mlp__dropout": 0.0},
    "no averaging": {"mlp__average": False},
    "constant rate": {"mlp__learning_rate": "constant"},
    "four cycles": {"mlp__learning_rate": "cos_log"},
    "no input scale": {"mlp__input_scale": None},
    "beta_2 of 0.999": {"mlp__beta_2": 0.999},
    "output not from zero": {"mlp__output_init": "auto"},
    "relu": {"mlp__activation": "relu"},
    "three layers": {"mlp__hidden_layer_sizes": (256, 256, 256)},
}
PARTS_OF_CLASSIFIERS = {
    "no knots": {"mlp__ensemble": ("^(?!linear__|knots__)",)},
    "knots only": {"mlp__ensemble": ("^(?!linear__)",)},
    "two with knots": {"mlp__ensemble": ("^(?!linear__)", "^(?!linear__)")},
    "no gain": {"vectorizer__gain": 1.0},
    "no refit": {"mlp__refit": False},
    "no calibration": {"mlp__calibrate": False},
    "no label smoothing": {"mlp__label_smoothing": 0.0},
    "rates not by fan-in": {
        "mlp__layer_rates": "constant",
        "mlp__learning_rate_init": 0.0025,
    },
}
PARTS_OF_REGRESSORS = {
    "no knots": {"mlp__ensemble": ("^(?!knots__)",)},
    "knots only": {"mlp__ensemble": (slice(None),)},
    "two with knots": {"mlp__ensemble": (slice(None), slice(None))},
    "clipped only": {"mlp__ensemble": ("^(?!linear__|knots__)", "^(?!linear__)")},
    "refit": {"mlp__refit": True},
    "target not standardized": {"mlp__standardize_target": False},
    "rates not by fan-in": {
        "mlp__layer_rates": "constant",
        "mlp__learning_rate_init": 0.0044,
    },
}


def ablated(of_classes, seed):
    """Return functions that create the pipeline, whole and with one part replaced."""
    tabular = tabular_classifier if of_classes else tabular_regressor
    parts = PARTS_OF_CLASSIFIERS if of_classes else PARTS_OF_REGRESSORS

    def making(settings):
        return lambda: tabular(random_state=seed).set_params(**settings)

    return {name: making(settings) for name, settings in (SHARED_PARTS | parts).items()}
