"""Several quantiles from one network: loss=Quantile([...])."""

import numpy as np
import pytest
from campaigns.oracles import Crash
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import mean_pinball_loss, r2_score
from small_networks import X, Y

from sknn_scratch import MLPScratchRegressor, to_sklearn
from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.engine.losses import Quantile
from sknn_scratch.inspection import check_gradients
from sknn_scratch.tabular import tabular_regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LEVELS = [0.1, 0.5, 0.9]
TARGETS = {"one": X[:, 0] + Y, "two": np.column_stack([X[:, 0], 50 - 100 * X[:, 1]])}


def small(**settings):
    settings = {"hidden_layer_sizes": 6, "max_iter": 20, "random_state": 0} | settings
    return MLPScratchRegressor(Quantile(LEVELS), **settings)


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("target", TARGETS)
def test_quantiles_are_ordered_far_outside_the_data(target, dtype, standardize):
    y = TARGETS[target]
    model = small(standardize_target=standardize).fit(X.astype(dtype), y)
    far = X.astype(dtype) * 10.0 ** np.arange(-3, 20)[:, None, None]
    far = far.reshape(-1, X.shape[1])
    predicted = model.predict(far)
    assert predicted.shape == (len(far), *y.shape[1:], 3)
    assert predicted.dtype == dtype
    assert predicted.flags.c_contiguous
    assert (np.diff(predicted, axis=-1) >= 0).all()
    assert model.n_outputs_ == y[:1].size
    assert model.out_activation_ == "quantiles"
    outputs = model.layer_activations(far)[-1]  # block by block
    blocks = outputs.reshape(len(far), 3, -1).transpose(0, 2, 1)
    np.testing.assert_array_equal(blocks.reshape(predicted.shape), predicted)


def test_quantiles_are_those_of_the_noise():
    """y is uniform on [0, 1 + x], whose quantile q is q (1 + x)."""
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(4000, 1))
    y = rng.uniform(size=4000) * (1 + x[:, 0])
    settings = {"learning_rate": "cosine", "learning_rate_init": 0.02, "max_iter": 30}
    model = small(batch_size=100, **settings).fit(x, y)
    np.testing.assert_allclose(model.predict(x), (1 + x) * LEVELS, atol=0.1)


@pytest.mark.parametrize("target", TARGETS)
def test_the_score_is_that_of_the_quantile_nearest_to_the_median(target):
    y, weight = TARGETS[target], np.arange(len(X)) % 3
    settings = {"early_stopping": True, "standardize_target": True}
    given = {"X_val": X, "y_val": y, "sample_weight_val": weight}
    model = small(**settings).fit(X, y, **given)
    expected = r2_score(y, model.predict(X)[..., 1], sample_weight=weight)
    assert model.score(X, y, weight) == expected
    assert model.best_validation_score_ == pytest.approx(expected)


def pinball(estimator, X, y):
    predicted = estimator.predict(X)
    return -np.mean(
        [mean_pinball_loss(y, predicted[:, j], alpha=q) for j, q in enumerate(LEVELS)]
    )


def test_early_stopping_takes_a_scorer_of_all_quantiles():
    y = TARGETS["one"]
    model = small(early_stopping=True, scoring=pinball).fit(X, y, X_val=X, y_val=y)
    assert model.best_validation_score_ == pytest.approx(pinball(model, X, y))
    by_loss = small(early_stopping=True, scoring="loss").fit(X, y, X_val=X, y_val=y)
    assert by_loss.best_validation_score_ == pytest.approx(3 * pinball(by_loss, X, y))


def test_a_scorer_of_one_prediction_is_refused():
    model = small(early_stopping=True, scoring="neg_mean_absolute_error")
    with pytest.raises(ValueError, match=r"scoring must work on the validation set"):
        model.fit(X, TARGETS["one"])


def test_integer_weights_equal_repeated_rows():
    y, weight = TARGETS["one"], np.arange(len(X)) % 3
    settings = {"solver": "lbfgs", "alpha": 0, "max_iter": 5}
    weighted = small(**settings).fit(X, y, weight)
    repeated = small(**settings).fit(np.repeat(X, weight, 0), np.repeat(y, weight))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-8)


def test_sparse_input_gives_what_dense_input_does():
    y = TARGETS["two"]
    dense = small().fit(X, y)
    ours = small().fit(sparse.csr_array(X), y)
    found = ours.predict(sparse.csr_array(X))
    np.testing.assert_allclose(found, dense.predict(X), rtol=1e-9)


@pytest.mark.parametrize("settings", [{}, {"ensemble": 2}, {"linear": slice(None)}])
def test_partial_fit_and_averages_stay_ordered(settings):
    y = TARGETS["two"]
    model = small(early_stopping=True, **settings).fit(X, y)
    assert (np.diff(model.predict(50 * X), axis=-1) >= 0).all()
    if "linear" not in settings:
        model.set_params(early_stopping=False).partial_fit(X, y)
        assert (np.diff(model.predict(50 * X), axis=-1) >= 0).all()


def test_other_quantiles_cannot_continue_a_network():
    y = TARGETS["one"]
    model = small(warm_start=True).fit(X, y)
    before = model.predict(X)
    model.set_params(loss=Quantile([0.2, 0.5, 0.8]))
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(
            ValueError, match=r"network: loss must stay Quantiles.*; got Qu"
        ):
            fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)
    model.set_params(loss=Quantile(LEVELS)).fit(X, y)


@pytest.mark.needs_callbacks
def test_training_resumes_from_a_checkpoint(tmp_path):
    y, settings = TARGETS["one"], {"max_iter": 6}
    crashed = small(**settings).set_callbacks(Checkpoint(tmp_path / "c"), Crash(3))
    with pytest.raises(RuntimeError, match="crash"):
        crashed.fit(X, y)
    resumed = small(**settings).set_callbacks(Checkpoint(tmp_path / "c")).fit(X, y)
    whole = small(**settings).fit(X, y)
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))


def test_clones_keep_the_quantiles():
    model = clone(small())
    assert model.loss == Quantile(LEVELS)
    assert "Quantiles(quantiles=(0.1, 0.5, 0.9))" in repr(model)


def test_other_options_of_outputs():
    with pytest.raises(ValueError, match=r"output_activation must be 'auto' with loss"):
        small(output_activation="softplus").fit(X, TARGETS["one"])
    with pytest.raises(
        ValueError,
        match=r"return_std=True requires a network trained with loss='gaussian'",
    ):
        small().fit(X, TARGETS["one"]).predict(X, return_std=True)


def test_several_quantiles_cannot_be_converted_to_scikit_learn():
    model = small().fit(X, TARGETS["one"])
    with pytest.raises(ValueError, match=r"loss must predict one value .*Quantiles\("):
        to_sklearn(model)


def test_gradients_through_the_network():
    assert check_gradients(small(activation="tanh"), X, TARGETS["two"])


def test_a_pipeline_for_tables_predicts_quantiles():
    y = TARGETS["one"]
    model = tabular_regressor(fast=True, loss=Quantile(LEVELS), max_iter=3).fit(X, y)
    assert model.predict(X).shape == (len(X), 3)
    assert model.score(X, y) == r2_score(y, model.predict(X)[:, 1])
