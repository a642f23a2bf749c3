"""Multi-layer perceptron for classification."""

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

    Trains a feed-forward neural network by back-propagation [1]_. By default, it
    minimizes the log loss (cross-entropy, the negative log-likelihood) with a penalty
    on the weights:

        J = 1/(Σ s_i) · [ −Σ_i s_i log p(y_i | x_i) + α P(W) ]

    Here s_i are the sample weights, α is `alpha`, ρ is `l1_ratio`, and P(W) = (1 − ρ)/2
    ‖W‖² + ρ ‖W‖₁ is the penalty on the weights. Targets may be binary, multiclass,
    multilabel, or several class targets (multiclass-multioutput).

    The parameters of :class:`sklearn.neural_network.MLPClassifier` have the same names
    and defaults here, and the results for the same `random_state` are the same.
    :doc:`/differences` lists the exceptions.

    Parameters
    ----------
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
        `validation_fraction` of the samples with positive weight are held out, unless
        `fit` is given `X_val` and `y_val`. The split is stratified by class, except for
        multilabel targets and several class targets. The fitted weights are those of
        the best epoch, unless `refit` is True. Not available in `partial_fit`.
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
    class_weight : dict, list of dict, 'balanced' or None, default=None
        Weights of the classes, ``{label: weight}``. They are multiplied by the sample
        weights. 'balanced' is n_samples / (n_classes · number of samples of the class).
        For multilabel targets, pass a list with one dict ``{0: weight, 1: weight}`` per
        label. For several class targets, pass a list with a dict, 'balanced' or None
        for each column of y; a sample gets the product of these weights.

        With class weights, `predict_proba` returns the probabilities for a population
        in which the class frequencies are multiplied by the weights. `calibrate` does
        not change that; see :doc:`/guide/imbalance`.
    label_smoothing : float in [0, 1), default=0.0
        Label-smoothing factor ε: the part of the target that is spread evenly over all
        classes [5]_. The targets of K classes become 1 − ε + ε/K for the true class and
        ε/K for the others. For two classes and for multilabel targets, they are 1 − ε/2
        and ε/2.
    loss : {'log_loss', 'squared_error', 'focal', 'ordinal'} or Loss, \
default='log_loss'
        Loss function: cross-entropy, squared error, focal or ordinal.

        - 'log_loss': the negative log-likelihood −log p, also called cross-entropy.
        - 'squared_error': half the squared error of the probabilities (Brier score),
          which is less sensitive to wrong labels.
        - 'focal': the log loss with less weight on samples that are already classified
          correctly [6]_.
        - 'ordinal': for three or more ordered classes, such as grades. It models the
          cumulative probabilities P(y > k) [7]_, and `predict` returns the median
          class, which minimizes the expected absolute error. If `y` is an ordered
          pandas categorical or a polars Enum, the classes have its order. Numbers are
          sorted. See :ref:`ordered-classes`.

        For other settings, pass an instance of a class in
        :mod:`sknn_scratch.engine.losses`, such as ``Focal(gamma=1.0)``.
    scoring : None, 'loss', str or callable, default=None
        Score that early stopping monitors. None is the accuracy, or for several class
        targets their mean accuracy. 'loss' is the negative loss on the validation set,
        with class weights and without the penalty. Other values are the name of a
        scorer or a callable ``scorer(estimator, X, y)``, as for
        :func:`sklearn.metrics.check_scoring`. The scorer gets the sample weights
        of the validation set, if there are any. Its X is an array, even if `fit` was
        given a data frame.
    average : bool or float in (0, 1), default=False
        Whether to average the weights over the training steps [8]_. The averaged
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
        [9]_. The best learning rate then depends less on the width of the layers; see
        :class:`~sknn_scratch.engine.rates.FanInRates`. For other settings, pass an
        instance of a class in :mod:`sknn_scratch.engine.rates`, such as
        ``FanInRates(biases=1)``. Ignored by 'lbfgs'.
    input_scale : float > 0 or None, default=None
        Learning-rate multiplier of trainable feature scales. Each feature is multiplied
        by a scale that is trained together with the weights of the first layer, so that
        informative features get larger steps [9]_. `coefs_` contains the products of
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
    calibrate : bool, default=False
        Whether to calibrate the probabilities by temperature scaling [10]_. After
        training, the raw outputs are divided by the temperature with the lowest log
        loss on the validation set. This log loss uses the sample weights and
        `class_weight`, and labels without smoothing. Predicted classes do not change,
        except with ``loss="ordinal"``. Requires `early_stopping`.

        There is one temperature for the mean of an ensemble. With `repeats`, it is
        determined on the validation sets of all repeats together. The predictions for
        each set are the mean of the networks that were not trained on it. With `refit`,
        it is determined with the networks of the first training and applied to those of
        the second. The weights of the last layer are divided, and `warm_start` and
        `partial_fit` continue from the divided weights.
    ensemble : int or list of str, slice or array-like, default=1
        Number of networks in an ensemble, or a list of feature subsets. A list trains
        an ensemble over feature subsets, with one network for each entry. An entry is a
        regular expression that is searched for in the feature names, or a list of
        indices, a mask or a slice. The logits of the members are averaged. The
        probabilities are therefore the normalized geometric mean of those of the
        members, unlike in the deep ensemble of Lakshminarayanan et al. [11]_, which
        averages the probabilities.

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

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,) or list of such arrays
        Class labels, sorted. With ``loss="ordinal"`` and an ordered categorical of
        three or more classes, they have the order of its categories. For several class
        targets, a list with one array for each.
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
        Highest validation score. It is that of the fitted weights, unless `refit` is
        True. None without early stopping.
    validation_loss_curve_ : list of float or None
        Mean loss on the validation set after each epoch, without the penalty and with
        smoothed labels if training uses them. None without early stopping.
    learning_rate_curve_ : list of float, of length n_epochs
        Learning rate in the last step of each epoch. NaN for 'lbfgs'.
    best_epoch_ : int or None
        Epoch with the highest validation score, counted like `n_iter_`. 0 if a warm
        start has not improved the score. None without early stopping.
    stop_reason_ : str or None
        Reason why training ended: 'no_improvement', 'max_iter', 'callback', 'diverged'
        or 'interrupted'; for 'lbfgs' also 'converged', 'max_fun' or 'line_search' (it
        found no lower loss). None after `partial_fit`.
    temperature_ : float or None
        Temperature by which the raw outputs are divided. None without `calibrate`.
    t_ : int
        Number of training samples processed. A sample counts once per epoch.
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
        Name of the output activation: 'softmax'; 'logistic' for two classes and
        multilabel targets; 'cumulative_logistic' for ``loss="ordinal"``. For several
        class targets, the names for each: 'softmax, logistic'.

    See Also
    --------
    MLPScratchRegressor : Multi-layer perceptron for regression.
    PerceptronClassifier : Linear classifier with a single layer.

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
    .. [5] C. Szegedy et al. (2016). Rethinking the Inception architecture for computer
       vision. CVPR. arXiv:1512.00567.
    .. [6] T.-Y. Lin et al. (2017). Focal loss for dense object detection. ICCV.
       arXiv:1708.02002.
    .. [7] P. McCullagh (1980). Regression models for ordinal data. Journal of the Royal
       Statistical Society B 42, 109–142.
    .. [8] B. T. Polyak, A. B. Juditsky (1992). Acceleration of stochastic approximation
       by averaging. SIAM Journal on Control and Optimization 30, 838–855.
    .. [9] D. Holzmüller, L. Grinsztajn, I. Steinwart (2024). Better by default: strong
       pre-tuned MLPs and boosted trees on tabular data. NeurIPS 37. arXiv:2407.04491.
    .. [10] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017). On calibration of modern
       neural networks. ICML. arXiv:1706.04599.
    .. [11] B. Lakshminarayanan, A. Pritzel, C. Blundell (2017). Simple and scalable
       predictive uncertainty estimation using deep ensembles. NeurIPS 30.
       arXiv:1612.01474.

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
        if not loss.for_classification:
            raise ValueError(
                f"loss must be a classification loss; got {loss!r}. Set "
                "for_classification = True in its class."
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
        """Return the decision scores, for thresholds and ranking metrics.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, the log-odds log p − log(1 − p) of `classes_[1]`. For
            multilabel targets, the log-odds of each label. For more than two classes,
            the probabilities, because the raw outputs of a softmax have an arbitrary
            offset in each sample, which would affect calibration and plots of decision
            boundaries. For several class targets, a list with the scores of each. With
            ``loss="ordinal"``, `predict` returns the median class, which may differ
            from the class with the highest score.
        """
        raw = self._raw(X)
        return self.model_.target.apply(_scores_of, raw)

    def score(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the accuracy: the fraction of samples that are predicted correctly.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The true labels. With multilabel or several class targets, a sample counts
            as correct only if all its labels are correct.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.

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
        """Fit the network to labeled samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples. float32 is processed in float32, all other types in
            float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels; for multilabel targets, a 0/1 indicator matrix; for several
            class targets, a matrix with one column of labels for each. The columns of a
            data frame, or of an array of dtype object, may have labels of different
            types.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation set for early stopping, used instead of a part of X. In a
            pipeline, ``Pipeline(..., transform_input=["X_val"])`` transforms it like X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Labels of the validation set.
        sample_weight_val : array-like of shape (n_val,), default=None
            Sample weights of the validation set. By default, all weights are 1. They
            are multiplied by `class_weight` for the loss.
        coefs_init : list of array-like, each of shape (n_inputs, n_units), default=None
            Initial weights, one array per layer. By default, `weight_init` determines
            them; with `warm_start`, they are those of the previous fit.
        intercepts_init : list of array-like, each of shape (n_units,), default=None
            Initial biases, one array per layer.

        Returns
        -------
        self : MLPScratchClassifier
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
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | Sequence[ArrayLike] | None = None,
    ) -> Self:
        """Train for one epoch on the given samples.

        With the same samples and the same int `random_state`, k calls give the same
        weights as k epochs of `fit`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The training samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels, as in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples, >= 0. By default, all weights are 1.
        classes : array-like of shape (n_classes,) or list of them, default=None
            All labels that will occur in any call. Required in the first call, optional
            in later ones. For several class targets, a list with the labels of each; a
            `y` of zeros and ones is then not multilabel, but has one target per column.

        Returns
        -------
        self : MLPScratchClassifier
            The estimator. If an error is raised, it remains unchanged.

        Raises
        ------
        ValueError
            As in `fit`, or if `early_stopping`, `calibrate`, `linear` or
            ``class_weight="balanced"`` is set.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from sknn_scratch import MLPScratchClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> mlp = MLPScratchClassifier(random_state=0)
        >>> for start in range(0, 1500, 500):
        ...     batch = slice(start, start + 500)
        ...     mlp = mlp.partial_fit(X[batch] / 16, y[batch], classes=range(10))
        >>> mlp.t_
        1500
        """
        request = Request(X, y, sample_weight, is_partial=True, classes=classes)
        return self._fit(request)


def _scores_of(target, raw):
    """Return the scores of one target, as `decision_function` does."""
    if target.kind == "multiclass":
        return probabilities_of(target, raw)
    return raw.ravel() if raw.shape[1] == 1 else raw
