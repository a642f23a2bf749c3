"""The perceptron: a single layer of weights, and four ways to learn them."""

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from .._sklearn import Interval, StrOptions, with_callbacks
from ..engine.initializers import INITIALIZERS, Initializer
from ..engine.layers import Dense
from ..engine.losses import LOSSES
from ..engine.optimizers import SGD
from ..engine.schedules import SCHEDULES, Schedule
from ._base import BaseNetworkEstimator
from ._choices import assign, from_registry, make
from ._classifier import BaseNetworkClassifier
from ._planning import mini_batches
from ._problem import Request


class PerceptronClassifier(BaseNetworkClassifier):
    """One layer of weights between the features and the classes.

    The decision function is linear, X W + b; two classes share one output and are
    told apart by its sign, of several the largest output wins. What differs between
    the members of this family is the rule that the weights are learned by:

    ================  ==============================================================
    loss              rule
    ================  ==============================================================
    "perceptron"      Rosenblatt's [1]_: on a mistake, move the true class towards
                      the sample and the winning wrong class away from it
    "squared_error"   the delta rule of Widrow and Hoff [2]_: linear regression on
                      targets of 1 (right class) and −1
    "log_loss"        logistic or softmax regression
    "hinge"           the perceptron's rule until right by a margin of 1 (a linear
                      support vector machine; of Crammer and Singer for several)
    ================  ==============================================================

    Parameters
    ----------
    loss : {'perceptron', 'squared_error', 'log_loss', 'hinge'}, default='perceptron'
        The learning rule. With 'perceptron' and `alpha=0`, training stops when the
        weights make no mistake on the training samples, or when the training accuracy
        no longer rises (see `n_iter_no_change`), and the weights with the fewest
        mistakes are kept. If hyperplanes separate the classes, the rule finds one
        unless it stops before; the bound of Novikoff [3]_ on the number of mistakes
        holds for two classes and the online rule (`batch_size=1`) at a constant rate.
    alpha : float >= 0, default=0.0
        Strength of the penalty, divided by the number of samples in the batch. The
        default leaves it out, as :class:`sklearn.linear_model.Perceptron` does.
    batch_size : int >= 1 or None, default=None
        Samples that share one step: 1 is Rosenblatt's online rule, None takes all of
        them. The step is the mean over the batch. None is the default because then
        the order of the samples does not matter, a weight of 2 is the same as a sample
        twice, and an epoch is one matrix product.
    learning_rate : str or Schedule, default='auto'
        Schedule of the rate: 'invscaling' divides it by (t + 1) ** `power_t` after
        t steps; the others are those of `MLPScratchClassifier`. 'auto'
        is 'invscaling' for the perceptron loss, whose weights otherwise never settle
        where classes overlap (five-fold accuracy on standardised breast cancer data:
        0.967 with it, 0.956 with 'constant'), and 'adaptive' for the others.
    learning_rate_init : float > 0, default=0.1
        The initial rate. The perceptron's rule that starts from zeros does not depend
        on it, if `alpha=0`. For the others 0.1 is a compromise on standardised breast
        cancer, iris, wine and digits data: log_loss is within 0.01 of
        LogisticRegression in five-fold accuracy on each, and the delta rule, which
        diverges beyond 2 / (largest eigenvalue of the mean of xxᵀ), is still stable.
    power_t : float >= 0, default=0.4
        Exponent of 'invscaling'. On the same four sets, 0.4 was the largest of 0.25
        to 0.75 at which the perceptron still separated the digits in 500 epochs.
    max_iter : int >= 1, default=1000
        Largest number of epochs.
    shuffle : bool, default=True
        Whether to shuffle the samples before every epoch.
    fit_intercept : bool, default=True
        Whether to learn b; else it is 0 and the hyperplane goes through the origin.
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, {label: weight}, that multiply the sample weights.
        'balanced' is n_samples / (n_classes · number of samples of the class).
    weight_init : {'zeros', 'normal'} or Initializer, default='zeros'
        Initial weights: zeros, which prefer no direction, or standard normal; or an
        instance of a class in `sknn_scratch.engine.initializers`.
    random_state : int, RandomState instance or None, default=None
        Decides on normal weights, the shuffling and the validation set.
    tol : float >= 0, default=1e-4
        Smallest improvement that counts: of the training accuracy for
        loss='perceptron' without a penalty, of the loss for the others, of the
        validation score with early stopping.
    n_iter_no_change : int >= 1 or inf, default=10
        Patience: training stops after more than this number of consecutive epochs
        without an improvement. For loss='perceptron' without a penalty and without
        early stopping these are at least 100 steps, or 250 with `average`, since an
        epoch of a full batch is a single step. inf disables this criterion; if
        `max_iter` then ends training, there is a warning, as in scikit-learn.
    early_stopping : bool, default=False
        Whether to hold out a stratified validation set, to stop when the accuracy on it
        no longer improves, and to keep the weights of the best epoch. Samples of weight
        0 are never held out.
    validation_fraction : float in (0, 1), default=0.1
        Share of the samples that early stopping holds out.
    verbose : bool or int, default=False
        Whether to print one line per epoch.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the last call.
    l1_ratio : float in [0, 1], default=0.0
        Share of the penalty that is L1, as for `MLPScratchClassifier`.
    clip_norm : float > 0 or None, default=None
        Largest norm of a gradient, likewise.
    scoring : None, 'loss', str or callable, default=None
        Monitored score: None is accuracy; 'loss' is −loss on the validation
        set, class weights included, without the penalty; or the name of a scorer, or a
        callable ``scorer(estimator, X, y)``, as :func:`sklearn.metrics.check_scoring`
        takes it, with a ``sample_weight`` if `fit` has one. X is an array, also where
        `fit` was given a data frame.
    average : bool or float in (0, 1), default=False
        Whether the fitted model, and the one that is validated, has the mean of the
        weights after every step, the averaged perceptron [4]_; a number is the share
        of it that a step leaves, ``0.99`` for a mean over about the last 100 steps.
        `loss_curve_` is that of the weights in training.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights, a view of the network's own.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Biases, likewise.
    loss_ : float
        Loss of the last epoch.
    best_loss_ : float or None
        Lowest loss of all epochs; None with early stopping.
    loss_curve_ : list of float
        Loss of every epoch, warm starts and calls of `partial_fit` included.
    validation_scores_ : list of float or None
        Score on the validation set after every epoch, as `scoring` says; class weights
        are no part of it. None without early stopping.
    best_validation_score_ : float or None
        The highest of them; its epoch's weights are the fitted ones.
    validation_loss_curve_ : list of float or None
        Mean loss on the validation set after every epoch, without the penalty; None
        without early stopping.
    learning_rate_curve_ : list of float
        Learning rate of every epoch, that of its last step.
    best_epoch_ : int or None
        Epoch of the fitted weights, as `n_iter_` counts; 0 if a warm start has found
        nothing better. None for a loss other than 'perceptron', or with a penalty,
        unless there is early stopping.
    stop_reason_ : str or None
        Why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged',
        'interrupted' or 'no_mistakes'; None after `partial_fit`.
    n_parameters_ : int
        Number of all weights and biases.
    n_iter_ : int
        Number of epochs of the last `fit`, plus one for each `partial_fit` since.
    t_ : int
        Number of training samples seen, each as often as it was seen.
    members_ : list of Member
        How the network was trained: one named tuple, as of the multi-layer perceptrons.
    model_ : Model
        The trained `network`, its `loss`, and the `target` its outputs stand for; for
        tools.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    MLPScratchClassifier : With hidden layers, for what no hyperplane separates.

    Notes
    -----
    `predict_proba` is the sigmoid, or softmax, of the decision function. For
    loss='log_loss' that is the probability which was fitted. For the other losses it
    only ranks: the perceptron's outputs have no scale, those of 'squared_error' and
    'hinge' aim at ±1. Calibrate them with
    :class:`sklearn.calibration.CalibratedClassifierCV` where the numbers matter.

    References
    ----------
    .. [1] F. Rosenblatt (1958). The perceptron: a probabilistic model for information
       storage and organization in the brain. Psychological Review 65, 386–408.
    .. [2] B. Widrow, M. E. Hoff (1960). Adaptive switching circuits. IRE WESCON
       Convention Record 4, 96–104.
    .. [3] A. B. J. Novikoff (1962). On convergence proofs on perceptrons. Symposium on
       the Mathematical Theory of Automata 12, 615–622.
    .. [4] Y. Freund, R. E. Schapire (1999). Large margin classification using the
       perceptron algorithm. Machine Learning 37, 277–296.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sknn_scratch import PerceptronClassifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), PerceptronClassifier()).fit(X, y)
    >>> model.score(X, y)
    1.0
    >>> model[-1].coef_.shape
    (3, 13)
    """

    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        "loss": [StrOptions({"perceptron", "squared_error", "log_loss", "hinge"})],
        "batch_size": [None, Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions({"auto", *SCHEDULES}), Schedule],
        "fit_intercept": ["boolean"],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "weight_init": [StrOptions({"zeros", "normal"}), Initializer],
    }

    def __init__(
        self,
        loss: str = "perceptron",
        *,
        alpha: float = 0.0,
        batch_size: int | None = None,
        learning_rate: str | Schedule = "auto",
        learning_rate_init: float = 0.1,
        power_t: float = 0.4,
        max_iter: int = 1000,
        shuffle: bool = True,
        fit_intercept: bool = True,
        class_weight: dict[Any, float] | str | None = None,
        weight_init: str | Initializer = "zeros",
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        verbose: bool | int = False,
        warm_start: bool = False,
        l1_ratio: float = 0.0,
        clip_norm: float | None = None,
        scoring: str | Callable[..., float] | None = None,
        average: bool | float = False,
    ) -> None:
        self.loss = loss
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.weight_init = weight_init
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.verbose = verbose
        self.warm_start = warm_start
        self.l1_ratio = l1_ratio
        self.clip_norm = clip_norm
        self.scoring = scoring
        self.average = average

    @property
    def coef_(self) -> np.ndarray:
        """Weights, one row an output."""
        check_is_fitted(self)
        return self.model_.network.weights[0].T

    @property
    def intercept_(self) -> np.ndarray:
        """Biases, one an output."""
        check_is_fitted(self)
        network = self.model_.network
        return (
            network.biases[0]
            if network.biases
            else np.zeros(network.n_outputs, network.params.dtype)
        )

    def _values_of(self, target, dtype):
        # The delta rule regresses on ±1, so that the sign decides.
        low = -1 if self.loss == "squared_error" else 0
        return np.array([low, 1], dtype)

    def _loss_of(self, target):
        return target.link if self.loss == "log_loss" else LOSSES[self.loss]()

    def _layers_of(self, n_raw):
        initializer = make(INITIALIZERS, self.weight_init)
        return [Dense(n_raw, has_biases=self.fit_intercept, weight_init=initializer)]

    def _solver_of(self, network, n_rows):
        learning_rate = self.learning_rate
        if learning_rate == "auto":
            learning_rate = "invscaling" if self.loss == "perceptron" else "adaptive"
        schedule = from_registry(SCHEDULES, learning_rate, vars(self))
        if not schedule.counts_steps:
            schedule = replace(schedule, counts_steps=True)
        return mini_batches(self, n_rows, SGD(momentum=0.0), schedule)

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        coef_init: ArrayLike | None = None,
        intercept_init: ArrayLike | None = None,
    ) -> Self:
        """Learn the weights from labelled samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples. float32 is trained in float32, all else in float64.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples for early stopping to validate with, instead of holding out a part
            of X. ``Pipeline(..., transform_input=["X_val"])`` transforms them like X.
        y_val : array-like of shape (n_val,), default=None
            Their labels.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights; 1 if not given. Those of `class_weight` count, too.
        coef_init : array-like of shape (1, n_features) or (n_classes, n_features), \
default=None
            Weights to start from; those of `weight_init` if not given.
        intercept_init : array-like of shape (1,) or (n_classes,), default=None
            Biases to start from, likewise.

        Returns
        -------
        self : PerceptronClassifier
            The fitted estimator. If an exception is raised, it is as it was before.
        """
        validation = X_val, y_val, sample_weight_val
        start = coef_init, intercept_init
        return self._fit(Request(X, y, sample_weight, *validation, start=start))

    def _set_start(self, network, coef_init, intercept_init):
        if coef_init is not None:
            assign([network.weights[0].T], [np.atleast_2d(coef_init)], "coef_init")
        if intercept_init is not None:
            assign(network.biases, [np.atleast_1d(intercept_init)], "intercept_init")

    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on the given samples.

        k calls on the same samples do what one `fit` of k epochs does.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur; needed in the first call, optional later.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.

        Returns
        -------
        self : PerceptronClassifier
            The estimator.
        """
        request = Request(X, y, sample_weight, is_partial=True, classes=classes)
        return self._fit(request)
