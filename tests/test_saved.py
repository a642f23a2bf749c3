"""The content of checkpoints, and safety of untrusted files."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.datasets import load_iris
from small_networks import perceptron

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.engine.optimizers import Optimizer
from sknn_scratch.engine.state import History, State
from sknn_scratch.listeners._saved import NotDataError, from_bytes, restore, to_bytes

X, Y = load_iris(return_X_y=True)


def state(seed=0, sizes=(2, 3)):
    network = perceptron(list(sizes))
    network.params[:] = seed
    return State(network, np.arange(3), np.random.RandomState(seed))


def test_a_state_is_restored_in_place():
    saved, fresh = state(seed=7), state(seed=1)
    saved.history.loss_curve = [0.1, float("nan"), 1e-300]
    saved.random_state.rand(3)
    weights = fresh.network.weights[0]
    restore(fresh, from_bytes(to_bytes({"state": saved}))["state"])
    assert (weights == 7).all()
    assert fresh.history.loss_curve[2] == 1e-300
    assert fresh.random_state.rand() == saved.random_state.rand()


@pytest.mark.parametrize(
    "forged",
    [
        {"history": {"__class__": {"last_loss": "owned"}}},
        {"history": {"n_iter": 1}},
        {"network": {"params": np.zeros(2)}},
        {"network": {"weights": []}},
        {"__class__": {}},
    ],
)
def test_a_file_cannot_set_attributes_outside_the_state(forged):
    kind = type(History.last_loss)
    with pytest.raises(ValueError, match=r"other parts|another shape"):
        restore(state(), from_bytes(to_bytes(forged)))
    assert type(History.last_loss) is kind


@pytest.mark.parametrize("value", [lambda: 0, object, {1: 2}, np.array([object()])])
def test_a_state_that_is_not_data_cannot_be_saved(value):
    with pytest.raises(NotDataError):
        to_bytes({"value": value})


class Memory:
    def __init__(self, n):
        self.v = np.zeros(n)


@dataclass(frozen=True)
class Frozen:
    v: np.ndarray


@dataclass(frozen=True)
class Momentum(Optimizer):
    """An optimizer that stores its momentum in different kinds of objects."""

    kind: str = "array"

    def init(self, params, n_weights):
        n = len(params)
        return {
            "array": lambda: [np.zeros(n)],
            "frozen": lambda: Frozen(np.zeros(n)),
            "dict": lambda: {"deep": [Memory(n)], "count": 0, "late": None},
        }[self.kind]()

    def update(self, params, grad, state, rate):
        if self.kind == "dict":
            v = state["deep"][0].v
            state["count"] += 1
            state["late"] = v.copy()
            rate = rate / state["count"]
        else:
            v = state[0] if self.kind == "array" else state.v
        v *= 0.9
        v -= rate * grad
        params += v


class Crash:
    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == 3:
            raise RuntimeError("crash")


@pytest.mark.needs_callbacks
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["array", "frozen", "dict"])
def test_any_optimizer_state_that_is_data_is_resumed(kind, tmp_path):
    from sknn_scratch.callbacks import Checkpoint

    settings = {"solver": Momentum(kind), "max_iter": 6, "batch_size": 50}
    model = MLPScratchClassifier(4, random_state=0, **settings)
    path = tmp_path / "c"
    with pytest.raises(RuntimeError, match="crash"):
        model.set_callbacks(Checkpoint(path), Crash()).fit(X, Y)
    resumed = MLPScratchClassifier(4, random_state=0, **settings)
    resumed.set_callbacks(Checkpoint(path)).fit(X, Y)
    expected = MLPScratchClassifier(4, random_state=0, **settings).fit(X, Y)
    np.testing.assert_array_equal(resumed.coefs_[0], expected.coefs_[0])
    assert resumed.loss_curve_ == expected.loss_curve_
