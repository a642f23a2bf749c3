"""What a fit leaves: a model that predicts, and what a later fit continues."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..engine.losses import Loss
from ..engine.network import Network
from ..engine.plan import Plan
from ..engine.state import History
from ..engine.trainer import TrainResult


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
    """

    states: list
    features: list
    seed: int | None


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
    """

    model: Model | None = None
    kept: Kept | None = None
    attributes: dict = field(default_factory=dict)

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
        if "model_" not in attributes or not (is_partial or estimator.warm_start):
            return cls()
        model, kept = attributes["model_"], attributes["_kept"]
        states = kept.states if is_partial else map(_warm, kept.states)
        states = [
            replace(state, network=network)
            for state, network in zip(states, model.network.members(), strict=True)
        ]
        return cls(model, replace(kept, states=states), attributes)

    def state(self, i):
        """Return the state that network `i` continues, or None."""
        if self.kept is None or i >= len(self.kept.states):
            return None
        return self.kept.states[i]

    def member(self, i):
        """Return how network `i` was trained before, or None."""
        members = self.attributes.get("members_", [])
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
    """

    plan: Plan
    result: TrainResult
    features: np.ndarray | None = None
    refitted: TrainResult | None = None

    @property
    def is_refitted(self):
        """Whether the model is that of the training on all samples."""
        return self.refitted is not None

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
    """Return the state that a later fit starts from.

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
    return replace(state, rows=rows, history=history)


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
    loss_curve: list
    learning_rate_curve: list
    best_loss: float | None
    best_epoch: int | None
    best_validation_score: float | None = None
    validation_scores: list | None = None
    validation_loss_curve: list | None = None

    def __repr__(self):  # without the curves, which may be long
        return (
            f"Member(n_iter={self.n_iter}, best_epoch={self.best_epoch}, "
            f"stop_reason={self.stop_reason!r}, loss={self.loss:.6g})"
        )


def observed(trained, before):
    """Return how a network was trained, with the curves of the fits that it continues.

    Parameters
    ----------
    trained : Trained
        What was trained.
    before : Member or None
        What it continues.
    """
    history, search = trained.history, trained.result.search
    loss_curve = (before.loss_curve if before else []) + history.loss_curve
    rates = (before.learning_rate_curve if before else []) + history.learning_rate_curve
    loss = [np.nan, *loss_curve][-1] if search is None else search.reported
    found = Member(
        trained.features,
        history.n_iter,
        trained.stop_reason,
        loss,
        loss_curve,
        rates,
        best_loss=None,
        best_epoch=history.best_epoch,
    )
    if not trained.plan.stopping.validates:
        losses = [before and before.best_loss, loss, *history.loss_curve]
        known = (one for one in losses if one is not None and one == one)
        return found._replace(best_loss=min(known, default=np.inf))
    scores = (before and before.validation_scores) or []
    losses = (before and before.validation_loss_curve) or []
    return found._replace(
        best_validation_score=None if history.best_epoch is None else history.best,
        validation_scores=scores + history.validation_scores,
        validation_loss_curve=losses + history.validation_loss_curve,
    )
