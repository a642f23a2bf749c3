import numpy as np
import pytest
from scipy.optimize import OptimizeResult
from small_networks import perceptron

from sknn_scratch.engine import lbfgs
from sknn_scratch.engine.batches import TrainingSet
from sknn_scratch.engine.lbfgs import minimize_lbfgs
from sknn_scratch.engine.objective import Objective


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lbfgs_leads_to_the_exact_solution(ridge, dtype):
    objective, training_set, solution = ridge
    objective = Objective(
        perceptron([3, 1], dtype=dtype), objective.loss, objective.alpha
    )
    training_set = TrainingSet(
        training_set.X.astype(dtype), training_set.target_vectors.astype(dtype)
    )
    seen = []
    result = minimize_lbfgs(
        objective,
        training_set,
        max_iter=100,
        max_fun=1000,
        tol=1e-6,
        after_iteration=lambda loss: seen.append(loss),
    )
    assert result.status == 0
    assert len(seen) == result.nit
    assert objective.network.params.dtype == dtype
    np.testing.assert_allclose(objective.network.params, solution, rtol=1e-3)
    final = objective.evaluate(*training_set.everything())
    np.testing.assert_allclose(final.objective, seen[-1], rtol=1e-6)


def test_lbfgs_stops_on_request_and_on_interrupt(ridge):
    objective, training_set, _ = ridge
    options = {"max_iter": 50, "max_fun": 100, "tol": 0.0}
    after = []

    def stop_at_third(loss):
        after.append(objective.network.params.copy())
        return len(after) == 3

    result = minimize_lbfgs(
        objective, training_set, **options, after_iteration=stop_at_third
    )
    assert result.nit == len(after) == 3
    np.testing.assert_array_equal(objective.network.params, after[-1])

    def interrupt(loss):
        after.append(objective.network.params.copy())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimize_lbfgs(objective, training_set, **options, after_iteration=interrupt)
    np.testing.assert_array_equal(objective.network.params, after[-1])


def test_a_failed_line_search_reports_the_loss_of_the_restored_point(
    ridge, monkeypatch
):
    objective, training_set, _ = ridge

    def failing_search(function, start, *, callback, **options):
        function(start)
        function(start + 1)
        callback(intermediate_result=OptimizeResult(x=start + 1))
        function(start + 100)  # a trial that is not accepted
        return OptimizeResult(x=start + 1, nit=1, status=2, message="ABNORMAL")

    monkeypatch.setattr(lbfgs, "minimize", failing_search)
    curve = []
    options = {"max_iter": 9, "max_fun": 9, "tol": 0.0}
    result = minimize_lbfgs(
        objective, training_set, **options, after_iteration=curve.append
    )
    at_the_end = objective.evaluate(*training_set.everything()).loss
    assert result.loss == at_the_end == curve[-1]
