"""What the estimators can do beyond scikit-learn."""

import pickle
import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from scipy.special import log_softmax, ndtr
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier
from sknn_scratch.engine.activations import ACTIVATIONS, Identity, LeakyReLU, Relu
from sknn_scratch.engine.initializers import INITIALIZERS, Normal, Orthogonal
from sknn_scratch.engine.losses import (
    LOSSES,
    BinaryLogLoss,
    Focal,
    Hinge,
    Huber,
    LogLoss,
    Loss,
    Quantile,
    SquaredError,
)
from sknn_scratch.engine.optimizers import OPTIMIZERS, SGD, AdamW, Nadam, Optimizer
from sknn_scratch.engine.schedules import SCHEDULES, Cosine
from sknn_scratch.engine.steps import FanInRates, LayerRates
from sknn_scratch.inspection import find_learning_rate

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def small(**settings):
    defaults = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}
    return MLPScratchClassifier(**defaults | settings)


def same_weights(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a.coefs_, b.coefs_, strict=True))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_learns_the_irises(activation):
    model = small(activation=activation, solver="lbfgs", max_iter=200).fit(X, Y)
    assert model.score(X, Y) > 0.95


def test_an_instance_is_what_its_name_stands_for():
    named = small(activation="leaky_relu", weight_init="orthogonal").fit(X, Y)
    instance = small(activation=LeakyReLU(), weight_init=Orthogonal()).fit(X, Y)
    assert same_weights(named, instance)
    other = small(activation=LeakyReLU(slope=0.5), weight_init=Orthogonal()).fit(X, Y)
    assert not same_weights(named, other)


def test_a_list_gives_every_hidden_layer_its_activation():
    sizes = (8, 6)
    model = small(hidden_layer_sizes=sizes, activation=["tanh", Identity()]).fit(X, Y)
    w, b = model.coefs_, model.intercepts_
    raw = ((np.tanh(X @ w[0] + b[0])) @ w[1] + b[1]) @ w[2] + b[2]
    np.testing.assert_allclose(model.predict_log_proba(X), log_softmax(raw, axis=1))
    listed = small(hidden_layer_sizes=sizes, activation=["logistic"] * 2).fit(X, Y)
    assert same_weights(
        listed, small(hidden_layer_sizes=sizes, activation="logistic").fit(X, Y)
    )


def test_options_can_be_cloned_pickled_and_searched():
    grid = {
        "activation": ["gelu", LeakyReLU(slope=0.2), (Relu(),)],
        "weight_init": ["he_normal", Orthogonal(gain=2.0)],
    }
    search = GridSearchCV(small(), grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    model = small(activation=LeakyReLU(slope=0.2)).fit(X, Y)
    assert clone(model).activation == model.activation
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(X), model.predict_proba(X))


@pytest.mark.filterwarnings("ignore:The predictions are the same")  # of zeros
@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_initial_weights_are_drawn_layer_by_layer(name):
    model = small(weight_init=name, learning_rate_init=1e-300, max_iter=1).fit(X, Y)
    random_state = np.random.RandomState(0)
    for weights, biases in zip(model.coefs_, model.intercepts_, strict=True):
        expected = INITIALIZERS[name]().draw(random_state, *weights.shape)
        np.testing.assert_allclose(weights, expected[0], atol=1e-200)
        np.testing.assert_allclose(biases, expected[1], atol=1e-200)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_training_starts_from_given_weights(solver):
    first = small(solver=solver, random_state=1).fit(X, Y)
    start = {"coefs_init": first.coefs_, "intercepts_init": first.intercepts_}
    seeds = [small(solver=solver, random_state=s, shuffle=False) for s in (2, 3)]
    second, third = (model.fit(X, Y, **start) for model in seeds)
    assert same_weights(second, third)
    assert second.loss_curve_[0] < first.loss_curve_[0]
    with pytest.raises(ValueError, match=r"shapes \[\(4, 8\), \(8, 3\)\]; got"):
        second.fit(X, Y, coefs_init=first.coefs_[:1])


def test_a_regressor_starts_from_given_weights():
    coefs = [np.ones((4, 2)), np.ones((2, 1))]
    model = MLPScratchRegressor(hidden_layer_sizes=2, max_iter=1, random_state=0)
    model.set_params(learning_rate_init=1e-300, activation="identity")
    intercepts = [np.zeros(2), np.ones(1)]
    model.fit(X, Y, coefs_init=coefs, intercepts_init=intercepts)
    np.testing.assert_allclose(model.predict(X), 2 * X.sum(axis=1) + 1)


@pytest.mark.parametrize(
    "solver", ["adamw", "nadam", "rmsprop", AdamW(weight_decay=0.1)]
)
def test_further_solvers_learn_the_irises(solver):
    model = small(solver=solver, learning_rate_init=0.02, max_iter=100).fit(X, Y)
    assert model.score(X, Y) > 0.95


def test_a_solver_by_name_takes_the_settings_that_the_estimator_has():
    named = small(solver="nadam", beta_1=0.5, epsilon=1e-3).fit(X, Y)
    assert same_weights(named, small(solver=Nadam(0.5, epsilon=1e-3)).fit(X, Y))
    instance = small(solver=Nadam(), beta_1=0.5).fit(X, Y)
    assert same_weights(instance, small(solver=Nadam()).fit(X, Y))


def test_a_solver_of_ones_own():
    class SignDescent(Optimizer):
        """Steps of the same size, whatever the gradient."""

        def init(self, params, n_weights):
            return None

        def update(self, params, grad, state, rate):
            params -= rate * np.sign(grad)

    model = small(solver=SignDescent(), learning_rate_init=0.01, max_iter=100)
    assert model.fit(X, Y).score(X, Y) > 0.95
    assert model.partial_fit(X, Y).n_iter_ == 101


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "schedule", ["linear", "cosine", "exponential", "one_cycle", "cos_log"]
)
def test_rates_change_from_step_to_step(solver, schedule):
    settings = {"solver": solver, "batch_size": 50, "max_iter": 4}
    model = small(learning_rate=schedule, **settings).fit(X, Y)
    optimizer = OPTIMIZERS[solver]()
    rates = []

    class Recording(type(optimizer)):
        def update(self, params, grad, state, rate):
            rates.append(rate)
            super().update(params, grad, state, rate)

    recorded = small(learning_rate=schedule, **settings | {"solver": Recording()})
    assert same_weights(model, recorded.fit(X, Y))
    factors = [SCHEDULES[schedule]().factor(n, 12) for n in range(12)]
    np.testing.assert_allclose(rates, 0.001 * np.array(factors))


def test_a_schedule_goes_on_from_call_to_call_of_partial_fit():
    whole = small(learning_rate=Cosine(warmup=0.3), batch_size=50).fit(X, Y)
    parts = small(learning_rate=Cosine(warmup=0.3), batch_size=50)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_weights(whole, parts)


def test_l1_makes_most_weights_small():
    """Half of the features are noise: their weights are pulled to nought."""
    rng = np.random.default_rng(0)
    noisy = np.hstack([X, rng.normal(size=X.shape)])
    settings = {"hidden_layer_sizes": (), "solver": "adam", "learning_rate_init": 0.01}
    small_share = []
    for l1_ratio in (0.0, 1.0):
        model = small(alpha=10.0, l1_ratio=l1_ratio, max_iter=500, **settings)
        weights = np.abs(model.fit(noisy, Y).coefs_[0][4:])
        small_share.append((weights < 0.02).mean())
        assert model.score(noisy, Y) > 0.9
    assert small_share[1] > 0.9 > small_share[0]


def test_smoothed_labels_are_learned_instead():
    """Without anything to learn from, the best output is the smoothed share."""
    constant = np.zeros((100, 1))
    settings = {"solver": "lbfgs", "max_iter": 200, "alpha": 0.0, "tol": 1e-8}
    y = np.repeat([0, 1, 2, 3], [10, 20, 30, 40])
    model = small(label_smoothing=0.2, **settings).fit(constant, y)
    expected = 0.8 * np.array([0.1, 0.2, 0.3, 0.4]) + 0.05
    np.testing.assert_allclose(model.predict_proba(constant)[0], expected, atol=1e-4)
    model = small(label_smoothing=0.2, **settings).fit(constant, y > 0)
    np.testing.assert_allclose(model.predict_proba(constant)[0, 1], 0.82, atol=1e-4)
    several = np.column_stack([y > 0, y > 1]).astype(int)
    model = small(label_smoothing=0.2, **settings).fit(constant, several)
    np.testing.assert_allclose(
        model.predict_proba(constant)[0], [0.82, 0.66], atol=1e-4
    )


@pytest.mark.parametrize("early_stopping", [False, True])
def test_class_weights_are_sample_weights(early_stopping):
    settings = {"early_stopping": early_stopping, "batch_size": 30}
    by_class = small(class_weight={0: 3.0, 1: 1.0, 2: 0.5}, **settings)
    sample_weight = np.arange(len(X)) % 2 + 1.0
    by_class.fit(X, Y, sample_weight)
    product = sample_weight * np.array([3.0, 1.0, 0.5])[Y]
    assert same_weights(by_class, small(**settings).fit(X, Y, product))
    part = slice(0, 120)  # 50, 50 and 20 of the three classes
    balanced = small(class_weight="balanced").fit(X[part], Y[part])
    sample_weight = (120 / 3 / np.array([50, 50, 20]))[Y[part]]
    assert same_weights(balanced, small().fit(X[part], Y[part], sample_weight))


def test_class_weights_of_several_labels_multiply():
    several = np.column_stack([Y > 0, X[:, 0] > 0]).astype(int)
    weights = [{0: 1.0, 1: 4.0}, {0: 0.5, 1: 2.0}]
    product = np.where(Y > 0, 4.0, 1.0) * np.where(X[:, 0] > 0, 2.0, 0.5)
    by_class = small(class_weight=weights).fit(X, several)
    assert same_weights(by_class, small().fit(X, several, product))


def test_class_weights_count_in_partial_fit():
    weights = {0: 3.0, 1: 1.0, 2: 0.5}
    model = small(class_weight=weights).partial_fit(X, Y, classes=[0, 1, 2])
    sample_weight = np.array([3.0, 1.0, 0.5])[Y]
    expected = small().partial_fit(X, Y, sample_weight, classes=[0, 1, 2])
    assert same_weights(model, expected)
    with pytest.raises(ValueError, match=r"class_weight='balanced'.*partial_fit"):
        small(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


def test_a_clipped_gradient_does_not_diverge():
    rng = np.random.default_rng(0)
    y = X @ rng.normal(size=4)
    y[0] = 1e6
    settings = {"solver": "sgd", "learning_rate_init": 0.01, "random_state": 0}
    clipped = MLPScratchRegressor(clip_norm=1.0, **settings).fit(X, y)
    assert np.isfinite(clipped.predict(X)).all()
    with pytest.raises(ValueError, match="diverged"):
        MLPScratchRegressor(**settings).fit(X, y)


@pytest.mark.parametrize("loss", ["squared_error", "focal", Focal(gamma=0.5)])
@pytest.mark.parametrize("target", ["two", "three", "labels"])
def test_classifiers_learn_by_other_losses(loss, target):
    y = {"two": Y > 0, "three": Y, "labels": np.tri(3, dtype=int)[Y]}[target]
    model = small(loss=loss, solver="lbfgs", max_iter=200).fit(X, y)
    assert model.score(X, y) > 0.95
    probabilities = model.predict_proba(X)
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1
    binary = LOSSES["binary_log_loss"].out_activation
    assert model.out_activation_ == ("softmax" if target == "three" else binary)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("absolute_error", 3.0),
        (Quantile(0.85), 9.0),
        (Huber(delta=1e9), 10.0),
        ("squared_error", 10.0),
        ("poisson", 10.0),
        ("gamma", 10.0),
    ],
    ids=str,
)
def test_a_loss_is_minimised_by_its_statistic(loss, expected):
    """Of 1, 2, 3, …, the median is 3, their mean 10, and nine of ten are 9 at most."""
    y = np.array([1.0, 2, 2, 3, 3, 3, 4, 5, 9, 68])
    constant = np.zeros((len(y), 1))
    model = MLPScratchRegressor(
        loss, (), alpha=0, learning_rate="linear", learning_rate_init=0.3, tol=0
    ).set_params(max_iter=2000, n_iter_no_change=np.inf, random_state=0)
    prediction = model.fit(constant, y).predict(constant)[0]
    np.testing.assert_allclose(prediction, expected, rtol=0.01)


def test_a_loss_of_ones_own():
    class LogCosh(Loss):
        """Σ log cosh(raw − y)."""

        out_activation = "identity"

        def evaluate(self, raw, y, losses, spare):
            raw -= y
            np.log(np.cosh(raw)).sum(axis=1, out=losses)
            np.tanh(raw, out=raw)

        def predict(self, raw):
            pass

    y = X @ [1.0, -2.0, 0.5, 0.0] + 1
    model = MLPScratchRegressor(LogCosh(), solver="lbfgs", random_state=0).fit(X, y)
    assert model.score(X, y) > 0.99


def test_a_wild_target_moves_robust_losses_less():
    rng = np.random.default_rng(0)
    y = X @ [1.0, -2.0, 0.5, 0.3] + 0.1 * rng.normal(size=len(X))
    spoiled = y + 50 * (rng.random(len(X)) < 0.05)
    scores = {}
    for loss in ("squared_error", "huber", "absolute_error"):
        model = MLPScratchRegressor(loss, (), solver="lbfgs", random_state=0)
        scores[loss] = model.fit(X, spoiled).score(X, y)
    assert min(scores["huber"], scores["absolute_error"]) > 0.95
    assert scores["squared_error"] < 0.8


@pytest.mark.parametrize("container", [np.asarray, sparse.csc_array])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_layer_activations_lead_from_the_input_to_the_prediction(container, activation):
    model = small(hidden_layer_sizes=(8, 6), activation=activation).fit(X, Y)
    first, second, output = model.layer_activations(container(X))
    assert [a.shape[1] for a in (first, second, output)] == [8, 6, 3]
    np.testing.assert_allclose(output, model.predict_proba(X), rtol=1e-12)
    z = first @ model.coefs_[1] + model.intercepts_[1]
    expected = np.maximum(z, 0) if activation == "relu" else z * ndtr(z)
    np.testing.assert_allclose(second, expected, atol=1e-12)
    regressor = MLPScratchRegressor("poisson", 5, max_iter=3, random_state=0).fit(X, Y)
    np.testing.assert_allclose(
        regressor.layer_activations(X)[-1][:, 0], regressor.predict(X)
    )


def test_the_summary_names_every_layer():
    settings = {"hidden_layer_sizes": (8, 6), "activation": ["relu", LeakyReLU(0.2)]}
    model = small(**settings).fit(X, Y)
    assert model.n_parameters_ == 5 * 8 + 9 * 6 + 7 * 3
    assert model.summary() == (
        "layer     inputs  units  parameters  activation\n"
        "hidden 1       4      8          40  relu\n"
        "hidden 2       8      6          54  LeakyReLU(slope=0.2)\n"
        "output         6      3          21  softmax\n"
        "total                           115"
    )


def test_a_perceptron_without_intercept_counts_its_weights():
    model = PerceptronClassifier(fit_intercept=False, max_iter=3).fit(X, Y)
    assert model.n_parameters_ == 12
    assert model.summary().splitlines()[1].split() == [
        "output",
        "4",
        "3",
        "12",
        "identity",
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.summary(),
        lambda model: model.layer_activations(X),
        lambda model: model.n_parameters_,
    ],
)
def test_there_is_nothing_to_look_at_before_the_fit(ask):
    with pytest.raises(NotFittedError):
        ask(small())


DROPOUT = {"hidden_layer_sizes": (32, 16), "dropout": [0.5, 0.25], "input_dropout": 0.1}


def test_dropout_costs_training_accuracy_for_a_smaller_gap():
    """On few samples in many dimensions, which a network learns by heart."""
    rng = np.random.default_rng(0)
    noisy = np.hstack([X, rng.normal(size=(len(X), 60))])
    train, test = slice(0, None, 2), slice(1, None, 2)
    gaps = []
    for dropout in (0.0, 0.6):
        model = small(hidden_layer_sizes=100, max_iter=300, dropout=dropout)
        model.fit(noisy[train], Y[train])
        losses = [log_loss(Y[s], model.predict_proba(noisy[s])) for s in (train, test)]
        gaps.append(losses[1] - losses[0])
    assert gaps[1] < 0.7 * gaps[0]


def test_dropout_repeats_with_its_seed_and_goes_on_in_partial_fit():
    first, second = small(**DROPOUT).fit(X, Y), small(**DROPOUT).fit(X, Y)
    assert same_weights(first, second)
    assert not same_weights(first, small(**DROPOUT, random_state=1).fit(X, Y))
    parts = small(**DROPOUT)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same_weights(first, parts)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": [0.5]},
        {"input_dropout": 0.1},
        {"average": True},
        {"augment": max},
        {"input_scale": 6.0},
        {"refit": True},
    ],
    ids=str,
)
def test_lbfgs_takes_a_fixed_objective_to_its_end(settings):
    (name,) = settings
    with pytest.raises(ValueError, match=f"{name} must not be used with solver='lbf"):
        small(**settings, early_stopping="refit" in settings, solver="lbfgs").fit(X, Y)


@pytest.mark.parametrize("loss", ["squared_error", "huber"])
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("logistic", 0, 1), ("tanh", -1, 1), ("exp", 0, 8), ("softplus", 0, 8)],
)
def test_predictions_stay_within_the_bounds_of_the_output(name, low, high, loss):
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(200, 2))
    y = np.clip(wide @ [1.0, 1.0], low, high)
    settings = {"solver": "lbfgs", "alpha": 0.01, "random_state": 0, "max_iter": 500}
    model = MLPScratchRegressor(loss, 8, output_activation=name, **settings)
    model.fit(wide, y)
    assert model.score(wide, y) > 0.9
    assert model.out_activation_ == name
    far = model.predict(100 * wide)
    assert far.min() >= low
    if name in ("logistic", "tanh"):
        assert far.max() <= high
    with pytest.raises(ValueError, match=rf"y must be in \[{low}, .*; got values from"):
        model.fit(wide, y - 5)


def test_a_loss_with_an_output_of_its_own_takes_no_other():
    model = MLPScratchRegressor("poisson", output_activation="softplus")
    with pytest.raises(ValueError, match="output_activation must be 'auto' or 'exp'"):
        model.fit(X, Y)
    settings = {"max_iter": 3, "random_state": 0}
    same = MLPScratchRegressor("poisson", output_activation="exp", **settings)
    auto = MLPScratchRegressor("poisson", **settings)
    assert same_weights(same.fit(X, Y), auto.fit(X, Y))


@pytest.mark.filterwarnings("error")
def test_a_schedule_that_is_to_last_until_max_iter_ends_without_a_warning():
    small(learning_rate="cosine").fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="after max_iter=5"):
        small().fit(X, Y)


@pytest.mark.parametrize(
    "loss", [SquaredError(), Huber(), Hinge(), BinaryLogLoss()], ids=repr
)
def test_a_classifier_refuses_losses_that_are_not_of_probabilities(loss):
    with pytest.raises(ValueError, match=r"loss must be one of probabilities.*; got"):
        small(loss=loss).fit(X, Y)


def test_a_regressor_refuses_losses_of_classes():
    with pytest.raises(ValueError, match=r"loss must be one of numbers.*LogLoss\(\)"):
        MLPScratchRegressor(LogLoss()).fit(X, Y)


@pytest.mark.parametrize("target", ["two", "three"])
def test_settings_of_numpy_keep_float32(target):
    y = Y > 0 if target == "two" else Y
    model = small(loss=Focal(np.float64(1.5)), activation=LeakyReLU(np.float64(0.2)))
    assert model.fit(X.astype(np.float32), y).predict_proba(X).dtype == np.float32


def test_a_solver_as_an_instance_takes_the_same_schedules():
    settings = {"learning_rate": "invscaling", "batch_size": 50}
    instance = small(solver=SGD(), **settings).fit(X, Y)
    assert same_weights(instance, small(solver="sgd", **settings).fit(X, Y))


def test_partial_fit_says_when_the_rate_has_come_to_its_end():
    model = small(learning_rate="cosine", max_iter=2).fit(X, Y)
    with pytest.warns(UserWarning, match="come to its end after max_iter=2 epochs"):
        model.partial_fit(X, Y)


def test_sparse_input_is_dropped_without_a_dense_copy():
    wide = sparse.random(100, 50_000, 1e-3, format="csr", random_state=0)
    y = np.arange(100) % 2
    tracemalloc.start()
    small(hidden_layer_sizes=1, input_dropout=0.5, max_iter=2).fit(wide, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 50_000 * 8 / 2


def test_held_out_rows_need_a_weight():
    weights = {0: 0.0, 1: 0.0, 2: 1.0}
    model = small(class_weight=weights, early_stopping=True, validation_fraction=0.02)
    with pytest.raises(ValueError, match=r"got 1 of 3\..*early_stopping=False"):
        model.fit(X, np.repeat([0, 1, 2], [100, 47, 3]))


@pytest.mark.parametrize("bad", [[[1.0], 2], 5, [np.full((4, 8), np.nan)] * 2])
def test_bad_weights_to_start_from(bad):
    with pytest.raises(ValueError, match="coefs_init must"):
        small().fit(X, Y, coefs_init=bad)


def test_layers_can_be_looked_at_after_weights_were_replaced():
    model = small().fit(X.astype(np.float32), Y)
    model.coefs_[0] = model.coefs_[0].astype(np.float64)
    output = model.layer_activations(X)[-1]
    np.testing.assert_array_equal(output, model.predict_proba(X))


class Recorder(SGD):
    """Gradient descent that remembers where it has been."""

    def init(self, params, n_weights):
        self.visited.clear()
        return super().init(params, n_weights)

    def update(self, params, grad, state, rate):
        super().update(params, grad, state, rate)
        self.visited.append(params.copy())


@pytest.fixture
def recorder():
    optimizer = Recorder()
    object.__setattr__(optimizer, "visited", [])  # a frozen dataclass has no setattr
    return optimizer


@pytest.mark.parametrize("average", [True, 0.8])
def test_the_average_is_the_model_but_not_what_is_trained(recorder, average):
    settings = {"batch_size": 50, "learning_rate_init": 0.1}
    model = small(solver=recorder, average=average, **settings).fit(X, Y)
    visited = np.array(recorder.visited)
    assert len(visited) == 15
    age = np.arange(15)[::-1]
    shares = np.full(15, 1 / 15)
    if average == 0.8:
        shares = 0.2 * 0.8 ** np.minimum(age, 10)
    expected = shares @ visited
    weights = [w.ravel() for w in (*model.coefs_, *model.intercepts_)]
    np.testing.assert_allclose(np.concatenate(weights), expected)
    plain = small(solver="sgd", **settings).fit(X, Y)
    assert plain.loss_curve_ == model.loss_curve_
    assert not same_weights(plain, model)


def test_the_average_goes_on_from_call_to_call_of_partial_fit():
    settings = {"average": 0.9, "batch_size": 50, "learning_rate_init": 0.05}
    whole, parts = small(**settings).fit(X, Y), small(**settings)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))
    assert same_weights(whole, parts)
    assert whole.loss_curve_ == parts.loss_curve_


def test_weights_that_were_set_are_what_partial_fit_goes_on_from():
    settings = {"average": True, "solver": "sgd", "learning_rate_init": 1e-9}
    model = small(**settings).fit(X, Y)
    coefs = [np.ones_like(w) for w in model.coefs_]
    model.coefs_ = coefs
    model.set_params(average=False).partial_fit(X, Y)
    for now, was in zip(model.coefs_, coefs, strict=True):
        np.testing.assert_allclose(now, was, atol=1e-6)


def test_after_early_stopping_the_best_average_is_what_partial_fit_goes_on_from():
    settings = {"average": 0.9, "solver": SGD(momentum=0), "early_stopping": True}
    model = small(learning_rate_init=0.5, **settings).fit(X, Y)
    best = [w.copy() for w in model.coefs_]
    model.set_params(early_stopping=False, average=False, learning_rate_init=1e-12)
    for now, was in zip(model.partial_fit(X, Y).coefs_, best, strict=True):
        np.testing.assert_allclose(now, was, atol=1e-6)


def test_the_average_is_what_is_validated():
    settings = {"average": True, "early_stopping": True, "max_iter": 4}
    held = {"X_val": X[::3], "y_val": Y[::3]}
    model = small(scoring="loss", **settings).fit(X, Y, **held)
    last = small(average=True, max_iter=model.best_epoch_).fit(X, Y)
    assert same_weights(model, last)
    loss = log_loss(Y[::3], model.predict_proba(X[::3]))
    np.testing.assert_allclose(loss, min(model.validation_loss_curve_))


def test_the_mean_of_all_steps_is_for_long_training():
    """It contains the first steps; the later ones circle around the best weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -1.0, 0.5] + rng.normal(size=200)
    best = LinearRegression().fit(X, y)

    def error(average, max_iter):
        model = MLPScratchRegressor(
            hidden_layer_sizes=(),
            average=average,
            alpha=0,
            batch_size=10,
            learning_rate_init=0.05,
            n_iter_no_change=np.inf,
            max_iter=max_iter,
            random_state=0,
        ).fit(X, y)
        return np.abs(model.coefs_[0][:, 0] - best.coef_).max()

    assert error(True, max_iter=1) > 1.2 * error(False, max_iter=1)
    assert error(True, max_iter=100) < 0.5 * error(False, max_iter=100)


def test_the_averaged_perceptron_is_steadier():
    """Online on classes that overlap, the last sample decides; not on the mean."""
    settings = {"batch_size": 1, "learning_rate": "constant", "max_iter": 3}
    scores = {
        average: [
            PerceptronClassifier(average=average, random_state=seed, **settings)
            .fit(X[50:], Y[50:])
            .score(X[50:], Y[50:])
            for seed in range(10)
        ]
        for average in (False, True)
    }
    assert np.std(scores[True]) < np.std(scores[False])
    assert np.mean(scores[True]) > np.mean(scores[False])


def mirrored(X_batch, random_state):
    """Turn the sign of half of the rows, in place."""
    X_batch[random_state.random_sample(len(X_batch)) < 0.5] *= -1
    return X_batch


@pytest.mark.parametrize("batch_size", [50, 150])
def test_augmented_samples_are_trained_on_and_the_input_stays(batch_size):
    """Seen in both signs, samples come out the same in both."""
    kept = X.copy()
    settings = {"solver": "adam", "learning_rate_init": 0.02, "max_iter": 300}
    settings |= {"hidden_layer_sizes": 30, "batch_size": batch_size}
    model = small(augment=mirrored, **settings).fit(X, Y)
    np.testing.assert_array_equal(X, kept)
    assert model.score(-X, Y) > 0.85
    assert small(**settings).fit(X, Y).score(-X, Y) < 0.7


def noisy(X_batch, random_state):
    """Add noise: of an odd number of normal deviates RandomState keeps one."""
    return X_batch + random_state.normal(scale=0.1, size=X_batch.shape)


@pytest.mark.parametrize("augment", [mirrored, noisy])
def test_augmentation_repeats_with_its_seed_and_goes_on_in_partial_fit(augment):
    odd, y = X[:149, :3], Y[:149]
    settings = {"augment": augment, "batch_size": 49, "dropout": 0.2}
    first, second = small(**settings).fit(odd, y), small(**settings).fit(odd, y)
    assert same_weights(first, second)
    parts = small(**settings)
    for _ in range(5):
        parts.partial_fit(odd, y, classes=[0, 1, 2])
    assert same_weights(first, parts)


def test_a_call_that_fails_draws_no_random_numbers():
    class Failing:
        fails = False

        def __call__(self, X_batch, random_state):
            if self.fails and random_state.random_sample() < 1:
                raise RuntimeError("on purpose")
            return noisy(X_batch, random_state)

    settings = {"augment": Failing(), "dropout": 0.2, "batch_size": 50}
    model = small(**settings).partial_fit(X, Y, classes=[0, 1, 2])
    expected = pickle.loads(pickle.dumps(model.set_params(augment=noisy)))
    model.set_params(augment=settings["augment"])
    settings["augment"].fails = True
    with pytest.raises(RuntimeError, match="on purpose"):
        model.partial_fit(X, Y)
    settings["augment"].fails = False
    assert same_weights(model.partial_fit(X, Y), expected.partial_fit(X, Y))


def test_augmented_batches_are_trained_on_in_the_dtype_of_the_network():
    def widened(X_batch, random_state):
        return np.asfortranarray(X_batch.astype(float))

    X_single = X.astype(np.float32)
    same = small(augment=widened).fit(X_single, Y)
    assert same.loss_curve_ == small().fit(X_single, Y).loss_curve_


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (lambda X, _: np.full_like(X, np.nan), "augment must return finite numbers"),
        (lambda X, _: "image", "augment must return an array of numbers; got 'image'"),
        (lambda X, _: None, "augment must return the batch, .*; got None"),
    ],
)
def test_augmentation_must_return_numbers(augment, message):
    with pytest.raises(ValueError, match=message):
        small(augment=augment).fit(X, Y)


def test_a_tiny_rate_of_dropout_is_not_none():
    assert not same_weights(small(dropout=0.001).fit(X, Y), small().fit(X, Y))


def test_augmentation_of_sparse_batches():
    def doubled(X_batch, random_state):
        assert sparse.issparse(X_batch)
        return X_batch * 2

    settings = {"batch_size": 50, "shuffle": False}
    model = small(augment=doubled, **settings).fit(sparse.csr_array(X), Y)
    expected = small(**settings).fit(sparse.csr_array(2 * X), Y)
    assert model.loss_curve_[0] == pytest.approx(expected.loss_curve_[0])


@pytest.mark.parametrize("augment", [lambda X, _: X[1:], lambda X, _: X[:, 1:]])
def test_augmentation_must_keep_the_shape(augment):
    with pytest.raises(ValueError, match=r"augment must return a batch of the shape"):
        small(augment=augment).fit(X, Y)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gaussian_loss_learns_where_the_noise_is(dtype, n_outputs):
    """y = x + noise whose standard deviation is 0.1 left of 0, and 0.5 right of it."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(3000, 1)).astype(dtype)
    std = np.where(x > 0, 0.5, 0.1)
    y = (x + std * rng.normal(size=(3000, n_outputs))).squeeze()
    model = MLPScratchRegressor("gaussian", 20, learning_rate="cosine", random_state=0)
    model.set_params(learning_rate_init=0.02, max_iter=100, batch_size=50).fit(x, y)
    mean, learned = model.predict(x, return_std=True)
    assert mean.dtype == learned.dtype == dtype
    assert mean.shape == learned.shape == y.shape
    np.testing.assert_array_equal(model.predict(x), mean)
    for side, expected in ((x[:, 0] < -0.1, 0.1), (x[:, 0] > 0.1, 0.5)):
        np.testing.assert_allclose(np.mean(learned[side]), expected, rtol=0.1)
    assert model.n_outputs_ == n_outputs
    assert model.layer_activations(x)[-1].shape == (3000, 2 * n_outputs)
    model.set_params(early_stopping=True, max_iter=2).fit(x, y, X_val=x, y_val=y)
    np.testing.assert_allclose(model.best_validation_score_, model.score(x, y), 1e-5)


def test_only_the_gaussian_loss_knows_a_standard_deviation():
    model = MLPScratchRegressor(max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"return_std must be False.*SquaredError\(\)"):
        model.predict(X, return_std=True)
    with pytest.raises(ValueError, match=r"must be 'auto' with loss='gaussian'"):
        MLPScratchRegressor("gaussian", output_activation="exp").fit(X, Y)


def test_patience_outlasts_the_rising_half_of_a_cycle():
    settings = {"learning_rate": "cos_log", "n_iter_no_change": 3, "tol": 1e3}
    model = small(**settings, max_iter=60).fit(X, Y)
    # The last cycle begins after 28 epochs, and rises until 44 are over.
    assert model.n_iter_ < 44
    rates = model.learning_rate_curve_
    assert rates[-1] < rates[-4]


def test_patience_is_not_lost_while_the_rate_rises():
    settings = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 60}
    model = small(learning_rate="one_cycle", tol=1.0, **settings).fit(X, Y)
    assert model.n_iter_ == 20  # of 60 epochs 18 rise
    model = small(learning_rate="cosine", tol=1.0, **settings).fit(X, Y)
    assert model.n_iter_ < 10


def test_a_perceptron_takes_an_initializer():
    named = PerceptronClassifier(weight_init="normal", max_iter=3, random_state=0)
    instance = clone(named).set_params(weight_init=Normal())
    np.testing.assert_array_equal(named.fit(X, Y).coef_, instance.fit(X, Y).coef_)


def numbers(**settings):
    defaults = {"hidden_layer_sizes": 8, "max_iter": 5, "random_state": 0}
    return MLPScratchRegressor(**defaults | settings)


def test_layer_rates_multiply_the_rate_of_each_layer():
    class Frozen(LayerRates):
        """Only the output layer learns anything to speak of."""

        def of_weights(self, layer_sizes):
            return [1e-12, 1.0]

    start = small(max_iter=1, learning_rate_init=1e-12).fit(X, Y)
    model = small(layer_rates=Frozen(biases=1e-12)).fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], start.coefs_[0], atol=1e-9)
    np.testing.assert_allclose(model.intercepts_[1], start.intercepts_[1], atol=1e-9)
    assert np.abs(model.coefs_[1] - start.coefs_[1]).max() > 1e-3


class MaximalUpdate(LayerRates):
    def of_weights(self, layer_sizes):
        return [1 / fan_in for fan_in in layer_sizes[:-1]]


@pytest.mark.parametrize(
    ("layer_rates", "growth"),
    [("constant", 16), ("fan_in", 4), (MaximalUpdate(biases=0.1), 1)],
    ids=["constant", "fan_in", "maximal update"],
)
def test_how_the_first_step_grows_with_the_width(layer_rates, growth):
    """A network that is 16 times as wide: in proportion, to its root, not at all."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 8)), rng.normal(size=50)

    def change(width):
        model = MLPScratchRegressor(
            hidden_layer_sizes=width,
            weight_init="lecun_normal",
            output_init="zeros",
            layer_rates=layer_rates,
            random_state=0,
        )
        # All outputs are 0 before the step.
        return np.sqrt(np.mean(model.partial_fit(X, y).predict(X) ** 2))

    assert change(2048) / change(128) == pytest.approx(growth, rel=0.25)


def test_rates_by_fan_in_suit_narrow_and_wide_networks():
    """The rate that is good for 16 units is too large for 512 without them."""

    def loss_of(width, **settings):
        model = small(
            hidden_layer_sizes=(width, width),
            weight_init="lecun_normal",
            learning_rate_init=0.1,
            max_iter=10,
            **settings,
        )
        return model.fit(X.astype(np.float32), Y).loss_

    wide = loss_of(512, layer_rates="fan_in")
    assert wide < 0.5
    assert loss_of(16, layer_rates="fan_in") < 0.5
    assert loss_of(512) > 4 * wide


def test_a_scale_of_the_inputs_favours_the_features_that_matter():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 12))
    settings = {"max_iter": 60, "average": True, "learning_rate_init": 0.01}

    def share(**how):
        """Return the share of all weights that the one feature of use has."""
        model = numbers(**settings, **how).fit(X, X[:, 0])
        size = np.abs(model.coefs_[0]).sum(axis=1)
        return size[0] / size.sum()

    assert share(input_scale=6.0) > 1.5 * share()


@pytest.mark.parametrize("average", [False, 0.9])
@pytest.mark.parametrize(
    "settings",
    [
        {"input_scale": 6.0},
        {"layer_rates": "fan_in"},
        {"input_scale": 2.0, "layer_rates": FanInRates(biases=0.5), "solver": "sgd"},
    ],
    ids=str,
)
def test_groups_of_parameters_go_on_in_partial_fit(settings, average):
    whole = small(**settings, average=average, batch_size=50).fit(X, Y)
    parts = small(**settings, average=average, batch_size=50)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
        parts = pickle.loads(pickle.dumps(parts))
    assert same_weights(whole, parts)


@pytest.mark.parametrize(
    "settings",
    [{"layer_rates": "fan_in"}, {"input_scale": 2.0}, {"input_scale": None}],
    ids=str,
)
def test_other_rates_in_partial_fit_begin_without_a_past(settings):
    model = small(input_scale=6.0).partial_fit(X, Y, classes=[0, 1, 2])
    model.set_params(**settings).partial_fit(X, Y)
    assert [state.step for state in model._progress.optimizer_states] == [1] * len(
        model._progress.optimizer_states
    )
    assert model.n_iter_ == 2


def test_weights_that_were_set_are_what_a_scaled_layer_goes_on_from():
    model = small(input_scale=6.0, learning_rate_init=1e-9)
    model.partial_fit(X, Y, classes=[0, 1, 2])
    model.coefs_ = [np.ones((4, 8)), np.ones((8, 3))]
    model.partial_fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0], 1, atol=1e-6)


def test_an_output_layer_of_zeros_starts_from_a_constant():
    model = small(output_init="zeros", learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3, atol=1e-9)
    assert model.coefs_[0].std() > 0.1
    other = small(learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    np.testing.assert_allclose(other.coefs_[0], model.coefs_[0], atol=1e-9)


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", ["squared_error", "huber", "quantile", "gaussian"])
def test_a_standardized_target_is_that_of_a_transformed_one(loss, n_outputs):
    """TransformedTargetRegressor does the same outside of the network."""
    y = 1000 * X[:, :n_outputs] + [50, -70][:n_outputs]
    y = y.ravel() if n_outputs == 1 else y
    inside = numbers(loss=loss, standardize_target=True).fit(X, y)
    outside = TransformedTargetRegressor(
        numbers(loss=loss), transformer=StandardScaler()
    )
    expected = outside.fit(X, y).predict(X)
    np.testing.assert_allclose(inside.predict(X), expected, rtol=1e-9)
    assert inside.loss_curve_ == pytest.approx(outside.regressor_.loss_curve_)
    np.testing.assert_allclose(
        inside.layer_activations(X)[-1][:, :n_outputs],
        expected.reshape(len(X), n_outputs),
        rtol=1e-9,
    )
    if loss == "gaussian":
        std = outside.regressor_.predict(X, return_std=True)[1]
        scale = outside.transformer_.scale_
        expected = std * (scale if n_outputs == 2 else scale[0])
        np.testing.assert_allclose(inside.predict(X, return_std=True)[1], expected)


@pytest.mark.parametrize("scoring", [None, "loss", "neg_root_mean_squared_error"])
def test_a_standardized_target_is_validated_in_its_own_unit(scoring):
    y = 1000 * X[:, 0] + 50
    settings = {"standardize_target": True, "scoring": scoring, "max_iter": 20}
    model = numbers(**settings, early_stopping=True).fit(X, y, X_val=X, y_val=y)
    if scoring is None:
        expected = model.score(X, y)
    elif scoring == "loss":
        expected = -np.mean((model.predict(X) - y) ** 2) / y.var() / 2
    else:
        expected = -np.sqrt(np.mean((model.predict(X) - y) ** 2))
    assert model.best_validation_score_ == pytest.approx(expected)


def test_a_standardized_target_keeps_its_scale_in_later_calls():
    y = 1000 * X[:, 0] + 50
    model = numbers(standardize_target=True, batch_size=50).partial_fit(X, y)
    for _ in range(4):
        model.partial_fit(X, y)
    whole = numbers(standardize_target=True, batch_size=50).fit(X, y)
    assert same_weights(model, whole)
    np.testing.assert_array_equal(model.predict(X), whole.predict(X))


def test_weights_count_in_a_standardized_target():
    y = np.where(Y == 0, 1e3, 0.0) + X[:, 0]
    weight = np.where(Y == 0, 0.0, 1.0)
    rest = Y != 0
    settings = {"standardize_target": True, "shuffle": False, "batch_size": 150}
    weighted = numbers(**settings).fit(X, y, weight)
    np.testing.assert_allclose(weighted._target.mean, y[rest].mean())
    np.testing.assert_allclose(weighted._target.scale, y[rest].std())


def test_a_bounded_output_refuses_a_standardized_target():
    with pytest.raises(ValueError, match=r"standardize_target must be False .* 'exp'"):
        numbers(loss="poisson", standardize_target=True).fit(X, Y)


def test_the_scale_of_the_target_stays_that_of_the_first_call():
    y = 1000 * X[:, :2]
    model = numbers(standardize_target=True).fit(X, y)
    with pytest.raises(ValueError, match=r"y must have the 2 columns .*; got 1"):
        model.partial_fit(X, y[:, 0])
    model.set_params(standardize_target=False)
    with pytest.raises(ValueError, match=r"standardize_target must stay True; got Fal"):
        model.partial_fit(X, y)
    plain = numbers(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"standardize_target must stay False; got Tr"):
        plain.set_params(standardize_target=True).fit(X, y)


def test_a_constant_target_is_not_divided_by_zero():
    model = numbers(standardize_target=True, output_init="zeros")
    model.fit(X, np.full(len(X), 7.0))
    np.testing.assert_allclose(model.predict(X), 7)


def test_a_target_beyond_float32_is_refused_standardized_or_not():
    for standardize in (False, True):
        model = numbers(standardize_target=standardize)
        with pytest.raises(ValueError, match=r"y must be finite as float32"):
            model.fit(X.astype(np.float32), X[:, 0] * 1e39)


def test_a_range_of_rates_is_tried_on_the_whole_scaled_target():
    y = np.where(np.arange(len(X)) % 50 == 0, 1e6, 0.0)
    model = numbers(standardize_target=True, batch_size=10)
    found = find_learning_rate(model, X, y, n_steps=20, max_rate=0.1)
    assert found.losses[:10].max() < 10


@pytest.mark.parametrize(("share", "n_batch"), [(0.1, 15), (0.001, 1), (0.5, 75)])
def test_a_batch_may_be_a_share_of_the_samples(share, n_batch):
    by_share = small(batch_size=share).fit(X, Y)
    assert same_weights(by_share, small(batch_size=n_batch).fit(X, Y))


def test_a_batch_that_is_a_share_has_at_most_200_samples():
    X_large, y_large = np.vstack([X] * 10), np.tile(Y, 10)
    by_share = small(batch_size=0.5).fit(X_large, y_large)
    assert same_weights(by_share, small(batch_size=200).fit(X_large, y_large))


def test_a_range_of_rates_is_tried_on_batches_that_are_a_share():
    whole = find_learning_rate(small(batch_size=15), X, Y, n_steps=20)
    share = find_learning_rate(small(batch_size=0.1), X, Y, n_steps=20)
    np.testing.assert_array_equal(share.losses, whole.losses)


@pytest.mark.parametrize("average", [False, 0.9])
def test_a_refit_trains_on_all_samples_to_the_best_epoch(average):
    # Nothing is left to chance but which samples are held out.
    start = {
        "coefs_init": [np.full((4, 8), 0.1), np.eye(8, 3)],
        "intercepts_init": [np.zeros(8), np.zeros(3)],
    }
    settings = {"learning_rate_init": 0.1, "shuffle": False, "average": average}
    held_out = settings | {"early_stopping": True, "scoring": "loss", "max_iter": 60}
    stopped = small(**held_out, validation_fraction=0.5).fit(X, Y, **start)
    model = small(**held_out, validation_fraction=0.5, refit=True).fit(X, Y, **start)
    assert 0 < model.best_epoch_ == stopped.best_epoch_ < stopped.n_iter_
    assert model.validation_scores_ == stopped.validation_scores_
    whole = small(**settings, max_iter=model.best_epoch_).fit(X, Y, **start)
    assert same_weights(model, whole)
    assert not same_weights(model, stopped)
    assert model.t_ == whole.t_
    model.set_params(early_stopping=False, refit=False).partial_fit(X, Y)
    assert same_weights(model, whole.partial_fit(X, Y))


def test_a_refit_follows_the_schedule_to_the_best_epoch():
    settings = {"learning_rate": "cosine", "max_iter": 20, "early_stopping": True}
    model = small(**settings, refit=True, solver=RateRecorder()).fit(X, Y)
    rates = model.solver.rates
    again = rates[model.n_iter_ :]
    assert len(again) == model.best_epoch_
    np.testing.assert_array_equal(again, rates[: len(again)])


class RateRecorder(SGD):
    """Steepest descent that remembers its rates."""

    def __init__(self):
        super().__init__(momentum=0.0)
        object.__setattr__(self, "rates", [])

    def update(self, params, grad, state, rate):
        self.rates.append(rate)
        super().update(params, grad, state, rate)


def test_an_interrupted_refit_keeps_the_best_epoch(monkeypatch):
    settings = {"early_stopping": True, "max_iter": 10}
    stopped = small(**settings).fit(X, Y)

    def interrupt(self, *arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(MLPScratchClassifier, "_train_anew", interrupt)
    with pytest.warns(UserWarning, match=r"Training interrupted by user"):
        model = small(**settings, refit=True).fit(X, Y)
    assert model.stop_reason_ == "interrupted"
    assert same_weights(model, stopped)


def test_a_refit_needs_samples_that_were_held_out():
    with pytest.raises(ValueError, match=r"refit must be False without early_stopping"):
        small(refit=True).fit(X, Y)
    model = small(refit=True, early_stopping=True)
    with pytest.raises(ValueError, match=r"refit must be False with an X_val"):
        model.fit(X, Y, X_val=X, y_val=Y)


@pytest.mark.parametrize("n_first", [1, 5, 100])
def test_a_constant_first_chunk_does_not_fix_the_scale_of_the_target(n_first):
    y = 1e4 * X[:, 0] + 3e5
    model = numbers(standardize_target=True, learning_rate_init=0.01)
    model.partial_fit(X[:n_first], np.full(n_first, 3e5))
    for _ in range(100):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.9
    seen = np.concatenate([np.full(n_first, 3e5), y])
    np.testing.assert_allclose(model._target.mean, seen.mean())
    np.testing.assert_allclose(model._target.scale, seen.std())


def test_a_target_that_arrives_row_by_row_is_scaled_by_the_first_ten():
    y = 1e4 * X[:, 0] + 3e5
    model = numbers(standardize_target=True)
    for i in range(20):
        model.partial_fit(X[i : i + 1], y[i : i + 1])
    np.testing.assert_allclose(model._target.mean, y[:10].mean())
    np.testing.assert_allclose(model._target.scale, y[:10].std())


def test_a_column_that_stays_constant_leaves_the_scale_of_the_others():
    y = np.column_stack([X[:, 0], np.full(len(X), 5.0)])
    model = numbers(standardize_target=True).partial_fit(X[:100], y[:100])
    expected = model._target.scale
    np.testing.assert_allclose(expected, [X[:100, 0].std(), 1])
    np.testing.assert_array_equal(model.partial_fit(X, y)._target.scale, expected)


def test_a_warm_start_scales_a_target_that_was_constant():
    model = numbers(standardize_target=True, warm_start=True).fit(X, np.ones(len(X)))
    np.testing.assert_allclose(
        model.fit(X, 9 * X[:, 0])._target.mean, 4.5 * X[:, 0].mean() + 0.5
    )
