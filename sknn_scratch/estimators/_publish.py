"""The fitted attributes, which are set in this module only."""

import copy
from contextlib import contextmanager
from operator import attrgetter

import numpy as np

from ._model import Continuation, Prepared, observed, to_continue

# Attributes of the estimator that describe its first network.
_OF_FIRST = {
    f"{name}_": attrgetter(name)
    for name in (
        *("n_iter", "stop_reason", "loss", "best_loss"),
        *("best_epoch", "best_validation_score"),
    )
}


def attributes_of(call, trained, seed, is_calibrated=False, **given):
    """Return the fitted attributes by name.

    Parameters
    ----------
    call : Call
        The call of `fit`.
    trained : list of Trained
        The networks; those attributes that there is one of are of the first.
    seed : int or None
        The `random_state` of the fit, if that was an int.
    is_calibrated : bool, default=False
        Whether the outputs were calibrated.
    **given : dict
        Attributes that the fit has found out itself.
    """
    estimator, problem = call.estimator, call.problem
    names = {}
    if problem.feature_names is not None:
        names["feature_names_in_"] = problem.feature_names
    prepared = _prepared_by(call, trained)
    if prepared is not None and prepared.states:
        trained = [one.detached() for one in trained]
    members = [observed(one, call.past.member(i)) for i, one in enumerate(trained)]
    return (
        {
            "n_features_in_": problem.n_features,
            "model_": estimator._model_of(problem, trained),
            "t_": sum(one.state.history.n_seen for one in trained),
            "_continuation": Continuation(
                _states_of(call, trained, members, seed, is_calibrated),
                [one.features for one in trained],
                seed,
                prepared,
            ),
            "_members": members,
        }
        | names
        | estimator._attributes_of_target(problem.target)
        | estimator._attributes_of_weights(trained)
        | {name: of(members[0]) for name, of in _OF_FIRST.items()}
        | given
    )


def _states_of(call, trained, members, seed, is_calibrated):
    """Return the state that a later fit continues."""
    states = []
    for one, member in zip(trained, members, strict=True):
        n_rows = len(one.state.rows)
        several_batches = n_rows > one.plan.solver.rows_at_once(n_rows)
        in_order = call.request.is_partial and several_batches
        state = to_continue(one, member.best_loss, in_order)
        # From now on the model is the average, unless it has not changed.
        of_best = not one.is_refitted and one.history.best_params is not None
        if of_best or is_calibrated:
            state.params = None
        if seed is None:  # a later fit uses the random state of the user
            state.random_state = None
        states.append(state)
    return states


def _prepared_by(call, trained):
    """Return the objects that the next `partial_fit` can reuse, or None."""
    # The parameters at the start, which determine the plan.
    settings = call.past.settings
    if settings is None or len(trained) > 1:
        return None
    plan, state = trained[0].plan, trained[0].state
    states = [] if state.workspace is None else [state]
    return Prepared(settings, plan, len(state.rows), states)


@contextmanager
def published(estimator, random_state):
    """Collect fitted attributes, and set them together on success.

    Until then, and if the block raises, the estimator is what it was.

    Parameters
    ----------
    estimator : estimator
        Estimator that gets the attributes.
    random_state : int, RandomState or None
        Random state of the block; a shared one is restored if the block raises.

    Yields
    ------
    attributes : dict
        For the block to fill in, by name.
    """
    shared = isinstance(random_state, np.random.RandomState)
    drawn_from = random_state.get_state(legacy=False) if shared else None
    attributes = {}
    try:
        yield attributes
        estimator.__dict__ = with_parameters(estimator, attributes)
    except BaseException:
        if shared:
            random_state.set_state(drawn_from)
        raise


def with_parameters(estimator, attributes):
    """Return all attributes of a fitted estimator.

    Parameters
    ----------
    estimator : estimator
        Estimator before the fit.
    attributes : dict
        The fitted attributes.
    """
    whole = vars(estimator) | attributes
    if "feature_names_in_" not in attributes:  # those of an earlier fit
        whole.pop("feature_names_in_", None)
    return whole


def with_own_model(attributes):
    """Return attributes with copies of everything that training changes."""
    own = {name: attributes[name] for name in ("model_", "_continuation")}
    return attributes | copy.deepcopy(own)
