"""Initializers of weights and biases."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


@dataclass(frozen=True)
class Initializer:
    """Base class of initializers, which draw the weights and biases of a layer.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import Initializer
    >>> class Tiny(Initializer):
    ...     def draw(self, random_state, fan_in, fan_out):
    ...         weights = random_state.normal(0, 0.001, (fan_in, fan_out))
    ...         return weights, np.zeros(fan_out)
    >>> weights, biases = Tiny().draw(np.random.RandomState(0), 4, 3)
    >>> weights.shape, biases.tolist()
    ((4, 3), [0.0, 0.0, 0.0])
    """

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return initial weights and biases.

        Parameters
        ----------
        random_state : numpy.random.RandomState
            Source of random numbers; weights are drawn first.
        fan_in, fan_out : int
            Number of inputs and of units.

        Returns
        -------
        weights : ndarray of shape (fan_in, fan_out)
            Initial weights, copied into the network.
        biases : ndarray of shape (fan_out,)
            Initial biases, copied into the network.
        """
        raise NotImplementedError(f"{type(self).__name__} must define draw.")


@dataclass(frozen=True)
class GlorotUniform(Initializer):
    """Glorot (Xavier) uniform: ±√(f / (fan_in + fan_out)) for weights and biases.

    Glorot and Bengio (2010, Understanding the difficulty of training deep feedforward
    neural networks, AISTATS) derive the bound with f = 6 for weights, and use initial
    biases of zero. Random biases, and f = 2 for the logistic activation, are those of
    scikit-learn.

    Parameters
    ----------
    factor : float > 0, default=6.0
        f. ``weight_init="auto"`` uses the `glorot_factor` of the activation.

    Examples
    --------
    The bound is √(6 / 150) = 0.2:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import GlorotUniform
    >>> weights, biases = GlorotUniform().draw(np.random.RandomState(0), 100, 50)
    >>> round(float(weights.max()), 3), round(float(weights.min()), 3)
    (0.2, -0.2)
    >>> bool(biases.any())
    True
    """

    factor: float = 6.0

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw weights, then biases, from the same uniform distribution."""
        bound = np.sqrt(self.factor / (fan_in + fan_out))
        weights = random_state.uniform(-bound, bound, (fan_in, fan_out))
        return weights, random_state.uniform(-bound, bound, fan_out)


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Weights with mean 0 and a variance scaled by the layer size; zero biases.

    Attributes
    ----------
    numerator : float
        Numerator of the variance, which is divided by the fan.
    averages_fans : bool
        Whether the fan is fan_in + fan_out, to preserve the variance of activations and
        gradients. If not, it is fan_in, to preserve that of activations.
    uniform : bool
        Whether the distribution is uniform, within ±√3 standard deviations, or normal.
    """

    numerator: ClassVar[float]
    averages_fans: ClassVar[bool] = False
    uniform: ClassVar[bool] = False

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw the weights; the biases are 0 and use no random numbers."""
        fan = fan_in + fan_out if self.averages_fans else fan_in
        deviation = np.sqrt(self.numerator / fan)
        if self.uniform:
            bound = np.sqrt(3) * deviation
            weights = random_state.uniform(-bound, bound, (fan_in, fan_out))
        else:
            weights = random_state.normal(0, deviation, (fan_in, fan_out))
        return weights, np.zeros(fan_out)


@dataclass(frozen=True)
class GlorotNormal(VarianceScaling):
    """Glorot (Xavier) normal: N(0, 2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Examples
    --------
    The standard deviation is √(2 / 200) = 0.1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import GlorotNormal
    >>> weights, biases = GlorotNormal().draw(np.random.RandomState(0), 150, 50)
    >>> round(float(weights.std()), 2), bool(biases.any())
    (0.1, False)
    """

    numerator: ClassVar[float] = 2.0
    averages_fans: ClassVar[bool] = True


@dataclass(frozen=True)
class HeNormal(VarianceScaling):
    """He (Kaiming) normal: N(0, 2 / fan_in), for relu and its variants.

    He et al. (2015, arXiv 1502.01852).

    Examples
    --------
    The standard deviation is √(2 / 200) = 0.1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import HeNormal
    >>> weights, biases = HeNormal().draw(np.random.RandomState(0), 200, 50)
    >>> round(float(weights.std()), 2), bool(biases.any())
    (0.1, False)
    """

    numerator: ClassVar[float] = 2.0


@dataclass(frozen=True)
class HeUniform(HeNormal):
    """He (Kaiming) uniform: ±√(6 / fan_in), with the variance of He et al. (2015).

    Examples
    --------
    The bound is √(6 / 600) = 0.1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import HeUniform
    >>> weights, biases = HeUniform().draw(np.random.RandomState(0), 600, 50)
    >>> round(float(weights.max()), 2), bool(biases.any())
    (0.1, False)
    """

    uniform: ClassVar[bool] = True


@dataclass(frozen=True)
class LecunNormal(VarianceScaling):
    """LeCun normal: N(0, 1 / fan_in), for tanh and selu.

    LeCun et al. (1998, Efficient BackProp).

    Examples
    --------
    The standard deviation is √(1 / 100) = 0.1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import LecunNormal
    >>> weights, biases = LecunNormal().draw(np.random.RandomState(0), 100, 50)
    >>> round(float(weights.std()), 2), bool(biases.any())
    (0.1, False)
    """

    numerator: ClassVar[float] = 1.0


@dataclass(frozen=True)
class LecunUniform(LecunNormal):
    """LeCun uniform: ±√(3 / fan_in), with the variance of LeCun et al. (1998).

    Examples
    --------
    The bound is √(3 / 300) = 0.1:

    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import LecunUniform
    >>> weights, biases = LecunUniform().draw(np.random.RandomState(0), 300, 50)
    >>> round(float(weights.max()), 2), bool(biases.any())
    (0.1, False)
    """

    uniform: ClassVar[bool] = True


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Orthogonal weights and zero biases.

    With ``gain=1``, the rows of W are orthonormal if fan_in <= fan_out, else the
    columns. If fan_in <= fan_out, x W then has the norm of x (Saxe, McClelland and
    Ganguli, 2014, arXiv 1312.6120). Otherwise x W is the projection of x onto a random
    subspace, and its squared norm is on average fan_out / fan_in times that of x.

    Parameters
    ----------
    gain : float > 0, default=1.0
        Scale factor for all weights.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import Orthogonal
    >>> weights, biases = Orthogonal().draw(np.random.RandomState(0), 5, 3)
    >>> bool(np.allclose(weights.T @ weights, np.eye(3)))
    True
    """

    gain: float = 1.0

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Orthogonalize standard normal vectors."""
        shape = max(fan_in, fan_out), min(fan_in, fan_out)
        q, r = np.linalg.qr(random_state.standard_normal(shape))
        # The signs make the distribution of the rotations uniform.
        q *= self.gain * np.sign(np.diagonal(r))
        return q if fan_in >= fan_out else q.T, np.zeros(fan_out)


@dataclass(frozen=True)
class Normal(Initializer):
    """Standard normal weights and biases.

    With these weights, units with a bounded activation, such as tanh, are saturated at
    the start if they have many inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import Normal
    >>> weights, biases = Normal().draw(np.random.RandomState(0), 200, 50)
    >>> round(float(weights.std()), 1), bool(biases.any())
    (1.0, True)
    """

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw from N(0, 1)."""
        weights = random_state.standard_normal((fan_in, fan_out))
        return weights, random_state.standard_normal(fan_out)


@dataclass(frozen=True)
class Zeros(Initializer):
    """Zero weights and biases, for a single layer.

    In a hidden layer, all units would remain equal.

    Examples
    --------
    >>> import numpy as np
    >>> from sknn_scratch.engine.initializers import Zeros
    >>> weights, biases = Zeros().draw(np.random.RandomState(0), 2, 3)
    >>> weights.tolist(), biases.tolist()
    ([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [0.0, 0.0, 0.0])
    """

    def draw(
        self, random_state: np.random.RandomState, fan_in: int, fan_out: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return zeros."""
        return np.zeros((fan_in, fan_out)), np.zeros(fan_out)


INITIALIZERS: dict[str, type[Initializer]] = {
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
    "orthogonal": Orthogonal,
    "normal": Normal,
    "zeros": Zeros,
}


def check_initializer(weight_init: Any) -> None:
    """Raise a ValueError if a value is not an initializer.

    Parameters
    ----------
    weight_init : Initializer or str, or None
        Initializer of a layer.
    """
    named = isinstance(weight_init, str) and weight_init in INITIALIZERS
    if not (named or isinstance(weight_init, Initializer | None)):
        raise ValueError(
            f"weight_init of a layer must be one of {sorted(INITIALIZERS)}, an "
            f"instance of Initializer, or None; got {weight_init!r}."
        )


def drawn(
    weight_init: Initializer | str | None,
    random_state: np.random.RandomState,
    shape: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights and biases of a layer.

    Parameters
    ----------
    weight_init : Initializer or str, or None
        Initializer; None for `GlorotUniform`.
    random_state : numpy.random.RandomState
        Source of random numbers.
    shape : tuple of two int
        Number of inputs and of outputs.

    Returns
    -------
    weights : ndarray of shape `shape`
        The weights.
    biases : ndarray of shape (n_outputs,)
        The biases.
    """
    initializer = weight_init or GlorotUniform()
    if isinstance(initializer, str):
        initializer = INITIALIZERS[initializer]()
    n_inputs, n_outputs = shape
    return initializer.draw(random_state, n_inputs, n_outputs)
