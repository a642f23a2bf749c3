"""The result of a fit: a model, and the state that a later fit continues."""

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from ..engine.losses import Loss
from ..engine.network import Network
from ..engine.plan import Plan
from ..engine.state import History, State
from ..engine.trainer import TrainResult
from ._parameters import are_same, settings_of


def shallow_copy(original):
    """Return a shallow copy of an object, faster than `copy.copy`."""
    twin = object.__new__(type(original))
    vars(twin).update(vars(original))
    return twin


@dataclass(frozen=True)
class Model:
    """A trained network with the meaning of its outputs.

    Attributes
    ----------
    network : Network
        The network.
    loss : Loss
        Loss of the training; its output activation converts raw outputs to predictions.
    target : ClassTarget, ScaledTarget or None
        Conversion of predictions to labels, or to the scale of the target.
    """

    network: Network
    loss: Loss
    target: Any


class Prepared(NamedTuple):
    """Objects that the next `partial_fit` can reuse if nothing has changed.

    Attributes
    ----------
    settings : tuple
        Parameters of the last call, from `settings_of`.
    plan : Plan
        Plan of the last call.
    n_rows : int
        Number of samples of the last call.
    states : list of State
        State of the last call, with a workspace; empty if there is none, or if another
        call has taken it.
    """

    settings: tuple
    plan: Plan
    n_rows: int
    states: list

    def is_for(self, n_rows, mean_weight):
        """Return whether the plan is valid for this number of samples."""
        return n_rows == self.n_rows and mean_weight == self.plan.mean_weight

    def take(self):
        """Return the state for exclusive use by this call, or None."""
        try:
            return self.states.pop()
        except IndexError:
            return None


@dataclass(frozen=True)
class Continuation:
    """What `partial_fit` and a warm start continue, in addition to the model.

    Attributes
    ----------
    states : list of State
        State of each network of an ensemble, or of the only one. Their networks are the
        members of the network of the model.
    features : list of (ndarray of int or None)
        Input features of each network; None for all.
    seed : int or None
        The `random_state` of the fit, if it was an int.
    prepared : Prepared or None, default=None
        Reusable objects for a single network. They are not pickled.
    """

    states: list
    features: list
    seed: int | None
    prepared: Prepared | None = None

    def __getstate__(self):
        return vars(self) | {"prepared": None}


@dataclass(frozen=True)
class Past:
    """What a fit continues. Without arguments, a new fit.

    Attributes
    ----------
    model : Model or None
        The fitted model.
    continuation : Continuation or None
        State to continue from.
    attributes : dict
        The fitted attributes.
    settings : tuple or None
        For `partial_fit`, the parameters at its start, from `settings_of`.
    prepared : Prepared or None
        Reusable objects, if no parameter has changed.
    """

    model: Model | None = None
    continuation: Continuation | None = None
    attributes: dict = field(default_factory=dict)
    settings: tuple | None = None
    prepared: Prepared | None = None

    @classmethod
    def of(cls, estimator, is_partial):
        """Return what a fit of an estimator continues.

        Parameters
        ----------
        estimator : estimator
            Estimator, fitted or not.
        is_partial : bool
            Whether it is a `partial_fit`. A warm start continues the parameters and the
            curves, and counts epochs from 0.
        """
        attributes = vars(estimator)
        settings = settings_of(estimator) if is_partial else None
        if "model_" not in attributes or not (is_partial or estimator.warm_start):
            return cls(settings=settings)
        model, continuation = attributes["model_"], attributes["_continuation"]
        states = continuation.states if is_partial else map(_warm, continuation.states)
        states = [
            state.with_network(network)
            for state, network in zip(states, model.network.members(), strict=True)
        ]
        prepared = continuation.prepared if is_partial else None
        if prepared and not are_same(prepared.settings, settings):
            prepared = None
        continuation = Continuation(states, continuation.features, continuation.seed)
        return cls(model, continuation, attributes, settings, prepared)

    def state(self, i):
        """Return the state that network `i` continues, or None."""
        if self.continuation is None or i >= len(self.continuation.states):
            return None
        return self.continuation.states[i]

    def member(self, i):
        """Return how network `i` was trained before, or None."""
        members = self.attributes.get("_members", [])
        return members[i] if i < len(members) else None

    def continues_stream(self, seed):
        """Return whether a fit with this seed continues the random numbers."""
        state = self.state(0)
        if state is None or state.progress is None:
            return False
        return seed is not None and seed == self.continuation.seed


def _warm(state):
    """Return the state of a new training run with the parameters of another one."""
    history = History(n_seen=state.history.n_seen, best=state.history.best)
    rows = state.rows[:0]
    return replace(state, history=history, progress=None, params=None, rows=rows)


class Trained(NamedTuple):
    """A trained network, alone or in an ensemble, with its training run.

    Attributes
    ----------
    plan : Plan
        Plan of the training run.
    result : TrainResult
        Result of the training run.
    features : ndarray of int or None
        Input features of the network; None for all.
    refitted : TrainResult or None
        Result of the refit on all samples, if any.
    task : Task or None
        Task that the network was trained for.
    weight : float or None
        Weight in an ensemble; None for equal weights.
    """

    plan: Plan
    result: TrainResult
    features: np.ndarray | None = None
    refitted: TrainResult | None = None
    task: Any = None
    weight: float | None = None

    @property
    def is_linear(self):
        """Whether this is the linear model."""
        return self.task is not None and self.task.estimator is not None

    @property
    def is_refitted(self):
        """Whether the model was refitted on all samples."""
        return self.refitted is not None

    def detached(self):
        """Return a copy that the next training run does not change."""
        result = self.result
        state, search = result.state.detached(), result.search
        result = TrainResult(state, result.stop_reason, result.is_usable, search)
        return self._replace(result=result)

    @property
    def stop_reason(self):
        """Stop reason of the first training run, which may have a validation set."""
        return self.result.stop_reason

    @property
    def state(self):
        """State with the parameters of the model."""
        return (self.refitted or self.result).state

    @property
    def history(self):
        """History of the first training run, which may have a validation set."""
        return self.result.state.history


def to_continue(trained, best_loss, in_this_order):
    """Return the state that a later fit continues, without a network.

    Parameters
    ----------
    trained : Trained
        Trained network.
    best_loss : float or None
        Lowest loss; None with a validation score.
    in_this_order : bool
        Whether to store the order of the rows.
    """
    state, history = trained.state, trained.history
    history = History(
        history.n_iter, state.history.n_seen, history.n_no_improvement, best_loss
    )
    rows = state.rows if in_this_order else state.rows[:0].copy()
    return State(None, rows, state.random_state, history, state.progress, state.params)


class Curve:
    """An immutable curve, one number per epoch, that can be continued.

    It consists of pieces with decreasing lengths, which are joined when a piece is at
    least as long as the previous one. So a number is copied only when the length
    doubles. A list would be copied completely by each call of `partial_fit`.

    Parameters
    ----------
    pieces : tuple of list of float, default=()
        The numbers.
    """

    __slots__ = ("pieces",)

    def __init__(self, pieces=()):
        self.pieces = pieces

    def __iter__(self):
        return chain.from_iterable(self.pieces)

    def __len__(self):
        return sum(map(len, self.pieces))

    def continued(self, numbers):
        """Return a curve with more numbers at its end.

        Parameters
        ----------
        numbers : list of float
            New numbers.
        """
        pieces = [*self.pieces, list(numbers)]
        while len(pieces) > 1 and len(pieces[-2]) <= len(pieces[-1]):
            pieces[-2:] = [pieces[-2] + pieces[-1]]
        return type(self)(tuple(pieces))

    def __reduce__(self):
        return type(self), ((list(self),),)


class Member(NamedTuple):
    """The training run of a network, alone or in an ensemble.

    Attributes
    ----------
    features : ndarray of int or None
        Input features; None for all.
    n_iter, stop_reason, loss, loss_curve, learning_rate_curve
        As the attributes of the estimator with these names.
    best_loss, best_epoch, best_validation_score
        As the attributes of the estimator with these names.
    validation_scores, validation_loss_curve
        As the attributes of the estimator with these names.
    """

    features: Any
    n_iter: int
    stop_reason: str | None
    loss: float
    loss_curve: Any
    learning_rate_curve: Any
    best_loss: float | None
    best_epoch: int | None
    best_validation_score: float | None = None
    validation_scores: Any = None
    validation_loss_curve: Any = None

    def __repr__(self):  # without the curves, which may be long
        return (
            f"Member(n_iter={self.n_iter}, best_epoch={self.best_epoch}, "
            f"stop_reason={self.stop_reason!r}, loss={self.loss:.6g})"
        )

    def with_lists(self):
        """Return a copy with lists instead of `Curve` objects."""
        lists = (list(one) if isinstance(one, Curve) else one for one in self)
        return type(self)(*lists)


def observed(trained, before):
    """Return the training run of a network, with the curves of earlier fits.

    Parameters
    ----------
    trained : Trained
        Trained network.
    before : Member or None
        Earlier training run.

    Returns
    -------
    member : Member
        Training run with `Curve` objects.
    """
    history, search = trained.history, trained.result.search
    validates = trained.plan.stopping.validates

    def curve(name):
        last = before and getattr(before, name)
        return (last or Curve()).continued(getattr(history, name))

    loss_curve = curve("loss_curve")
    if search is not None:
        loss = search.loss
    else:
        loss = [np.nan, *(history.loss_curve or loss_curve)][-1]
    best_loss = best_score = scores = losses = None
    if validates:
        best_score = None if history.best_epoch is None else history.best
        scores, losses = curve("validation_scores"), curve("validation_loss_curve")
    else:
        known = [before and before.best_loss, loss, *history.loss_curve]
        known = [one for one in known if one is not None and one == one]
        best_loss = min(known, default=np.inf)
    return Member(
        trained.features,
        history.n_iter,
        trained.stop_reason,
        loss,
        loss_curve,
        curve("learning_rate_curve"),
        best_loss,
        history.best_epoch,
        best_score,
        scores,
        losses,
    )
