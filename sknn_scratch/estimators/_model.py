"""What a fit leaves: a model that predicts, and what a later fit continues."""

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
    """Return another object with the same attributes, faster than `copy.copy`."""
    twin = object.__new__(type(original))
    vars(twin).update(vars(original))
    return twin


@dataclass(frozen=True)
class Model:
    """A trained network, and what its outputs mean.

    Attributes
    ----------
    network : Network
        The network.
    loss : Loss
        What it was trained with; its output activation turns raw outputs into
        predictions.
    target : ClassTarget, ScaledTarget or None
        The way from predictions to labels, or to numbers on the user's scale.
    """

    network: Network
    loss: Loss
    target: Any


class Prepared(NamedTuple):
    """What the next `partial_fit` need not make anew, if it is like the last.

    Attributes
    ----------
    settings : tuple
        The parameters of the last call, as `settings_of` returns them.
    plan : Plan
        Its plan.
    n_rows : int
        The number of its samples.
    states : list of State
        The state it has worked with, which has a workspace; empty if another call has
        taken it, or if there is none.
    """

    settings: tuple
    plan: Plan
    n_rows: int
    states: list

    def is_for(self, n_rows, mean_weight):
        """Return whether the plan is one for so many samples."""
        return n_rows == self.n_rows and mean_weight == self.plan.mean_weight

    def take(self):
        """Return the state, for this call alone, or None."""
        try:
            return self.states.pop()
        except IndexError:
            return None


@dataclass(frozen=True)
class Kept:
    """What `partial_fit` and a warm start continue, beside the model.

    Attributes
    ----------
    states : list of State
        One for each network of an ensemble, or for the only one. Their networks are
        the members of the model's.
    features : list of (ndarray of int or None)
        Which features each network sees; None for all.
    seed : int or None
        The `random_state` of the fit, if it was an int.
    prepared : Prepared or None, default=None
        Of a single network; no part of a file.
    """

    states: list
    features: list
    seed: int | None
    prepared: Prepared | None = None

    def __getstate__(self):
        return vars(self) | {"prepared": None}


@dataclass(frozen=True)
class Past:
    """What a fit continues; without arguments, that it starts afresh.

    Attributes
    ----------
    model : Model or None
        The fitted model.
    kept : Kept or None
        Where to continue.
    attributes : dict
        The fitted attributes.
    settings : tuple or None
        For `partial_fit`, the parameters when it began, as `settings_of` returns them.
    prepared : Prepared or None
        What is still valid, because no parameter has changed.
    """

    model: Model | None = None
    kept: Kept | None = None
    attributes: dict = field(default_factory=dict)
    settings: tuple | None = None
    prepared: Prepared | None = None

    @classmethod
    def of(cls, estimator, is_partial):
        """Return what a fit of an estimator continues.

        Parameters
        ----------
        estimator : estimator
            Fitted or not.
        is_partial : bool
            Whether it is a `partial_fit`. A warm start takes over the parameters and
            the curves, and counts epochs from 0.
        """
        attributes = vars(estimator)
        settings = settings_of(estimator) if is_partial else None
        if "model_" not in attributes or not (is_partial or estimator.warm_start):
            return cls(settings=settings)
        model, kept = attributes["model_"], attributes["_kept"]
        states = kept.states if is_partial else map(_warm, kept.states)
        states = [
            state.with_network(network)
            for state, network in zip(states, model.network.members(), strict=True)
        ]
        prepared = kept.prepared if is_partial else None
        if prepared and not are_same(prepared.settings, settings):
            prepared = None
        kept = Kept(states, kept.features, kept.seed)
        return cls(model, kept, attributes, settings, prepared)

    def state(self, i):
        """Return the state that network `i` continues, or None."""
        if self.kept is None or i >= len(self.kept.states):
            return None
        return self.kept.states[i]

    def member(self, i):
        """Return how network `i` was trained before, or None."""
        members = self.attributes.get("_members", [])
        return members[i] if i < len(members) else None

    def continues_stream(self, seed):
        """Return whether a fit with this seed continues the random numbers."""
        state = self.state(0)
        if state is None or state.progress is None:
            return False
        return seed is not None and seed == self.kept.seed


def _warm(state):
    """Return the state of a new training that begins with the parameters of one."""
    history = History(n_seen=state.history.n_seen, best=state.history.best)
    rows = state.rows[:0]
    return replace(state, history=history, progress=None, params=None, rows=rows)


class Trained(NamedTuple):
    """A network of an ensemble, or the only one, and how it was trained.

    Attributes
    ----------
    plan : Plan
        What was to be done.
    result : TrainResult
        What came of it.
    features : ndarray of int or None
        Which features the network sees; None for all.
    refitted : TrainResult or None
        Of the training on all samples, if there was one.
    task : Task or None
        What it was trained for.
    weight : float or None
        Its weight in an ensemble; None for the same as the others.
    """

    plan: Plan
    result: TrainResult
    features: np.ndarray | None = None
    refitted: TrainResult | None = None
    task: Any = None
    weight: float | None = None

    @property
    def is_linear(self):
        """Whether it is the linear model of an ensemble."""
        return self.task is not None and self.task.estimator is not None

    @property
    def is_refitted(self):
        """Whether the model is that of the training on all samples."""
        return self.refitted is not None

    def detached(self):
        """Return the same with copies of what a next training will change."""
        result = self.result
        state, search = result.state.detached(), result.search
        result = TrainResult(state, result.stop_reason, result.is_usable, search)
        return self._replace(result=result)

    @property
    def stop_reason(self):
        """Why the training with a validation set, if there is one, ended."""
        return self.result.stop_reason

    @property
    def state(self):
        """The state with the parameters of the model."""
        return (self.refitted or self.result).state

    @property
    def history(self):
        """What the training with a validation set, if there is one, has observed."""
        return self.result.state.history


def to_continue(trained, best_loss, in_this_order):
    """Return the state that a later fit starts from, without a network.

    Parameters
    ----------
    trained : Trained
        What was trained.
    best_loss : float or None
        The lowest loss; None if a score counts.
    in_this_order : bool
        Whether it starts from the order of the rows.
    """
    state, history = trained.state, trained.history
    history = History(
        history.n_iter, state.history.n_seen, history.n_no_improvement, best_loss
    )
    rows = state.rows if in_this_order else state.rows[:0].copy()
    return State(None, rows, state.random_state, history, state.progress, state.params)


class Curve:
    """A number for each epoch; does not change, but can be continued.

    Its pieces are of decreasing lengths, and are joined when one is as long as the one
    before: a number is copied as often as the length doubles, whereas a list would be
    copied whole by each call of `partial_fit`.

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
            What is new.
        """
        pieces = [*self.pieces, list(numbers)]
        while len(pieces) > 1 and len(pieces[-2]) <= len(pieces[-1]):
            pieces[-2:] = [pieces[-2] + pieces[-1]]
        return type(self)(tuple(pieces))

    def __reduce__(self):
        return type(self), ((list(self),),)


class Member(NamedTuple):
    """How one network of an ensemble was trained, or the only one.

    Attributes
    ----------
    features : ndarray of int or None
        Which features it sees; None for all.
    n_iter, stop_reason, loss, loss_curve, learning_rate_curve
        As the attributes of the estimator of these names.
    best_loss, best_epoch, best_validation_score
        Likewise.
    validation_scores, validation_loss_curve
        Likewise.
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
        """Return the same with a list in the place of every `Curve`."""
        lists = (list(one) if isinstance(one, Curve) else one for one in self)
        return type(self)(*lists)


def observed(trained, before):
    """Return how a network was trained, with the curves of the fits that it continues.

    Parameters
    ----------
    trained : Trained
        What was trained.
    before : Member or None
        What it continues.

    Returns
    -------
    member : Member
        With a `Curve` for each list.
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
