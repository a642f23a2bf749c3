"""Perceptron: a single layer of weights, with four learning rules."""

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
    """Single-layer classifier: perceptron, Adaline, logistic regression or linear SVM.

    The decision function is X W + b. For two classes, there is one output, and its sign
    determines the class. For more classes, there is one output per class, and the class
    with the largest output is predicted. The loss determines the rule by which the
    weights are learned:

    ================  ==============================================================
    loss              learning rule
    ================  ==============================================================
    "perceptron"      Rosenblatt's rule [1]_: after a mistake, the weights of the true
                      class move towards the sample, those of the predicted class away
                      from it
    "squared_error"   the delta rule of Widrow and Hoff [2]_ (Adaline): linear
                      regression on targets of 1 (true class) and −1
    "log_loss"        logistic or softmax regression
    "hinge"           the perceptron rule with a margin of 1: a linear support vector
                      machine (Crammer and Singer's for more than two classes)
    ================  ==============================================================

    Parameters
    ----------
    loss : {'perceptron', 'squared_error', 'log_loss', 'hinge'}, default='perceptron'
        Loss function, which determines the learning rule. With 'perceptron',
        ``alpha=0`` and no early stopping, training stops when all training samples are
        classified correctly, or when the training accuracy no longer improves (see
        `n_iter_no_change`). The fitted weights are then those with the fewest mistakes.
        For linearly separable classes, the rule converges to a separating hyperplane,
        unless training stops before. Novikoff's bound on the number of mistakes [3]_
        holds for two classes and the online rule (``batch_size=1``) at a constant rate.
    alpha : float >= 0, default=0.0
        Strength of the penalty on the weights: L2 by default, see `l1_ratio`. It is
        divided by the number of samples in the batch. The default is no penalty, as in
        :class:`sklearn.linear_model.Perceptron`.
    batch_size : int >= 1 or None, default=None
        Number of samples in a mini-batch. 1 is Rosenblatt's online rule; None uses all
        samples. A step uses the mean gradient of the batch. With None, an epoch is a
        single step. Without early stopping, the result then does not depend on the
        order of the samples, and a sample weight of 2 is equivalent to repeating the
        sample.
    learning_rate : str or Schedule, default='auto'
        Learning-rate schedule: how the rate changes during training. 'invscaling'
        divides `learning_rate_init` by (t + 1) ** `power_t` after t steps; the other
        values are those of :class:`MLPScratchClassifier`. 'auto' is 'invscaling' for
        the perceptron loss, and 'adaptive' for the other losses. With a constant rate,
        the weights of the perceptron do not converge if the classes overlap: on
        standardized breast cancer data, the five-fold cross-validated accuracy is 0.967
        with 'invscaling' and 0.956 with 'constant'.
    learning_rate_init : float > 0, default=0.1
        Initial learning rate, `eta0` in scikit-learn's Perceptron. With initial weights
        of zero and ``alpha=0``, the predictions of the perceptron rule do not depend on
        it. For the other losses, 0.1 is a compromise on the standardized breast cancer,
        iris, wine and digits data. With 'log_loss', the five-fold cross-validated
        accuracy on each of them differs from that of LogisticRegression by at most
        0.01. On these data, the delta rule is stable at this rate. It diverges above
        2 / (largest eigenvalue of the mean of xxᵀ).
    power_t : float >= 0, default=0.4
        Exponent of ``learning_rate='invscaling'``. Of several values from 0.25 to 0.75,
        0.4 was the largest with which the perceptron separated the classes of the
        digits data within 500 epochs.
    max_iter : int >= 1, default=1000
        Maximum number of epochs.
    shuffle : bool, default=True
        Whether to shuffle the samples before each epoch.
    fit_intercept : bool, default=True
        Whether to learn a bias b. If False, b is 0, and the hyperplane passes through
        the origin.
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, ``{label: weight}``. They are multiplied by the sample
        weights. 'balanced' is n_samples / (n_classes · number of samples of the class).
    weight_init : {'zeros', 'normal'} or Initializer, default='zeros'
        Initial weights: zeros or standard normal. It may also be an instance of a class
        in :mod:`sknn_scratch.engine.initializers`.
    random_state : int, RandomState instance or None, default=None
        Seed or generator of the random numbers. It determines random initial weights,
        the validation set and the order of the samples. Pass an int for reproducible
        results.
    tol : float >= 0, default=1e-4
        Minimum improvement of the training loss or, with early stopping, of the
        validation score. Without early stopping, ``loss='perceptron'`` with ``alpha=0``
        monitors the training accuracy instead of the loss.
    n_iter_no_change : int >= 1 or inf, default=10
        Patience: maximum number of consecutive epochs without an improvement of at
        least `tol`. Training stops when this number is exceeded. For
        ``loss='perceptron'`` with ``alpha=0`` and without early stopping, the patience
        is at least 100 steps, or 250 with `average`, because an epoch with a full batch
        is a single step. inf disables this criterion. If training ends at `max_iter`,
        there is a ConvergenceWarning, as in scikit-learn, but not with the schedules
        that end there, such as 'cosine'.
    early_stopping : bool, default=False
        Whether to stop when the score on a validation set no longer improves.
        `validation_fraction` of the samples with positive weight are held out,
        stratified by class, unless `fit` is given `X_val` and `y_val`. The fitted
        weights are those of the best epoch. Not available in `partial_fit`.
    validation_fraction : float in (0, 1), default=0.1
        Fraction of the samples in the validation set of early stopping. Ignored without
        early stopping, and if `fit` is given `X_val` and `y_val`.
    verbose : bool or int, default=False
        Whether to print one line per epoch.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous fit.
    l1_ratio : float in [0, 1], default=0.0
        Proportion of the L1 penalty: 0 for L2, 1 for L1. Ignored if ``alpha=0``.
    clip_norm : float > 0 or None, default=None
        Maximum norm of the gradient (gradient clipping). A gradient with a larger
        Euclidean norm is rescaled to this norm. None disables clipping.
    scoring : None, 'loss', str or callable, default=None
        Score that early stopping monitors. None is the accuracy. 'loss' is the negative
        loss on the validation set, with class weights and without the penalty. Other
        values are the name of a scorer or a callable ``scorer(estimator, X, y)``, as
        for :func:`sklearn.metrics.check_scoring`. The scorer gets the sample weights
        of the validation set, if there are any. Its X is an array, even if `fit` was
        given a data frame.
    average : bool or float in (0, 1), default=False
        Whether to average the weights over the training steps (averaged perceptron
        [4]_). The averaged weights are the fitted weights, and early stopping validates
        them. True gives all steps equal weight. A float is the decay of an exponential
        moving average: ``0.99`` averages roughly the last 100 steps. `loss_curve_` is
        the loss of the current weights, without averaging.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights. The array is not a copy: in-place changes modify the model.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Biases. The array is not a copy.
    loss_ : float
        Loss of the last epoch.
    best_loss_ : float or None
        Lowest loss of all epochs. None with early stopping.
    loss_curve_ : list of float, of length n_epochs
        Loss of each epoch, including those of warm starts and previous calls of
        `partial_fit`.
    validation_scores_ : list of float or None
        Score on the validation set after each epoch; see `scoring`. Class weights are
        not used. None without early stopping.
    best_validation_score_ : float or None
        Highest validation score, which is that of the fitted weights. None without
        early stopping.
    validation_loss_curve_ : list of float or None
        Mean loss on the validation set after each epoch, without the penalty. None
        without early stopping.
    learning_rate_curve_ : list of float, of length n_epochs
        Learning rate in the last step of each epoch.
    best_epoch_ : int or None
        Epoch of the fitted weights, counted like `n_iter_`. 0 if a warm start has not
        improved the score. Without early stopping, it is None, except for
        ``loss='perceptron'`` with ``alpha=0``.
    stop_reason_ : str or None
        Reason why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged',
        'interrupted' or 'no_mistakes' (all training samples are classified correctly).
        None after `partial_fit`.
    n_parameters_ : int
        Number of trainable parameters.
    n_iter_ : int
        Number of epochs of the last `fit`, plus one for each later `partial_fit`.
    t_ : int
        Number of training samples processed. A sample counts once per epoch.
    members_ : list of Member
        One named tuple with the training history, as for :class:`MLPScratchClassifier`.
    model_ : Model
        Object with the trained `network`, its `loss` and its `target`, for inspection.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features. Defined only if X had feature names that are all strings.

    See Also
    --------
    MLPScratchClassifier : Multi-layer perceptron, which has hidden layers.

    Notes
    -----
    `predict_proba` is the sigmoid or softmax of the decision function. With
    ``loss='log_loss'``, these are the probabilities of the fitted model. With the other
    losses, they are only useful for ranking: the outputs of the perceptron have an
    arbitrary scale, and those of 'squared_error' and 'hinge' are fitted to ±1. If you
    need probabilities, calibrate the classifier with
    :class:`sklearn.calibration.CalibratedClassifierCV`.

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
        """Weights, one row per output."""
        check_is_fitted(self)
        return self.model_.network.weights[0].T

    @property
    def intercept_(self) -> np.ndarray:
        """Biases, one per output."""
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
        """Fit the weights to labeled samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples. float32 is processed in float32, all other types in
            float64.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation set for early stopping, used instead of a part of X. In a
            pipeline, ``Pipeline(..., transform_input=["X_val"])`` transforms it like X.
        y_val : array-like of shape (n_val,), default=None
            Labels of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Sample weights of the validation set. By default, all weights are 1. They
            are multiplied by `class_weight` for the loss.
        coef_init : array-like of shape (1, n_features) or (n_classes, n_features), \
default=None
            Initial weights. By default, `weight_init` determines them.
        intercept_init : array-like of shape (1,) or (n_classes,), default=None
            Initial biases. By default, `weight_init` determines them.

        Returns
        -------
        self : PerceptronClassifier
            The fitted estimator. If an error is raised, it remains unchanged.

        Raises
        ------
        ValueError
            If a parameter is invalid, if parameters exclude each other, or if the data
            cannot be used for training.
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

        With the same samples and the same int `random_state`, k calls take the same
        steps as k epochs of `fit`. With ``loss='perceptron'`` and ``alpha=0``, `fit`
        then restores the weights with the fewest mistakes; `partial_fit` does not.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples.
        y : array-like of shape (n_samples,)
            Class labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will occur in any call. Required in the first call, optional
            in later ones.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.

        Returns
        -------
        self : PerceptronClassifier
            The estimator. If an error is raised, it remains unchanged.

        Raises
        ------
        ValueError
            As in `fit`, or if `early_stopping` or ``class_weight="balanced"`` is set.
        """
        request = Request(X, y, sample_weight, is_partial=True, classes=classes)
        return self._fit(request)
