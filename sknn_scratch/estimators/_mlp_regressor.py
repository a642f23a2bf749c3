"""The multi-layer perceptron for numbers."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if

from .._sklearn import StrOptions, with_callbacks
from ..engine.activations import Activation
from ..engine.batches import TrainingSet
from ..engine.conformal import conformal_shift
from ..engine.initializers import Initializer
from ..engine.kernels import all_finite
from ..engine.layers import Layer
from ..engine.losses import LOSSES, Gamma, Gaussian, Loss, Poisson, Quantiles
from ..engine.optimizers import Optimizer
from ..engine.outputs import OUTPUTS, ActivatedLoss
from ..engine.rates import LayerRates
from ..engine.schedules import Schedule
from ._choices import make
from ._mlp import BaseMLP, is_stochastic
from ._problem import Request
from ._targets import ScaledTarget
from ._validation import (
    Score,
    means_to_validate,
    validated_together,
    weights_to_validate,
)

LOSSES_OF_NUMBERS = {
    name: LOSSES[name]
    for name in (
        "squared_error",
        "absolute_error",
        "huber",
        "quantile",
        "poisson",
        "gamma",
        "gaussian",
    )
}


# Output activations whose values are not bounded, so that targets may be standardized.
_UNBOUNDED = ("identity", "mean_and_std", "quantiles")


def _check_numbers(y, dtype):
    if sparse.issparse(y) or y.dtype.kind not in "fiub":
        raise ValueError(
            f"y must be numeric and dense; got a {type(y).__name__} of "
            f"dtype {y.dtype}. Convert it, for example with y.astype(float)."
        )
    if not all_finite(y.astype(dtype, copy=False)):
        raise ValueError(
            f"y must be finite in {dtype}; got values that overflow. Rescale y."
        )


class MLPScratchRegressor(RegressorMixin, BaseMLP):
    """Multi-layer perceptron regressor.

    A chain of layers, dense by default, trained by back-propagation [1]_ to minimize
    a mean loss with a penalty:

        J = 1/(Σ s_i) · [ Σ_i s_i L(x_i, y_i) + α P(W) ]

    with sample weights s_i and the penalty P(W) = (1 − ρ)/2 ‖W‖² + ρ ‖W‖₁ on weights,
    where ρ is `l1_ratio`, 0 by default. Parameters, defaults and, for the same
    `random_state`, results are those of :class:`sklearn.neural_network.MLPRegressor`.

    Parameters
    ----------
    loss : str or Loss, default='squared_error'
        L: half the 'squared_error'; the 'absolute_error', for the median; 'huber',
        squared up to an error of 1 and absolute beyond; 'quantile', the pinball loss
        for the median; half the deviance of 'poisson' for y >= 0 or of 'gamma' for
        y > 0, which predict exp(raw output); or 'gaussian', which learns mean and
        variance together (``predict(X, return_std=True)``). An instance of a class in
        `sknn_scratch.engine.losses` carries its settings: ``Quantile(0.9)``,
        ``Huber(delta=0.5)``. ``Quantile([0.05, 0.5, 0.95])`` predicts several quantiles
        by one network, in ascending order for any X; the loss is the sum of theirs.
        `loss_curve_` shows the mean of the errors over several outputs; the gradient
        is that of their sum, as in scikit-learn.
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
        best epoch. `fit` takes a validation set of your own instead.
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
        [4]_, in steps of 1/256. It is the same after each number in
        `hidden_layer_sizes`, or a list has one for each number, those inside layers
        included; after other layers, add the layer `Dropout`. `loss_curve_` is that of
        the thinned networks. Not for 'lbfgs'.
    input_dropout : float in [0, 1), default=0.0
        The same for the features.
    output_activation : {'auto', 'identity', 'logistic', 'tanh', 'exp', 'softplus'}, \
default='auto'
        What turns raw outputs into predictions: 'auto' is what the loss asks for,
        'exp' for 'poisson' and 'gamma' and else 'identity'. Of the latter losses the
        predictions are kept in [0, 1] by 'logistic', in [−1, 1] by 'tanh', and
        positive by 'exp' and 'softplus'; the targets must be there, too.
    scoring : None, 'loss', str or callable, default=None
        Monitored score: None is R²; 'loss' is −loss on the validation set,
        without the penalty; or the name of a scorer, or a callable
        ``scorer(estimator, X, y)``, as :func:`sklearn.metrics.check_scoring` takes it,
        with a ``sample_weight`` if `fit` has one. X is an array, also where `fit` was
        given a data frame.
    average : bool or float in (0, 1), default=False
        Whether to average the weights over the training steps [5]_ and to validate
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
        weights by 1 / √fan_in and that of biases by 0.1, as RealMLP does [6]_. The
        best rate then depends less on the width, but it still depends on it: see
        :class:`~sknn_scratch.engine.rates.FanInRates`. An instance of a class in
        `sknn_scratch.engine.rates` carries its settings: ``FanInRates(biases=1)``.
        Ignored by 'lbfgs'.
    input_scale : float > 0 or None, default=None
        Factor on the learning rate of a trainable scale of every feature, beside the
        weights of the first layer: features that are of use get larger steps [6]_.
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
    standardize_target : bool, default=False
        Whether to train on targets with mean 0 and variance 1, and to scale predictions
        back. Weighted mean and variance are those of all samples of `fit`, or of the
        first call of `partial_fit`; later calls count as well as long as a column is
        constant or fewer than 10 samples have been seen. The loss curves are of those
        targets, and so is the delta of ``Huber(delta)``. For losses whose output
        activation is the identity, several quantiles, and 'gaussian'.
    ensemble : int or list of str, slice or array-like, default=1
        Train an ensemble of networks: so many on all features, or one per entry of a
        list, each on a subset of the features: a regular expression found in the
        feature names, or indices, a mask or a slice. The ensemble averages the raw
        outputs, so it is a single network. With loss='gaussian' these are means and
        log variances, with several quantiles one quantile and the increments to the
        others, so that the average is in order. (The deep ensemble of Lakshminarayanan
        et al. [7]_ is the mixture of the predicted distributions instead. Its standard
        deviation is larger where the members disagree.) The fitted network is one
        `Parallel` layer, with a branch for each member. Each member has its own random
        seed and holds out its own validation set; with `calibrate` or `linear` all
        hold out the same.
        `partial_fit` and `warm_start` train all members further. Callbacks watch only
        the first member; `augment` receives batches of its features.
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
    calibrate : bool, default=False
        Whether to calibrate prediction intervals on the validation set, by split
        conformal prediction [8]_. With loss='gaussian', a factor on the standard
        deviation makes the central 90 % intervals contain 90 % of the validation set,
        and the mean stays the same. With ``Quantile([...])``, every quantile but the
        median moves until the right share of the validation set is below it, but not
        beyond the median. Both
        change the biases of the last layer only, and use the sample weights. Of an
        ensemble the mean is calibrated. Requires early stopping, and a validation set
        of 1 / (1 − q) − 1 samples or more for a quantile q (19 for 0.95).

    Attributes
    ----------
    loss_ : float
        Loss of the last epoch.
    best_loss_ : float or None
        Lowest loss of all epochs; None with early stopping.
    loss_curve_ : list of float
        Loss of every epoch, warm starts and calls of `partial_fit` included.
    validation_scores_ : list of float or None
        Score on the validation set after every epoch, as `scoring` says; None without
        early stopping.
    best_validation_score_ : float or None
        The highest of them; its epoch's weights are the fitted ones.
    validation_loss_curve_ : list of float or None
        Mean loss on the validation set after every epoch, without the penalty; None
        without early stopping.
    learning_rate_curve_ : list of float
        Learning rate of every epoch, that of its last step; NaN for 'lbfgs'.
    best_epoch_ : int or None
        Number of the epoch that the fitted weights are of, as `n_iter_` counts; 0 if a
        warm start has found nothing better. None without early stopping.
    stop_reason_ : str or None
        Why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged',
        'interrupted', or for 'lbfgs' 'converged', 'max_fun' or 'line_search' (which
        found nothing lower); None after `partial_fit`.
    t_ : int
        Number of training samples seen, each as often as it was seen.
    calibration_ : ndarray of shape (n_raw, n_outputs) or None
        What was added to the raw outputs of the target: with loss='gaussian' to mean
        and logarithm of the variance, so that ``np.exp(calibration_[1] / 2)`` is the
        factor on the standard deviation, and with ``Quantile([...])`` to the output of
        each quantile. None if the last `fit` did not calibrate.
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
        Name of the output activation.

    See Also
    --------
    MLPScratchClassifier : The same for classes.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986). Learning
       representations by back-propagating errors. Nature 323, 533–536.
    .. [2] D. P. Kingma, J. Ba (2015). Adam: a method for stochastic optimization.
       ICLR. arXiv:1412.6980.
    .. [3] R. Pascanu, T. Mikolov, Y. Bengio (2013). On the difficulty of training
       recurrent neural networks. ICML. arXiv:1211.5063.
    .. [4] N. Srivastava et al. (2014). Dropout: a simple way to prevent neural networks
       from overfitting. JMLR 15, 1929–1958.
    .. [5] B. T. Polyak, A. B. Juditsky (1992). Acceleration of stochastic approximation
       by averaging. SIAM Journal on Control and Optimization 30, 838–855.
    .. [6] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024). Better by default: strong
       pre-tuned MLPs and boosted trees on tabular data. NeurIPS 37. arXiv:2407.04491.
    .. [7] B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). Simple and scalable
       predictive uncertainty estimation using deep ensembles. NeurIPS 30.
       arXiv:1612.01474.
    .. [8] Y. Romano, E. Patterson, E. J. Candès (2019). Conformalized quantile
       regression. NeurIPS 32. arXiv:1905.03222.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import train_test_split
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sknn_scratch import MLPScratchRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> mlp = MLPScratchRegressor(
    ...     hidden_layer_sizes=20,
    ...     alpha=100,
    ...     learning_rate_init=0.05,
    ...     early_stopping=True,
    ...     random_state=0,
    ... )
    >>> model = make_pipeline(StandardScaler(), mlp).fit(X_train, y_train)
    >>> model.score(X_test, y_test)
    0.3...
    """

    _parameter_constraints: dict = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(LOSSES_OF_NUMBERS)), Loss],
        "output_activation": [StrOptions({"auto", *OUTPUTS})],
        "standardize_target": ["boolean"],
        "calibrate": ["boolean"],
    }

    def __init__(
        self,
        loss: str | Loss = "squared_error",
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
        output_activation: str = "auto",
        scoring: str | Callable[..., float] | None = None,
        average: bool | float = False,
        augment: Callable[[Any, np.random.RandomState], Any] | None = None,
        layer_rates: str | LayerRates = "constant",
        input_scale: float | None = None,
        output_init: str | Initializer = "auto",
        refit: bool = False,
        standardize_target: bool = False,
        ensemble: int | Sequence[Any] = 1,
        repeats: int | str = 1,
        linear: Any = None,
        calibrate: bool = False,
    ) -> None:
        self.loss = loss
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
        self.output_activation = output_activation
        self.scoring = scoring
        self.average = average
        self.augment = augment
        self.layer_rates = layer_rates
        self.input_scale = input_scale
        self.output_init = output_init
        self.refit = refit
        self.standardize_target = standardize_target
        self.ensemble = ensemble
        self.repeats = repeats
        self.linear = linear
        self.calibrate = calibrate

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        positive = self.loss in ("poisson", "gamma")
        tags.target_tags.positive_only = positive or isinstance(
            self.loss, Poisson | Gamma
        )
        return tags

    def _loss_of(self, target):
        loss = make(LOSSES_OF_NUMBERS, self.loss)
        if loss.for_classification:
            raise ValueError(
                f"loss must be a regression loss; got {self.loss!r}, a classification "
                f"loss. Choose one of {sorted(LOSSES_OF_NUMBERS)}."
            )
        if self.calibrate and not isinstance(loss, Gaussian | Quantiles):
            raise ValueError(
                "calibrate=True requires a loss with prediction intervals; got "
                f"loss={self.loss!r}. Set loss='gaussian' or loss=Quantile([0.05, "
                "0.5, 0.95]), or calibrate=False."
            )
        if self.output_activation in ("auto", loss.out_activation):
            return loss
        if loss.out_activation != "identity":
            fixed = (
                f" or {loss.out_activation!r}" if loss.out_activation in OUTPUTS else ""
            )
            raise ValueError(
                f"output_activation must be 'auto'{fixed} with loss={self.loss!r}; got "
                f"{self.output_activation!r}."
            )
        return ActivatedLoss(loss, self.output_activation)

    @property
    def _validates_together(self):
        return self.calibrate or super()._validates_together

    def _calibration_of(self, problem, trained):
        """Return what to add to the raw outputs, or None."""
        if not self.calibrate:
            return None
        repeats = list(validated_together(trained))
        raws, targets = zip(*means_to_validate(repeats), strict=True)
        return conformal_shift(
            problem.loss,
            np.concatenate(raws),
            np.concatenate(targets),
            weights_to_validate(repeats),
        )

    def _calibrate_outputs(self, network, calibration, scale):
        if calibration is not None:
            network.shift_outputs(calibration)
        super()._calibrate_outputs(network, None, scale)

    def _attributes_of_calibration(self, calibration, call):
        if call.request.is_partial:
            return {"calibration_": call.past.attributes.get("calibration_")}
        if calibration is not None:
            n_each = call.problem.loss.raw_per_target
            calibration = calibration.reshape(n_each, -1)
        return {"calibration_": calibration}

    def _target_of(self, y, dtype, sample_weight, request, past):
        _check_numbers(y, dtype)
        if past.model is None:
            return self._first_target(y, sample_weight)
        # A single column would be broadcast to all outputs.
        n_outputs, n_columns = self.n_outputs_, y[:1].size
        if n_columns != n_outputs:
            raise ValueError(
                "y must have the same number of columns as in the first call, "
                f"{n_outputs}; got {n_columns}. Pass all targets, or fit a new "
                "estimator."
            )
        target = past.model.target
        if self.standardize_target != (target is not None):
            raise ValueError(
                "warm_start and partial_fit continue the fitted network: "
                f"standardize_target must stay {target is not None}; got "
                f"{self.standardize_target}. Restore the parameters, or fit with "
                "warm_start=False to train a new model."
            )
        return target and target.updated(y, sample_weight)

    def _first_target(self, y, sample_weight):
        """Return how targets are scaled, or None."""
        if not self.standardize_target:
            return None
        activation = self._loss_of(None).out_activation
        if activation not in _UNBOUNDED:
            raise ValueError(
                "standardize_target=True requires an output without bounds; got the "
                f"output activation {activation!r}. Set standardize_target=False, or "
                "choose another loss or output_activation."
            )
        return ScaledTarget(y, sample_weight)

    def _remedy_for_target(self, loss):
        if loss.out_activation in _UNBOUNDED:
            return "set standardize_target=True"
        return "divide it by a constant, if that makes sense for your loss"

    def _check_validation_target(self, target, y, y_train, dtype):
        if y.shape[1:] != y_train.shape[1:]:
            raise ValueError(
                "y must have the same number of columns as the training target; got "
                f"shapes {y.shape} and {y_train.shape}."
            )
        _check_numbers(y, dtype)

    def _encode(self, target, X, y, sample_weight, y_train):
        """Return the samples with target columns."""
        if target is not None:
            y = target.encode(y)
        columns = np.ascontiguousarray(y.T, dtype=X.dtype).reshape(-1, len(y))
        return TrainingSet(X, columns, sample_weight=sample_weight)

    def _predict_raw(self, raw):
        super()._predict_raw(raw)
        target = self.model_.target
        if target is None:
            return
        n_outputs = self.n_outputs_
        if not self._predicts_quantiles:
            target.decode(raw[:, :n_outputs], raw[:, n_outputs:])
            return
        for start in range(0, raw.shape[1], n_outputs):
            target.decode(raw[:, start : start + n_outputs], raw[:, :0])

    @property
    def _predicts_quantiles(self):
        """Whether there are several predictions of each target, all quantiles."""
        return self.model_.loss.out_activation == "quantiles"

    def _score_of(self, problem, y, sample_weight):
        def decide(raw):
            raw = raw.copy()
            problem.loss.predict(raw)
            return raw

        n_outputs = y.shape[1]
        start = problem.loss.central * n_outputs
        mean = np.average(y, axis=0, weights=sample_weight)
        # A power of two changes no bit, and keeps squares of large numbers finite.
        _, exponent = np.frexp(np.abs(y - mean).max(axis=0))
        unit = np.ldexp(y.dtype.type(0.5), exponent)

        def r2(network, decisions):
            error = (y - decisions[:, start : start + n_outputs]) / unit
            residual = np.average(error**2, axis=0, weights=sample_weight)
            deviation = (y - mean) / unit
            spread = np.average(deviation**2, axis=0, weights=sample_weight)
            # As r2_score has it, a constant target is either met exactly or missed.
            constant = spread == 0
            r2 = 1 - residual / np.where(constant, 1, spread)
            score = np.where(constant, residual == 0, r2).mean()
            # Errors may be too large for the square of a float, and are no worse then.
            return max(score, np.finfo(score.dtype).min)

        return Score(decide, r2)

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
        """Fit the network to samples with known targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples. float32 is trained in float32, all else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples for early stopping to validate with, instead of holding out a part
            of X. ``Pipeline(..., transform_input=["X_val"])`` transforms them like X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their targets. Where y is scaled, scale them alike;
            TransformedTargetRegressor leaves them as they are.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights; 1 if not given.
        coefs_init : list of array-like, each of shape (n_inputs, n_units), default=None
            Weights to start from, one array a layer; those of `weight_init`, or with
            `warm_start` of the last fit, if not given.
        intercepts_init : list of array-like, each of shape (n_units,), default=None
            Biases to start from, likewise.

        Returns
        -------
        self : MLPScratchRegressor
            The fitted estimator. If an exception is raised, it is as it was before.
        """
        validation = X_val, y_val, sample_weight_val
        start = coefs_init, intercepts_init
        return self._fit(Request(X, y, sample_weight, *validation, start=start))

    @available_if(is_stochastic)
    def partial_fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch on the given samples.

        k calls on the same samples do what one `fit` of k epochs does.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the samples; 1 if not given.

        Returns
        -------
        self : MLPScratchRegressor
            The estimator.
        """
        return self._fit(Request(X, y, sample_weight, is_partial=True))

    @overload
    def predict(self, X: Any, return_std: Literal[False] = False) -> np.ndarray: ...
    @overload
    def predict(
        self, X: Any, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...
    def predict(
        self, X: Any, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict the target.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        return_std : bool, default=False
            Whether to return the standard deviation of the target, too; only a network
            trained with loss='gaussian' knows it.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions, in the precision the network was trained in. With
            ``loss=Quantile([...])`` they have one more dimension, the last, for the
            quantiles, in ascending order.
        y_std : ndarray of the same shape
            Standard deviations, only with ``return_std=True``.
        """
        raw = self._raw(X)
        if return_std and self.model_.loss.out_activation != "mean_and_std":
            raise ValueError(
                "return_std=True requires a network trained with loss='gaussian'; got "
                f"loss={self.model_.loss}. Set return_std=False, or fit with "
                "loss='gaussian'."
            )
        self._predict_raw(raw)
        n_outputs = self.n_outputs_
        if self._predicts_quantiles:
            by_quantile = raw.reshape(len(raw), -1, n_outputs)
            y = np.ascontiguousarray(by_quantile.transpose(0, 2, 1))
            return y[:, 0] if n_outputs == 1 else y
        parts = raw[:, :n_outputs], raw[:, n_outputs:]
        if n_outputs == 1:
            y, std = (part.ravel() for part in parts)
        else:
            y, std = map(np.ascontiguousarray, parts)
        return (y, std) if return_std else y

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return R², the coefficient of determination, of the predictions.

        Of several quantiles, the one nearest to the median is the prediction.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples; 1 if not given.

        Returns
        -------
        score : float
            The mean over the outputs; 1 for perfect predictions, and 0 for the mean of
            the targets.
        """
        predicted = self.predict(X)
        if self._predicts_quantiles:
            predicted = predicted[..., self.model_.loss.central]
        return r2_score(y, predicted, sample_weight=sample_weight)
