"""Ordered classes: loss="ordinal"."""

import pickle
from unittest import mock

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV
from small_networks import X, Y, same_weights, small

from sknn_scratch import PerceptronClassifier, to_sklearn
from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.engine.losses import LOSSES, Ordinal
from sknn_scratch.tabular import tabular_classifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LEVELS = ["low", "medium", "high"]  # sorted: high, low, medium
NAMES = np.array(LEVELS)[Y]
CATEGORIES = ["none", *LEVELS, "extreme"]


def ordered(codes=Y, categories=CATEGORIES):
    """Return an ordered categorical; not all of its categories have samples."""
    names = np.array(LEVELS)[codes]
    return pd.Series(pd.Categorical(names, categories=categories, ordered=True))


def ordinal(**settings):
    return small(**{"loss": "ordinal", "solver": "lbfgs", "max_iter": 20} | settings)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["ordinal", Ordinal()], ids=str)
def test_probabilities_and_predictions_are_those_of_the_loss(loss, dtype):
    model = ordinal(loss=loss, max_iter=5).fit(X.astype(dtype), Y)
    raw = model.layer_activations(X)[-1]
    probabilities = model.predict_proba(X.astype(dtype))
    assert probabilities.dtype == dtype
    np.testing.assert_allclose(probabilities, raw, rtol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    log_p = model.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), probabilities, rtol=1e-4, atol=1e-6)
    median = (probabilities.cumsum(axis=1) < 0.5).sum(axis=1)
    np.testing.assert_array_equal(model.predict(X), median)
    assert model.out_activation_ == "cumulative_logistic"
    assert model.n_outputs_ == 3


def test_the_cumulative_probabilities_of_noisy_classes_are_learned():
    """y counts how many of the thresholds -1, 0 and 1 are below x + logistic noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, size=(4000, 1))
    y = ((2 * x + rng.logistic(size=x.shape)) > [-2, 0, 2]).sum(axis=1)
    model = ordinal(hidden_layer_sizes=()).fit(x, y)
    grid = np.linspace(-2, 2, 9)[:, None]
    above = 1 - model.predict_proba(grid).cumsum(axis=1)[:, :-1]
    expected = 1 / (1 + np.exp([-2, 0, 2] - 2 * grid))
    np.testing.assert_allclose(above, expected, atol=0.05)


def test_two_classes_have_the_bits_of_the_log_loss():
    expected = small().fit(X, Y > 0)
    model = small(loss="ordinal").fit(X, Y > 0)
    assert same_weights(model, expected)
    names = ordinal().fit(X, ordered(np.minimum(Y, 1)))
    assert names.classes_.tolist() == ["low", "medium"]


def test_a_single_class_is_predicted():
    model = ordinal().fit(X, np.full(len(X), 7))
    assert (model.predict(X) == 7).all()
    assert model.predict_proba(X).tolist() == [[1.0]] * len(X)


@pytest.mark.parametrize(
    "y",
    [
        ordered(),
        ordered().to_frame(),
        ordered().array,
        pl.Series(NAMES, dtype=pl.Enum(CATEGORIES)),
    ],
    ids=["series", "frame", "categorical", "polars"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_classes_have_the_order_of_the_categories(y):
    model, expected = ordinal().fit(X, y), ordinal().fit(X, Y)
    assert model.classes_.tolist() == LEVELS
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(
        model.predict(X), np.array(LEVELS)[expected.predict(X)]
    )
    assert model.score(X, y) == expected.score(X, Y)


def test_ordered_numbers_and_dates_may_decrease():
    expected = ordinal().fit(X, Y)
    for labels in (
        [30, 20, 10],
        [0.0, -1.0, -2.0],
        pd.to_datetime(["2026-03", "2026-02", "2026-01"]),
    ):
        values = np.asarray(labels)
        y = pd.Series(pd.Categorical(values[Y], categories=labels, ordered=True))
        model = ordinal(class_weight="balanced").fit(X, y)
        np.testing.assert_array_equal(model.classes_, values)
        assert same_weights(model, expected)
        np.testing.assert_array_equal(model.predict(X), values[expected.predict(X)])


def test_other_losses_sort_ordered_categories():
    assert small().fit(X, ordered()).classes_.tolist() == sorted(LEVELS)


def test_strings_without_an_order_are_refused():
    model = ordinal()
    for y in (NAMES, NAMES.tolist(), pd.Series(NAMES, dtype="category")):
        with pytest.raises(ValueError, match=r"requires ordered classes"):
            model.fit(X, y)
    assert not hasattr(model, "model_")
    with pytest.raises(ValueError, match=r"requires ordered classes"):
        small(loss="ordinal").partial_fit(X, NAMES, classes=LEVELS)


def test_multilabel_targets_are_refused():
    assert not ordinal().__sklearn_tags__().classifier_tags.multi_label
    with pytest.raises(ValueError, match="requires one class per sample"):
        ordinal().fit(X, np.tri(3, dtype=int)[Y])


def test_the_perceptron_has_no_ordinal_loss():
    with pytest.raises(
        ValueError, match=r"The 'loss' parameter .* must be a str among"
    ):
        PerceptronClassifier("ordinal").fit(X, Y)


@pytest.mark.parametrize("save", [pickle, skops.io], ids=["pickle", "skops"])
@pytest.mark.parametrize("y", [Y, ordered()], ids=["numbers", "names"])
def test_saved_models_keep_the_order(save, y):
    model = ordinal().fit(X, y)
    saved = save.dumps(model)
    trusted = {}
    if save is skops.io:
        trusted["trusted"] = skops.io.get_untrusted_types(data=saved)
    loaded = save.loads(saved, **trusted)
    assert loaded.classes_.tolist() == model.classes_.tolist()
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    warm = loaded.set_params(warm_start=True).fit(X, y)
    assert warm.classes_.tolist() == model.classes_.tolist()
    assert warm.score(X, y) >= model.score(X, y)


def test_partial_fit_keeps_the_order():
    whole = small(loss="ordinal").fit(X, ordered())
    stream = small(loss="ordinal")
    for classes in (ordered().unique(), ordered().unique(), LEVELS, None, None):
        stream.partial_fit(X, ordered(), classes=classes)
    assert same_weights(whole, stream)
    with pytest.raises(
        ValueError, match="must include all classes passed to partial_fit"
    ):
        small(loss="ordinal").partial_fit(X, ordered(), classes=[*LEVELS, "top"])
    with pytest.raises(ValueError, match="is not the same as on last call"):
        stream.partial_fit(X, ordered(), classes=["low", "high"])
    with pytest.raises(ValueError, match=r"\['low', 'medium', 'high'\]; got \['high'"):
        stream.partial_fit(X, ordered(categories=CATEGORIES[::-1]))
    assert same_weights(whole, stream)


def test_a_warm_start_does_not_change_the_loss():
    for first, then in (("ordinal", "log_loss"), ("log_loss", "ordinal")):
        model = small(loss=first, warm_start=True).fit(X, Y)
        with pytest.raises(ValueError, match="network: loss must stay"):
            model.set_params(loss=then).fit(X, Y)


@pytest.mark.parametrize(
    "settings",
    [
        {"ensemble": 3},
        {"class_weight": {"low": 1, "medium": 2, "high": 3}},
        {"label_smoothing": 0.1, "early_stopping": True, "calibrate": True},
        {"early_stopping": True, "linear": slice(None), "refit": True},
        {"early_stopping": True, "scoring": "loss"},
        {"early_stopping": True, "scoring": "balanced_accuracy", "tol": 0.0},
    ],
    ids=str,
)
def test_ordinal_loss_works_with_other_options(settings):
    model = ordinal(solver="adam", learning_rate_init=0.05, max_iter=60, **settings)
    assert model.fit(X, ordered()).score(X, NAMES) > 0.8
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_class_weights_follow_the_labels():
    weights = dict(zip(LEVELS, [1.0, 5.0, 2.0], strict=True))
    model = ordinal(class_weight=weights, max_iter=5).fit(X, ordered())
    expected = ordinal(max_iter=5).fit(X, Y, np.array([1.0, 5.0, 2.0])[Y])
    assert same_weights(model, expected)


def test_calibration_lowers_the_loss_on_the_validation_set():
    rng = np.random.default_rng(0)
    noisy = np.clip(Y + rng.integers(-1, 2, len(Y)), 0, 2)
    given = {"X_val": X[1::2], "y_val": noisy[1::2]}
    losses = []
    for calibrate in (False, True):
        model = ordinal(early_stopping=True, calibrate=calibrate, scoring="loss")
        model.fit(X[::2], noisy[::2], **given)
        p = model.predict_proba(X[1::2])
        losses.append(-np.log(p[np.arange(len(p)), noisy[1::2]]).mean())
    assert losses[1] < losses[0]


def test_scoring_by_probabilities_needs_sorted_classes():
    model = ordinal(early_stopping=True, scoring="neg_log_loss")
    with pytest.raises(ValueError, match="must not use class probabilities"):
        model.fit(X, ordered())
    model.fit(X, Y)
    assert model.best_validation_score_ == pytest.approx(max(model.validation_scores_))


def test_grid_search_keeps_the_order_of_a_series():
    search = GridSearchCV(ordinal(max_iter=5), {"alpha": [0.01, 1.0]}, cv=2)
    assert search.fit(X, ordered()).classes_.tolist() == LEVELS


def test_to_sklearn_refuses_ordered_classes():
    fitted = ordinal().fit(X, Y)
    with pytest.raises(ValueError, match="loss must not be 'ordinal'"):
        to_sklearn(fitted)
    with pytest.raises(ValueError, match="got loss='ordinal'"):
        to_sklearn(ordinal())
    two = ordinal().fit(X, Y > 0)
    expected = two.predict_proba(X)
    np.testing.assert_allclose(to_sklearn(two).predict_proba(X), expected, atol=1e-12)


def test_tabular_pipelines_accept_ordered_targets():
    model = tabular_classifier(
        fast=True, random_state=0, loss="ordinal", hidden_layer_sizes=8, max_iter=10
    ).fit(pd.DataFrame(X), ordered())
    assert model.classes_.tolist() == LEVELS
    assert mean_absolute_error(Y, model.predict_proba(X).argmax(axis=1)) < 0.1


def test_the_median_has_a_lower_absolute_error_than_the_most_likely_class():
    """P = 0.4, 0.2, 0.4 for all samples: the errors are 0.8 and 1.2 on average."""
    y = np.repeat([0, 1, 2], [41, 20, 39])
    constant = np.zeros((len(y), 1))
    model = ordinal(hidden_layer_sizes=(), alpha=0, tol=1e-6).fit(constant, y)
    np.testing.assert_allclose(
        model.predict_proba(constant)[0], [0.41, 0.2, 0.39], 1e-3
    )
    assert (model.predict(constant) == 1).all()


def test_ordinal_loss_is_registered():
    assert LOSSES["ordinal"] is Ordinal


@pytest.mark.needs_callbacks
def test_an_interrupted_fit_continues_from_its_checkpoint(tmp_path):
    evaluate, calls = Ordinal.evaluate, iter(range(12))

    def stopping(*arguments):
        if next(calls, None) is None:
            raise RuntimeError("stopped")
        evaluate(*arguments)

    model = small(loss="ordinal", batch_size=30)  # five steps each of five epochs
    expected = small(loss="ordinal", batch_size=30).fit(X, ordered())
    model.set_callbacks(Checkpoint(tmp_path / "checkpoint"))
    with (
        mock.patch.object(Ordinal, "evaluate", stopping),
        pytest.raises(RuntimeError, match="stopped"),
    ):
        model.fit(X, ordered())
    assert same_weights(model.fit(X, ordered()), expected)
    assert model.classes_.tolist() == LEVELS
