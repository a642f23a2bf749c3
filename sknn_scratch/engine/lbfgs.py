"""The L-BFGS solver of SciPy, a quasi-Newton method for full batches."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from .batches import TrainingSet
from .objective import Objective
from .plan import Solver

if TYPE_CHECKING:
    from .trainer import Run


@dataclass(frozen=True)
class LBFGS(Solver):
    """The limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno.

    Parameters
    ----------
    max_fun : int >= 1, default=15000
        Maximum number of evaluations of the objective.

    References
    ----------
    D. C. Liu, J. Nocedal (1989). On the limited memory BFGS method for large scale
    optimization. Mathematical Programming 45, 503–528.
    """

    max_fun: int = 15000

    def run(self, run: "Run") -> str | None:
        """Train until the search converges or a stopping rule or limit ends it.

        Parameters
        ----------
        run : Run
            The training run.

        Returns
        -------
        stop_reason : {"diverged", "callback", "no_improvement", "converged", \
"max_iter", "max_fun", "line_search"}
            Reason to stop. The last one: the line search found no smaller value.
        """
        stop_reason = None

        def after_iteration(loss: float) -> bool:
            nonlocal stop_reason
            run.end_steps(1)
            stop_reason = run.end_epoch(loss)
            if stop_reason is None and run.is_out_of_patience:
                stop_reason = run.plan.stopping.stop_reason
            if stop_reason is None:
                run.begin_epoch()
            return stop_reason is not None

        max_iter = run.plan.max_epochs or 1
        run.begin()
        run.begin_epoch()
        result = minimize_lbfgs(
            run.plan.objective(run.state.network),
            run.training_set.subset(run.state.rows),
            max_iter=max_iter,
            max_fun=self.max_fun,
            tol=run.plan.stopping.tol,
            after_iteration=after_iteration,
        )
        run.search = result
        if run.is_out_of_patience and stop_reason == run.plan.stopping.stop_reason:
            run.report("Stopping.")
        if stop_reason is not None:
            return stop_reason
        if not math.isfinite(result.loss):
            return run.end_epoch(result.loss)
        if result.status == 0:
            return "converged"
        if result.status == 2:
            return "line_search"
        return "max_iter" if result.nit >= max_iter else "max_fun"


def minimize_lbfgs(
    objective: Objective,
    training_set: TrainingSet,
    *,
    max_iter: int,
    max_fun: int,
    tol: float,
    after_iteration: Callable[[float], bool],
) -> OptimizeResult:
    """Minimize an objective on the whole training set.

    SciPy works in float64; the network keeps its dtype.

    Parameters
    ----------
    objective : Objective
        Objective to minimize. Its network gets the best parameters found, even if an
        exception ends the search.
    training_set : TrainingSet
        Training samples.
    max_iter, max_fun : int
        Maximum numbers of iterations and of evaluations of the objective.
    tol : float
        The search has converged if no absolute entry of the gradient is larger.
    after_iteration : callable
        Function of the loss, called when the network has the parameters of the
        iteration. It returns True to end the search.

    Returns
    -------
    result : scipy.optimize.OptimizeResult
        Result of SciPy, with `nit`, `status` and `message`, and with `loss`, the final
        loss.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.batches import TrainingSet
    >>> from sknn_scratch.engine.losses import SquaredError
    >>> from sknn_scratch.engine.layers import Dense
    >>> from sknn_scratch.engine.network import Network
    >>> from sknn_scratch.engine.objective import Objective
    >>> from sknn_scratch.engine.lbfgs import minimize_lbfgs
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> network = Network(1, [Dense(1)])
    >>> result = minimize_lbfgs(
    ...     Objective(network, SquaredError()),
    ...     TrainingSet(X, 2 * X.T + 1),
    ...     max_iter=100,
    ...     max_fun=1000,
    ...     tol=1e-6,
    ...     after_iteration=lambda loss: False,
    ... )
    >>> network.params.round(3).tolist()  # slope and intercept
    [2.0, 1.0]
    >>> result.nit < 10
    True
    """
    batch = training_set.everything()
    params = objective.network.params
    accepted = params.copy()
    accepted_loss: float | None = None
    evaluated_loss = 0.0

    def value_and_gradient(vector: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal accepted_loss, evaluated_loss
        params[...] = vector
        value = objective.evaluate(*batch)
        evaluated_loss = value.loss
        if accepted_loss is None:
            accepted_loss = evaluated_loss
        return value.objective, objective.grad.astype(np.float64)

    def callback(intermediate_result: OptimizeResult) -> None:
        # A successful line search ends with the point that it accepts.
        nonlocal accepted_loss
        accepted_loss = evaluated_loss
        accepted[...] = intermediate_result.x
        params[...] = accepted
        if after_iteration(accepted_loss):
            raise StopIteration

    # In float32 the objective cannot change by SciPy's default relative tolerance of
    # 2.2e-9. A tolerance below the rounding error would make the line search fail.
    ftol = max(2.22e-9, 4 * float(np.finfo(params.dtype).eps))
    options = {"maxiter": max_iter, "maxfun": max_fun, "gtol": tol, "ftol": ftol}
    try:
        result = minimize(
            value_and_gradient,
            params.astype(np.float64),
            method="L-BFGS-B",
            jac=True,
            callback=callback,
            options=options,
        )
    finally:
        params[...] = accepted
    result.loss = accepted_loss
    return result
