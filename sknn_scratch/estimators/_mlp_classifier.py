"""The multi-layer perceptron for classes."""

from collections.abc import Callable, Sequence
from functools import partial
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .._sklearn import Interval, StrOptions, with_callbacks
from ..engine.activations import Activation
from ..engine.calibration import best_temperature
from ..engine.initializers import Initializer
from ..engine.layers import Layer
from ..engine.losses import Brier, Focal, LogLoss, Loss, Ordinal
from ..engine.optimizers import Optimizer
from ..engine.rates import LayerRates
from ..engine.schedules import Schedule
from ._choices import make
from ._class_targets import ClassTargets
from ._classifier import BaseNetworkClassifier, probabilities_of
from ._mlp import BaseMLP, is_stochastic
from ._problem import Request
from ._validation import (
    means_to_validate,
    validated_together,
    weights_to_validate,
)

LOSSES_OF_CLASSES = {
    "log_loss": LogLoss,
    "squared_error": Brier,
    "focal": Focal,
    "ordinal": Ordinal,
}


class MLPScratchClassifier(BaseNetworkClassifier, BaseMLP):
    """Multi-layer perceptron classifier.

    A chain of layers, dense by default, trained by back-propagation [1]_ to minimize
    the log loss (cross-entropy) with a penalty:

        J = 1/(Σ s_i) · [ −Σ_i s_i log p(y_i | x_i) + α P(W) ]

    with sample weights s_i and the penalty P(W) = (1 − ρ)/2 ‖W‖² + ρ ‖W‖₁ on weights,
    where ρ is `l1_ratio`, 0 by default. Parameters, defaults and, for the same
    `random_state`, results are those of :class:`sklearn.neural_network.MLPClassifier`.

    Parameters
    ----------
    hidden_layer_sizes : int, Layer or sequence of them, default=(100,)
        The hidden layers; empty for a linear model. A number is the number of units of
        a dense layer, which is followed by `activation` and `dropout`. Other layers are
        instances of the classes in `sknn_scratch.layers`, which may contain numbers:
        ``[Residual([64, 64]), LayerNorm(), 32]``. Images begin with `Reshape` and
        `Conv2D`, sequences with `Reshape` and `LSTM`. See :doc:`/guide/layers`.
    activation : str, Activation or list of them, default='relu'
        Activation after each number in `hidden_layer_sizes` and after each `Conv2D`
        that no activation follows, or a list with one for each of these, those inside
        layers included: 'identity', 'logistic'
        1 / (1 + exp(−x)), 'tanh', 'relu' max(0, x), 'leaky_relu', 'elu', 'selu',
        'softplus', 'gelu', 'silu' or 'mish', or an instance of a class in
        `sknn_scratch.engine.activations`, which carries its settings:
        ``LeakyReLU(slope=0.2)``.
    solver : {'lbfgs', 'sgd', 'adam', 'adamw', 'nadam', 'rmsprop'} or Optimizer, \
default='adam'
        How the weights are found: by L-BFGS on the whole training set, by stochastic
        gradient descent, by Adam [2]_ or one of its kin. Adam does well on thousands
        of samples and more; on small sets L-BFGS often converges faster, and to a
        better model. An instance of a class in `sknn_scratch.engine.optimizers`
        carries its settings, and those below for 'sgd' and 'adam' are not looked at:
        ``AdamW(weight_decay=0.1)``, which goes well with ``alpha=0``.
    alpha : float >= 0, default=0.0001
        Strength of the penalty. As in scikit-learn it is divided by the number of
        samples in the batch.
    batch_size : int >= 1, float in (0, 1) or 'auto', default='auto'
        Samples in a mini-batch: 'auto' is min(200, n_samples), and a float a share of
        the samples, but at most 200. Not used by 'lbfgs'.
    learning_rate : str or Schedule, default='constant'
        Schedule of the stochastic solvers: 'constant' keeps `learning_rate_init`;
        'invscaling', of 'sgd' only, divides it by (t + 1) ** `power_t` after t
        samples; 'adaptive' divides it by 5 whenever `n_iter_no_change` epochs in a
        row bring no improvement, and stops at 1e-6. 'linear', 'cosine', 'exponential'
        and, after a rise, 'one_cycle' fall from step to step, to almost nothing after
        `max_iter` epochs; 'cos_log' rises and falls four times until then. An instance
        of a class in `sknn_scratch.engine.schedules` carries its settings:
        ``Cosine(warmup=0.1)``.
    learning_rate_init : float > 0, default=0.001
        The initial learning rate. Not used by 'lbfgs'.
    power_t : float >= 0, default=0.5
        Exponent of learning_rate='invscaling'.
    max_iter : int >= 1, default=200
        Largest number of epochs; of iterations for 'lbfgs'.
    shuffle : bool, default=True
        Whether to shuffle the samples before every epoch. Not used by 'lbfgs'.
    random_state : int, RandomState instance or None, default=None
        Decides on the initial weights, the validation set, the shuffling, dropout and
        augmentation. An int makes the results of `fit` repeatable.
    tol : float >= 0, default=1e-4
        By how much the loss, or the score with early stopping, has to improve within
        `n_iter_no_change` epochs. For 'lbfgs' the largest entry of the gradient at
        which it has converged.
    verbose : bool or int, default=False
        Whether to print one line per epoch.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the last call.
    momentum : float in [0, 1], default=0.9
        Momentum of solver='sgd'.
    nesterovs_momentum : bool, default=True
        Whether that is Nesterov's momentum.
    early_stopping : bool, default=False
        Whether to hold out `validation_fraction` of the samples of positive weight, to
        stop when the score on them no longer improves, and to keep the weights of the
        best epoch. The split is stratified, except for multilabel targets and for
        several class targets.
    validation_fraction : float in (0, 1), default=0.1
        Share of the samples that early stopping holds out.
    beta_1 : float in [0, 1), default=0.9
        Decay of the first moment of solver='adam'.
    beta_2 : float in [0, 1), default=0.999
        Decay of the second moment of solver='adam'.
    epsilon : float > 0, default=1e-8
        Keeps the denominator of solver='adam' from zero.
    n_iter_no_change : int >= 1 or inf, default=10
        Patience: training stops after more than this number of consecutive epochs
        without an improvement by `tol`. inf disables this criterion; if `max_iter` then
        ends training, there is a warning, as in scikit-learn.
    max_fun : int >= 1, default=15000
        Largest number of evaluations of the objective by solver='lbfgs'.
    weight_init : str or Initializer, default='auto'
        Initial weights of the dense layers, except those that have their own, as in
        ``Dense(32, weight_init='zeros')``. 'auto' draws weights and biases uniformly
        from ±√(f / (fan_in + fan_out)) with f = 2 for 'logistic' and f = 6 for the
        other activations, as scikit-learn does. Other values are 'glorot_uniform',
        'glorot_normal', 'he_uniform', 'he_normal', 'lecun_uniform', 'lecun_normal',
        'orthogonal', 'normal' (standard normal) and 'zeros', or an instance of a class
        in `sknn_scratch.engine.initializers`.
    l1_ratio : float in [0, 1], default=0.0
        Share ρ of the penalty that is L1, which pulls all weights towards 0 by the
        same amount, large or small. Steps pass over 0, so weights end near it rather
        than at it.
    clip_norm : float > 0 or None, default=None
        Gradients whose Euclidean norm over all parameters is larger are shortened to
        it [3]_, which tames targets and samples far out. Not used by 'lbfgs'.
    dropout : float in [0, 1) or list of float, default=0.0
        Dropout rate: the share of units that every training step leaves out at random
        [6]_, in steps of 1/256. It is the same after each number in
        `hidden_layer_sizes`, or a list has one for each number, those inside layers
        included; after other layers, add the layer `Dropout`. `loss_curve_` is that of
        the thinned networks. Not for 'lbfgs'.
    input_dropout : float in [0, 1), default=0.0
        The same for the features.
    class_weight : dict, list of dict, 'balanced' or None, default=None
        Weights of the classes, {label: weight}, that multiply the sample weights. For
        a multilabel target, a list with one dict {0: weight, 1: weight} per label; for
        several class targets, a list with one dict, 'balanced' or None per column of y,
        whose weights are multiplied.
        'balanced' is n_samples / (n_classes · number of samples of the class).
        `predict_proba` then estimates the probabilities in a population in which the
        classes are as frequent as the weights make them, and `calibrate` does not
        change that; see :doc:`/guide/imbalance`.
    label_smoothing : float in [0, 1), default=0.0
        Share ε of the truth that is spread evenly over all classes [4]_: targets of
        1 − ε + ε/K and ε/K for K classes, of 1 − ε/2 and ε/2 for an output that says
        yes or no.
    loss : {'log_loss', 'squared_error', 'focal', 'ordinal'} or Loss, \
default='log_loss'
        What is minimised in place of −log p: with 'squared_error' half that of the
        probabilities, which wrong labels harm less; with 'focal' the log loss with
        less weight on samples that are right already [5]_. 'ordinal' is for three or
        more classes with an order, such as grades: it models the cumulative
        probabilities P(y > k) [11]_, and `predict` returns the median class, which
        minimizes the expected absolute error. The order is that of an ordered pandas
        categorical `y` (or a polars Enum), or that of numbers; see
        :ref:`ordered-classes`. An instance of a class in
        `sknn_scratch.engine.losses` carries its settings: ``Focal(gamma=1.0)``.
    scoring : None, 'loss', str or callable, default=None
        Monitored score: None is accuracy, of several class targets their mean accuracy;
        'loss' is −loss on the validation set, class weights included, without the
        penalty; or the name of a scorer, or a callable ``scorer(estimator, X, y)``, as
        :func:`sklearn.metrics.check_scoring` takes it, with a ``sample_weight`` if
        `fit` has one. X is an array, also where `fit` was given a data frame.
    average : bool or float in (0, 1), default=False
        Whether to average the weights over the training steps [7]_ and to validate
        and keep the average. A number is the decay of an exponential moving average:
        ``0.99`` averages about the last 100 steps. True averages all steps with equal
        weight, the first ones too, so it needs a training that continues long after
        the loss has become low; a short training gives a much worse model.
        `loss_curve_` is that of the weights in training, from which `partial_fit`
        continues. Not for 'lbfgs'.
    augment : callable or None, default=None
        Takes the input of a batch and a RandomState, ``augment(X_batch,
        random_state)``, and returns what to train on instead, of the same shape: for
        example images shifted by a pixel. It may overwrite `X_batch`. Not for 'lbfgs'.
    layer_rates : {'constant', 'fan_in'} or LayerRates, default='constant'
        Multipliers of the learning rate. 'fan_in' multiplies the rate of a layer's
        weights by 1 / √fan_in and that of biases by 0.1, as RealMLP does [8]_. The
        best rate then depends less on the width, but it still depends on it: see
        :class:`~sknn_scratch.engine.rates.FanInRates`. An instance of a class in
        `sknn_scratch.engine.rates` carries its settings: ``FanInRates(biases=1)``.
        Ignored by 'lbfgs'.
    input_scale : float > 0 or None, default=None
        Factor on the learning rate of a trainable scale of every feature, beside the
        weights of the first layer: features that are of use get larger steps [8]_.
        None: there is no such scale. `coefs_` holds the product, which is what `alpha`
        penalizes. The first layer must be a number or `Dense`. Not for 'lbfgs'.
    output_init : str or Initializer, default='auto'
        How the initial weights of the output layer are drawn, as `weight_init`; 'auto'
        as those of the other layers. With 'zeros' training starts from a constant
        prediction.
    refit : bool, default=False
        Whether to train anew once early stopping has found the best epoch: on all
        samples, those of the validation set included, for as many epochs. It takes up
        to twice the time, and is the better the fewer samples there are. Curves,
        scores and what callbacks see are those of the first training. Not for 'lbfgs'.
    calibrate : bool, default=False
        Whether to calibrate the probabilities by temperature scaling [9]_: the raw
        outputs of the trained network are divided by the temperature with the lowest
        log loss on the validation set. This log loss has the sample weights and the
        `class_weight` of training, and labels that are not smoothed. Predicted classes
        do not change, except with ``loss="ordinal"``. Of an ensemble the mean is
        calibrated. The weights of the last layer are divided; `warm_start` and
        `partial_fit` continue from the divided weights. Requires early stopping.
    ensemble : int or list of str, slice or array-like, default=1
        Train an ensemble of networks: so many on all features, or one per entry of a
        list, each on a subset of the features: a regular expression found in the
        feature names, or indices, a mask or a slice. The ensemble averages the logits,
        so it is a single network, whose probabilities are the normalized geometric
        mean of those of its members. (The deep ensemble of Lakshminarayanan et al.
        [10]_ averages the probabilities instead.) The fitted network is one
        `Parallel` layer, with a branch for each member. Each member has its own random
        seed and holds out its own validation set; with `calibrate` or `linear` all
        hold out the same. `partial_fit` and `warm_start` train all members further.
        Callbacks watch only the first member; `augment` receives batches of its
        features.
    repeats : int >= 1 or "auto", default=1
        Number of times that the ensemble is trained, each time with other initial
        weights and another validation set: `repeats` times as many networks. "auto"
        is 2000 / n_samples, rounded down, but between 1 and 5: on small training sets a
        single validation set decides by chance. With "auto", `partial_fit` and
        `warm_start` continue as many networks as before.
    linear : str, slice, array-like or None, default=None
        Features of a linear model, as an entry of `ensemble`, to average with the
        networks: some targets depend linearly on features with heavy tails, which
        networks learn slowly. It is trained by L-BFGS with early stopping. Its weight,
        between 0 and 1, has the lowest loss on the validation set, with a penalty on
        large weights. The linear model and the networks of a repeat hold out the same
        samples. Requires `early_stopping`; not with `warm_start` or `partial_fit`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of such arrays
        Class labels, sorted; with ``loss="ordinal"`` and an ordered categorical of
        three classes or more, in the order of its categories. For several class targets
        a list with those of each.
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
        Mean loss on the validation set after every epoch, without the penalty, with
        smoothed labels if training has them; None without early stopping.
    learning_rate_curve_ : list of float
        Learning rate of every epoch, that of its last step; NaN for 'lbfgs'.
    best_epoch_ : int or None
        Number of the epoch that the fitted weights are of, as `n_iter_` counts; 0 if a
        warm start has found nothing better. None without early stopping.
    stop_reason_ : str or None
        Why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged',
        'interrupted', or for 'lbfgs' 'converged', 'max_fun' or 'line_search' (which
        found nothing lower); None after `partial_fit`.
    temperature_ : float or None
        What the outputs were divided by; None if the last `fit` did not calibrate.
    t_ : int
        Number of training samples seen, each as often as it was seen.
    linear_weight_ : float
        Weight of the linear model in the average; 0 if there is none, or if it did not
        lower the loss on the validation set.
    members_ : list of Member
        How each network of an ensemble, or the only one, was trained: named tuples of
        `features`, `n_iter`, `stop_reason`, `loss`, `best_epoch`, `loss_curve` and the
        other curves. The attributes of the estimator are those of the first network.
        The networks of a repeat are followed by its linear model, if it has a weight.
    model_ : Model
        The trained `network`, its `loss`, and the `target` its outputs stand for; for
        tools.
    coefs_ : list of ndarray, each of shape (n_inputs, n_units)
        Weights of all layers that have some, in order. They are not a copy: in-place
        changes modify the model. Of an ensemble, those of one network after another.
    intercepts_ : list of ndarray, each of shape (n_units,)
        All other parameters, likewise: biases, and the gains and shifts of `LayerNorm`.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.
    n_iter_ : int
        Number of epochs of the last `fit`, plus one for each `partial_fit` since.
    n_layers_ : int
        Number of layers: the input, the entries of `hidden_layer_sizes` and the output.
    n_outputs_ : int
        Number of outputs.
    n_parameters_ : int
        Number of all parameters that are trained.
    out_activation_ : str
        'logistic' for two classes or several labels a sample, else 'softmax', or
        'cumulative_logistic' with ``loss="ordinal"``. For several class targets the
        names for each, as in 'softmax, logistic'.

    See Also
    --------
    MLPScratchRegressor : The same for numbers.
    PerceptronClassifier : A single layer.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986). Learning
       representations by back-propagating errors. Nature 323, 533–536.
    .. [2] D. P. Kingma, J. Ba (2015). Adam: a method for stochastic optimization.
       ICLR. arXiv:1412.6980.
    .. [3] R. Pascanu, T. Mikolov, Y. Bengio (2013). On the difficulty of training
       recurrent neural networks. ICML. arXiv:1211.5063.
    .. [4] C. Szegedy et al. (2016). Rethinking the Inception architecture for
       computer vision. CVPR. arXiv:1512.00567.
    .. [5] T.-Y. Lin et al. (2017). Focal loss for dense object detection. ICCV.
       arXiv:1708.02002.
    .. [6] N. Srivastava et al. (2014). Dropout: a simple way to prevent neural networks
       from overfitting. JMLR 15, 1929–1958.
    .. [7] B. T. Polyak, A. B. Juditsky (1992). Acceleration of stochastic approximation
       by averaging. SIAM Journal on Control and Optimization 30, 838–855.
    .. [8] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024). Better by default: strong
       pre-tuned MLPs and boosted trees on tabular data. NeurIPS 37. arXiv:2407.04491.
    .. [9] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern
       neural networks. ICML. arXiv:1706.04599.
    .. [10] B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). Simple and scalable
       predictive uncertainty estimation using deep ensembles. NeurIPS 30.
       arXiv:1612.01474.
    .. [11] P. McCullagh (1980). Regression models for ordinal data. Journal of the
       Royal Statistical Society B 42, 109–142.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import train_test_split
    >>> from sknn_scratch import MLPScratchClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(
    ...     X, y, stratify=y, random_state=0
    ... )
    >>> mlp = MLPScratchClassifier(max_iter=1000, random_state=0)
    >>> mlp.fit(X_train, y_train).predict(X_test[:5])
    array([0, 0, 0, 0, 1])
    >>> mlp.score(X_test, y_test)
    1.0
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Layer | Sequence[int | Layer] = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str | Optimizer = "adam",
        alpha: float = 0.0001,
        batch_size: float | str = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        weight_init: str | Initializer = "auto",
        l1_ratio: float = 0.0,
        clip_norm: float | None = None,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        class_weight: dict[Any, float] | list[dict[int, float]] | str | None = None,
        label_smoothing: float = 0.0,
        loss: str | Loss = "log_loss",
        scoring: str | Callable[..., float] | None = None,
        average: bool | float = False,
        augment: Callable[[Any, np.random.RandomState], Any] | None = None,
        layer_rates: str | LayerRates = "constant",
        input_scale: float | None = None,
        output_init: str | Initializer = "auto",
        refit: bool = False,
        calibrate: bool = False,
        ensemble: int | Sequence[Any] = 1,
        repeats: int | str = 1,
        linear: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.weight_init = weight_init
        self.l1_ratio = l1_ratio
        self.clip_norm = clip_norm
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.loss = loss
        self.scoring = scoring
        self.average = average
        self.augment = augment
        self.layer_rates = layer_rates
        self.input_scale = input_scale
        self.output_init = output_init
        self.refit = refit
        self.calibrate = calibrate
        self.ensemble = ensemble
        self.repeats = repeats
        self.linear = linear

    _parameter_constraints: dict = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(LOSSES_OF_CLASSES)), Loss],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "calibrate": ["boolean"],
    }

    _takes_several_labels = True

    @property
    def _has_ordered_classes(self):
        activation = getattr(self.loss, "out_activation", None)
        return self.loss == "ordinal" or activation == Ordinal.out_activation

    def _loss_of(self, target):
        if isinstance(target, ClassTargets):
            return target.joint_loss(self._loss_of)
        loss = make(LOSSES_OF_CLASSES, self.loss)
        expected = ["softmax", Ordinal.out_activation]
        if target.kind != "multiclass":
            loss, expected = loss.binary(), ["logistic"]
        if loss.out_activation not in expected:
            raise ValueError(
                "loss must predict probabilities, with an out_activation in "
                f"{expected} for a {target.kind} target; got {self.loss!r}. Choose "
                "LogLoss, Brier, Focal or Ordinal."
            )
        return loss

    def _values_of(self, target, dtype):
        if isinstance(target, ClassTargets):
            return [self._values_of(one, dtype) for one in target.targets]
        values = super()._values_of(target, dtype)
        if self.label_smoothing:
            values *= 1 - self.label_smoothing
            values += self.label_smoothing / target.n_alternatives
        return values

    @property
    def _validates_together(self):
        return self.calibrate or super()._validates_together

    def _validated_by(self, problem):
        share = self.label_smoothing
        nothing_said = share / problem.target.n_alternatives

        def truth(y):
            return (y - np.asarray(nothing_said, y.dtype)) / (1 - share)

        if not self.calibrate:
            return problem.loss, truth, None
        return (
            problem.target.link,
            truth,
            partial(best_temperature, problem.target.link),
        )

    def _calibration_of(self, problem, trained):
        if not self.calibrate:
            return None
        _, truth, divisor_of = self._validated_by(problem)
        repeats = list(validated_together(trained))

        def batches():
            for raw, y in means_to_validate(repeats):
                yield raw, truth(y)

        return divisor_of(batches, weights_to_validate(repeats))

    def _attributes_of_calibration(self, calibration, call):
        if call.request.is_partial:
            calibration = call.past.attributes.get("temperature_")
        return {"temperature_": calibration}

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the scores that scikit-learn's tools use if they find them.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, the log-odds log p − log(1 − p) of `classes_[1]`. For a
            multilabel target, the log-odds of each label. For several classes, the
            probabilities: the raw outputs of a softmax have an arbitrary offset in
            each sample, which calibration and decision boundaries must not see. With
            ``loss="ordinal"``, `predict` is the median class, which may be another than
            the most likely one. For several class targets, a list with the scores of
            each.
        """
        raw = self._raw(X)
        return self.model_.target.apply(_scores_of, raw)

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the accuracy: the share of samples that are predicted correctly.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels. Of several targets, or several labels, a sample counts only
            if all are predicted correctly.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; 1 if not given.

        Returns
        -------
        accuracy : float
            Between 0 and 1.
        """
        check_is_fitted(self)
        if not isinstance(self.model_.target, ClassTargets):
            return super().score(X, y, sample_weight)
        y = np.asarray(y, dtype=object)
        self.model_.target.check_several(y)
        predicted = self.predict(X)
        check_consistent_length(predicted, y, sample_weight)
        correct = (predicted.astype(object) == y).all(axis=1)
        return float(np.average(correct, weights=sample_weight))

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
        coefs_init: Sequence[ArrayLike] | None = None,
        intercepts_init: Sequence[ArrayLike] | None = None,
    ) -> Self:
        """Fit the network to labelled samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples. float32 is trained in float32, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, or a 0/1 indicator matrix of several labels a sample, or a
            matrix of class labels with a column for each of several targets. The
            columns of a data frame, or of an array of type object, may have labels of
            different types.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples for early stopping to validate with, instead of holding out a part
            of X. ``Pipeline(..., transform_input=["X_val"])`` transforms them like X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their labels.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights; 1 if not given. Those of `class_weight` count, too.
        coefs_init : list of array-like, each of shape (n_inputs, n_units), default=None
            Weights to start from, one array a layer; those of `weight_init`, or with
            `warm_start` of the last fit, if not given.
        intercepts_init : list of array-like, each of shape (n_units,), default=None
            Biases to start from, likewise.

        Returns
        -------
        self : MLPScratchClassifier
            The fitted estimator. If an exception is raised, it is as it was before.
        """
        validation = X_val, y_val, sample_weight_val
        start = coefs_init, intercepts_init
        return self._fit(Request(X, y, sample_weight, *validation, start=start))

    @available_if(is_stochastic)
    def partial_fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | Sequence[ArrayLike] | None = None,
    ) -> Self:
        """Train for one epoch on the given samples.

        k calls on the same samples do what one `fit` of k epochs does.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their labels, as for `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.
        classes : array-like of shape (n_classes,) or list of them, default=None
            All labels that will ever occur; needed in the first call, optional later.
            For several class targets, a list with those of each. A `y` of 0 and 1 is
            then not multilabel, but has a target in each column.

        Returns
        -------
        self : MLPScratchClassifier
            The estimator.
        """
        request = Request(X, y, sample_weight, is_partial=True, classes=classes)
        return self._fit(request)


def _scores_of(target, raw):
    """Return the scores of one target, as `decision_function` does."""
    if target.kind == "multiclass":
        return probabilities_of(target, raw)
    return raw.ravel() if raw.shape[1] == 1 else raw
