"""Multi-layer perceptron for regression."""

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

    Trains a feed-forward neural network by back-propagation [1]_. It minimizes the mean
    loss with a penalty on the weights:

        J = 1/(Σ s_i) · [ Σ_i s_i L(x_i, y_i) + α P(W) ]

    Here s_i are the sample weights, L is `loss`, α is `alpha`, ρ is `l1_ratio`, and
    P(W) = (1 − ρ)/2 ‖W‖² + ρ ‖W‖₁ is the penalty on the weights.

    The parameters of :class:`sklearn.neural_network.MLPRegressor` have the same names
    and defaults here, and the results for the same `random_state` are the same.
    :doc:`/differences` lists the exceptions.

    Parameters
    ----------
    loss : str or Loss, default='squared_error'
        Loss function, which determines what is predicted: mean, median or quantile.

        - 'squared_error': half the squared error; predicts the mean.
        - 'absolute_error': the absolute error; predicts the median.
        - 'huber': half the squared error up to an error of 1, linear beyond; robust to
          outliers.
        - 'quantile': the pinball loss of the median.
        - 'poisson', 'gamma': half the Poisson deviance, for y >= 0, or half the gamma
          deviance, for y > 0. The prediction is exp(raw output).
        - 'gaussian': the negative log-likelihood of a normal distribution. Mean and
          variance are learned together, and ``predict(X, return_std=True)`` returns
          the mean and the standard deviation.

        For other settings, pass an instance of a class in
        :mod:`sknn_scratch.engine.losses`, such as ``Quantile(0.9)`` or
        ``Huber(delta=0.5)``. ``Quantile([0.05, 0.5, 0.95])`` predicts several quantiles
        with one network, in ascending order for any X. The loss is the sum of the
        pinball losses.

        For several targets, training minimizes the sum of their losses, and
        `loss_curve_` is the mean over the targets, as in scikit-learn.
    hidden_layer_sizes : int, Layer or sequence of these, default=(100,)
        Sizes of the hidden layers, or layers of other kinds. An int is the number of
        units of a dense layer, which is followed by `activation` and `dropout`. Other
        layers are instances of the classes in :mod:`sknn_scratch.layers`, which may
        contain ints: ``[Residual([64, 64]), LayerNorm(), 32]``. An empty sequence gives
        a linear model. Networks for images begin with `Reshape` and `Conv2D`, networks
        for sequences with `Reshape` and `LSTM`. See :doc:`/guide/layers`.
    activation : str, Activation or list of these, default='relu'
        Activation function of the hidden layers. One of 'identity', 'logistic' (1 / (1
        + exp(−x))), 'tanh', 'relu' (max(0, x)), 'leaky_relu', 'elu', 'selu',
        'softplus', 'gelu', 'silu' and 'mish', or an instance of a class in
        :mod:`sknn_scratch.engine.activations` with settings, such as
        ``LeakyReLU(slope=0.2)``. It follows each int in `hidden_layer_sizes`, and each
        `Conv2D` that is not followed by an activation. A list has one activation for
        each of these ints and `Conv2D` layers, including those inside other layers.
    solver : {'lbfgs', 'sgd', 'adam', 'adamw', 'nadam', 'rmsprop'} or Optimizer, \
default='adam'
        Optimization algorithm: a stochastic gradient method or L-BFGS. 'sgd' is
        stochastic gradient descent with momentum. 'adam' [2]_, 'adamw', 'nadam' and
        'rmsprop' are stochastic methods with adaptive step sizes. 'lbfgs' is L-BFGS on
        the whole training set. 'adam' is a good first choice. On small
        training sets 'lbfgs' can be better, with an `alpha` of 1 or more.

        For other settings, pass an instance of a class in
        :mod:`sknn_scratch.engine.optimizers`, such as ``AdamW(weight_decay=0.1)``,
        which is best combined with ``alpha=0``. `momentum`, `nesterovs_momentum`,
        `beta_1`, `beta_2` and `epsilon` are then ignored.
    alpha : float >= 0, default=0.0001
        Strength α of the penalty on the weights: L2 by default, see `l1_ratio`. As in
        scikit-learn, it is divided by the number of samples in the batch.
    batch_size : int >= 1, float in (0, 1) or 'auto', default='auto'
        Number of samples in a mini-batch. 'auto' is min(200, n_samples). A float is a
        fraction of n_samples, limited to 200 samples. Ignored by 'lbfgs'.
    learning_rate : str or Schedule, default='constant'
        Learning-rate schedule: how the rate changes during training. Ignored by
        'lbfgs'.

        - 'constant': `learning_rate_init` in all steps.
        - 'invscaling': `learning_rate_init` / (t + 1) ** `power_t` after t samples.
          Only for 'sgd'; with other solvers the rate is constant, as in scikit-learn.
        - 'adaptive': the rate is divided by 5 each time the patience `n_iter_no_change`
          is exhausted. Training stops instead if the rate is already 1e-6 or lower.
        - 'linear', 'cosine', 'exponential': the rate decays after each step. After
          `max_iter` epochs it is 0, or with 'exponential' 1 % of `learning_rate_init`.
        - 'one_cycle': the rate rises to `learning_rate_init` in the first 30 % of the
          steps, then decays like 'cosine'.
        - 'cos_log': four cosine cycles, each twice as long as the one before.

        For other settings, pass an instance of a class in
        :mod:`sknn_scratch.engine.schedules`, such as ``Cosine(warmup=0.1)``.
    learning_rate_init : float > 0, default=0.001
        Initial learning rate, or the highest one if the schedule has a warm-up. Ignored
        by 'lbfgs'.
    power_t : float >= 0, default=0.5
        Exponent of ``learning_rate='invscaling'``.
    max_iter : int >= 1, default=200
        Maximum number of epochs, or of iterations of 'lbfgs'.
    shuffle : bool, default=True
        Whether to shuffle the samples before each epoch. Ignored by 'lbfgs'.
    random_state : int, RandomState instance or None, default=None
        Seed or generator of the random numbers. It determines the initial weights, the
        validation set, the order of the samples, dropout and augmentation. Pass an int
        for reproducible results.
    tol : float >= 0, default=1e-4
        Minimum improvement of the training loss or, with early stopping, of the
        validation score. An epoch with a smaller improvement counts towards
        `n_iter_no_change`. Without early stopping, 'lbfgs' has converged when the
        largest absolute entry of the gradient is at most `tol`.
    verbose : bool or int, default=False
        Whether to print one line per epoch.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous fit.
    momentum : float in [0, 1], default=0.9
        Momentum of ``solver='sgd'``. Ignored by other solvers.
    nesterovs_momentum : bool, default=True
        Whether to use Nesterov's momentum with ``solver='sgd'``. Ignored by other
        solvers.
    early_stopping : bool, default=False
        Whether to stop when the score on a validation set no longer improves.
        `validation_fraction` of the samples with positive weight are held out at
        random, unless `fit` is given `X_val` and `y_val`. The fitted weights are those
        of the best epoch, unless `refit` is True. Not available in `partial_fit`.
    validation_fraction : float in (0, 1), default=0.1
        Fraction of the samples in the validation set of early stopping. Ignored without
        early stopping, and if `fit` is given `X_val` and `y_val`.
    beta_1 : float in [0, 1), default=0.9
        Decay rate of the first moment in Adam. Used by 'adam', 'adamw' and 'nadam'.
    beta_2 : float in [0, 1), default=0.999
        Decay rate of the second moment in Adam. Used by 'adam', 'adamw' and 'nadam'.
    epsilon : float > 0, default=1e-8
        Constant that prevents division by zero. Used by 'adam', 'adamw', 'nadam' and
        'rmsprop'.
    n_iter_no_change : int >= 1 or inf, default=10
        Patience: maximum number of consecutive epochs without an improvement of at
        least `tol`. Training stops when this number is exceeded. inf disables this
        criterion. If training ends at `max_iter`, there is a ConvergenceWarning, as in
        scikit-learn, but not with the schedules that end there, such as 'cosine'.
        Ignored by 'lbfgs' without early stopping.
    max_fun : int >= 1, default=15000
        Maximum number of evaluations of the objective by 'lbfgs'. Ignored by other
        solvers.
    weight_init : str or Initializer, default='auto'
        Initial weights of the layers. 'auto' draws weights and biases uniformly between
        ±√(f / (fan_in + fan_out)), as scikit-learn does, with f = 2 for the activation
        'logistic' and f = 6 for all others. The other names are 'glorot_uniform',
        'glorot_normal', 'he_uniform', 'he_normal', 'lecun_uniform', 'lecun_normal',
        'orthogonal', 'normal' (standard normal) and 'zeros'. It may also be an instance
        of a class in :mod:`sknn_scratch.engine.initializers`. A layer with its own
        initializer, such as ``Dense(32, weight_init='zeros')``, uses that one instead.
    l1_ratio : float in [0, 1], default=0.0
        Proportion ρ of the L1 penalty: 0 for L2, 1 for L1. The L1 penalty moves small
        weights close to 0, but not exactly to 0.
    clip_norm : float > 0 or None, default=None
        Maximum norm of the gradient (gradient clipping). If the Euclidean norm of the
        gradient with respect to all parameters is larger, the gradient is rescaled to
        this norm [3]_. This limits the effect of outliers. None disables clipping.
        Ignored by 'lbfgs'.
    dropout : float in [0, 1) or list of float, default=0.0
        Dropout rate of the hidden units. It is the probability that a unit is left out
        of a training step [4]_, rounded to a multiple of 1/256. A number applies to
        each int in `hidden_layer_sizes`; a list has one rate for each of them,
        including those inside other layers. After other layers, insert the layer
        `Dropout`. `loss_curve_` is computed with dropout. Not available with 'lbfgs'.
    input_dropout : float in [0, 1), default=0.0
        Dropout rate of the input features. Not available with 'lbfgs'.
    output_activation : {'auto', 'identity', 'logistic', 'tanh', 'exp', 'softplus'}, \
default='auto'
        Activation function of the output layer. 'auto' is 'exp' for the losses
        'poisson' and 'gamma', and 'identity' for the others. With the other losses,
        'logistic' restricts the predictions to [0, 1], 'tanh' to [−1, 1], and 'exp' and
        'softplus' to positive numbers. The targets must be in the same range. Must be
        'auto' with 'gaussian' and with several quantiles.
    scoring : None, 'loss', str or callable, default=None
        Score that early stopping monitors. None is R². 'loss' is the negative loss on
        the validation set, without the penalty. Other values are the name of a scorer
        or a callable ``scorer(estimator, X, y)``, as for
        :func:`sklearn.metrics.check_scoring`. The scorer gets the sample weights
        of the validation set, if there are any. Its X is an array, even if `fit` was
        given a data frame.
    average : bool or float in (0, 1), default=False
        Whether to average the weights over the training steps [5]_. The averaged
        weights are the fitted weights, and early stopping validates them. A float is
        the decay of an exponential moving average: ``0.99`` averages roughly the last
        100 steps. True gives all steps equal weight, including the first ones, so
        training must continue long after the loss has become low; after a short
        training the model is much worse. `loss_curve_` is the loss of the current
        weights, without averaging. `partial_fit` continues from the current weights.
        Not available with 'lbfgs'.
    augment : callable or None, default=None
        Function for data augmentation, ``augment(X_batch, random_state)``. It is called
        for each mini-batch with its input and a RandomState, and returns the input to
        train on, of the same shape: for example, images shifted by a pixel. It may
        overwrite `X_batch`. Not available with 'lbfgs'.
    layer_rates : {'constant', 'fan_in'} or LayerRates, default='constant'
        Learning-rate multipliers of the layers. 'fan_in' multiplies the rate of a
        layer's weights by 1 / √fan_in and the rate of all biases by 0.1, as in RealMLP
        [6]_. The best learning rate then depends less on the width of the layers; see
        :class:`~sknn_scratch.engine.rates.FanInRates`. For other settings, pass an
        instance of a class in :mod:`sknn_scratch.engine.rates`, such as
        ``FanInRates(biases=1)``. Ignored by 'lbfgs'.
    input_scale : float > 0 or None, default=None
        Learning-rate multiplier of trainable feature scales. Each feature is multiplied
        by a scale that is trained together with the weights of the first layer, so that
        informative features get larger steps [6]_. `coefs_` contains the products of
        scales and weights, and `alpha` penalizes these products. None trains without
        such scales. The first layer must be an int or `Dense`. Not available with
        'lbfgs'.
    output_init : str or Initializer, default='auto'
        Initial weights of the output layer. It accepts the same values as
        `weight_init`; 'auto' uses `weight_init`. With 'zeros', the initial prediction
        is the same for all samples.
    refit : bool, default=False
        Whether to train again on all samples after early stopping. The second training
        includes the validation set, and runs for the number of epochs that was best in
        the first. It needs up to twice the time, and helps most with few samples. The
        curves, the scores and the callbacks are those of the first training. Requires
        `early_stopping`, without `X_val`. Not available with 'lbfgs'.
    standardize_target : bool, default=False
        Whether to standardize the target for training. Predictions are scaled back.
        Mean and variance are weighted by `sample_weight` and computed from all samples
        of `fit`, or of the first call of `partial_fit`. Later calls of `partial_fit`
        update them while a target is constant or fewer than 10 samples have been seen.
        The loss curves and the delta of ``Huber(delta)`` refer to the standardized
        target. Available for 'gaussian', for several quantiles, and for losses whose
        output activation is the identity.
    ensemble : int or list of str, slice or array-like, default=1
        Number of networks in an ensemble, or a list of feature subsets. A list trains
        an ensemble over feature subsets, with one network for each entry. An entry is a
        regular expression that is searched for in the feature names, or a list of
        indices, a mask or a slice. The raw outputs of the members are averaged. With
        ``loss='gaussian'`` these are means and log variances, unlike in the deep
        ensemble of Lakshminarayanan et al. [7]_, which is a mixture of the predicted
        distributions and has a larger standard deviation where the members disagree.
        With several quantiles, one quantile and the increments to the others are
        averaged, so that the quantiles remain in ascending order.

        The fitted network is a single network with one `Parallel` layer, which has a
        branch for each member. Each member has its own random seed and its own
        validation set; with `calibrate` or `linear`, all members of a repeat share the
        validation set. `partial_fit` and `warm_start` continue all members. Callbacks
        see the first member only. `augment` gets batches with the features of the
        member that is being trained.
    repeats : int >= 1 or "auto", default=1
        Number of times to train the ensemble, with different validation sets. The
        initial weights differ, too. There are `repeats` times as many networks. "auto"
        is 2000 / n_samples, rounded down and limited to 1 to 5, because with few
        samples the result depends on the choice of the validation set. With "auto",
        `partial_fit` and `warm_start` continue the same number of networks as before.
    linear : str, slice, array-like or None, default=None
        Features of a linear model that is averaged with the networks. They are selected
        like an entry of `ensemble`. The linear model helps if the target depends
        linearly on features with heavy tails, which networks learn slowly. It is
        trained by L-BFGS with early stopping, and uses the same validation set as the
        networks of its repeat. Its weight, between 0 and 1, minimizes the sum of the
        loss on the validation set and a penalty on the square of the weight.
        Requires `early_stopping`. Not available with `warm_start` and `partial_fit`.
    calibrate : bool, default=False
        Whether to calibrate prediction intervals by split conformal prediction [8]_.
        With ``loss='gaussian'``, the standard deviation is multiplied by a factor, so
        that the central 90 % intervals contain 90 % of the validation set; the mean
        does not change. With ``Quantile([...])``, each quantile except the median is
        shifted until the right fraction of the validation set is below it, but not
        beyond the median. The sample weights are used, and only the biases of the last
        layer change. Requires `early_stopping`. A quantile q > 0.5 requires a
        validation set of at least 1 / (1 − q) − 1 samples, and a quantile 1 − q the
        same number: 19 for 0.95 and for 0.05.

        There is one calibration for the mean of an ensemble. With `repeats`, it is
        determined on the validation sets of all repeats together. The predictions for
        each set are the mean of the networks that were not trained on it. With `refit`,
        it is determined with the networks of the first training and applied to those of
        the second.

    Attributes
    ----------
    loss_ : float
        Loss of the last epoch.
    best_loss_ : float or None
        Lowest loss of all epochs. None with early stopping.
    loss_curve_ : list of float, of length n_epochs
        Loss of each epoch, including those of warm starts and previous calls of
        `partial_fit`.
    validation_scores_ : list of float or None
        Score on the validation set after each epoch; see `scoring`. None without early
        stopping.
    best_validation_score_ : float or None
        Highest validation score. It is that of the fitted weights, unless `refit` is
        True. None without early stopping.
    validation_loss_curve_ : list of float or None
        Mean loss on the validation set after each epoch, without the penalty. None
        without early stopping.
    learning_rate_curve_ : list of float, of length n_epochs
        Learning rate in the last step of each epoch. NaN for 'lbfgs'.
    best_epoch_ : int or None
        Epoch with the highest validation score, counted like `n_iter_`. 0 if a warm
        start has not improved the score. None without early stopping.
    stop_reason_ : str or None
        Reason why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged'
        or 'interrupted'; for 'lbfgs' also 'converged', 'max_fun' or 'line_search' (it
        found no lower loss). None after `partial_fit`.
    t_ : int
        Number of training samples processed. A sample counts once per epoch.
    calibration_ : ndarray of shape (n_raw, n_outputs) or None
        Constants added to the raw outputs by `calibrate`. With ``loss='gaussian'``,
        n_raw is 2, for the mean and the logarithm of the variance;
        ``np.exp(calibration_[1] / 2)`` is the factor on the standard deviation. With
        ``Quantile([...])``, n_raw is the number of quantiles. None without `calibrate`.
    linear_weight_ : float
        Weight of the linear model in the average. 0 without `linear`, or if the linear
        model did not lower the loss on the validation set.
    members_ : list of Member
        One named tuple for each network of the ensemble, or for the only one, with its
        `features`, `n_iter`, `stop_reason`, `loss`, `best_epoch`, `loss_curve` and the
        other curves. The attributes `n_iter_`, `loss_curve_` and so on of the estimator
        are those of the first network. The networks of a repeat are followed by its
        linear model, if its weight is positive.
    model_ : Model
        Object with the trained `network`, its `loss` and its `target`, for inspection.
    coefs_ : list of ndarray of shape (n_inputs, n_units)
        Weights of each layer that has weights, in order; for an ensemble, those of one
        network after another. The arrays are not copies: in-place changes modify the
        model.
    intercepts_ : list of ndarray of shape (n_units,)
        Biases of each layer, and the gains and shifts of `LayerNorm`. The arrays are
        not copies.
    n_features_in_ : int
        Number of features seen during `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features. Defined only if X had feature names that are all strings.
    n_iter_ : int
        Number of epochs of the last `fit`, plus one for each later `partial_fit`.
    n_layers_ : int
        Number of layers: the input, the entries of `hidden_layer_sizes`, and the
        output.
    n_outputs_ : int
        Number of outputs.
    n_parameters_ : int
        Number of trainable parameters.
    out_activation_ : str
        Name of the output activation.

    See Also
    --------
    MLPScratchClassifier : Multi-layer perceptron for classification.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986). Learning
       representations by back-propagating errors. Nature 323, 533–536.
    .. [2] D. P. Kingma, J. Ba (2015). Adam: a method for stochastic optimization. ICLR.
       arXiv:1412.6980.
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
        """Fit the network to samples and targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples. float32 is processed in float32, all other types in
            float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation set for early stopping, used instead of a part of X. In a
            pipeline, ``Pipeline(..., transform_input=["X_val"])`` transforms it like X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation set. If you scale y, scale them in the same way:
            TransformedTargetRegressor does not transform them.
        sample_weight_val : array-like of shape (n_val,), default=None
            Sample weights of the validation set. By default, all weights are 1.
        coefs_init : list of array-like, each of shape (n_inputs, n_units), default=None
            Initial weights, one array per layer. By default, `weight_init` determines
            them; with `warm_start`, they are those of the previous fit.
        intercepts_init : list of array-like, each of shape (n_units,), default=None
            Initial biases, one array per layer.

        Returns
        -------
        self : MLPScratchRegressor
            The fitted estimator. If an error is raised, it remains unchanged.

        Raises
        ------
        ValueError
            If a parameter is invalid, if parameters exclude each other, or if the data
            cannot be used for training.
        """
        validation = X_val, y_val, sample_weight_val
        start = coefs_init, intercepts_init
        return self._fit(Request(X, y, sample_weight, *validation, start=start))

    @available_if(is_stochastic)
    def partial_fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch on the given samples.

        With the same samples and the same int `random_state`, k calls give the same
        weights as k epochs of `fit`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.

        Returns
        -------
        self : MLPScratchRegressor
            The estimator. If an error is raised, it remains unchanged.

        Raises
        ------
        ValueError
            As in `fit`, or if `early_stopping`, `calibrate` or `linear` is set.
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
            Whether to return the standard deviation of the target, too. Requires
            ``loss='gaussian'``.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions, in the dtype of training. With ``loss=Quantile([...])``,
            they have one more axis at the end for the quantiles, in ascending order.
        y_std : ndarray of the same shape
            The standard deviations. Only returned if ``return_std=True``.

        Raises
        ------
        ValueError
            If `return_std` is True and the network was not trained with
            ``loss='gaussian'``, or if X does not have the features of `fit`.

        Examples
        --------
        Mean and standard deviation of a normal distribution for each sample:

        >>> from sklearn.datasets import load_diabetes
        >>> from sknn_scratch import MLPScratchRegressor
        >>> X, y = load_diabetes(return_X_y=True)
        >>> mlp = MLPScratchRegressor(
        ...     "gaussian", 20, standardize_target=True, learning_rate="cosine",
        ...     learning_rate_init=0.01, max_iter=50, random_state=0,
        ... ).fit(X, y)
        >>> mean, std = mlp.predict(X, return_std=True)
        >>> bool(0.9 < (abs(y - mean) < 2 * std).mean() < 1)
        True
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

        With several quantiles, R² is computed for the quantile nearest to the median.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The true targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.

        Returns
        -------
        score : float
            The mean of R² over the targets: 1 for perfect predictions, 0 for constant
            predictions of the mean.
        """
        predicted = self.predict(X)
        if self._predicts_quantiles:
            predicted = predicted[..., self.model_.loss.central]
        return r2_score(y, predicted, sample_weight=sample_weight)
