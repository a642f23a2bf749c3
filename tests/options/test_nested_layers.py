"""Random compositions of layers: gradients, and independence of the samples."""

import numpy as np
import pytest
from scipy import sparse
from small_networks import X, Y, small, small_regressor

from sknn_scratch.engine.activations import ACTIVATIONS
from sknn_scratch.inspection import check_gradients
from sknn_scratch.layers import (
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    Dropout,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Reshape,
    Residual,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ZEROS = np.where(np.abs(X) < 0.4, 0, X)[::5]
LABELS = Y[::5]


def some_layers(rng, depth):
    return [some_layer(rng, depth) for _ in range(rng.integers(3))]


def some_layer(rng, depth):
    """Return a layer or a number; compositions down to a depth."""
    kinds = [_number, _dense, _activation, _dropout, _normalization, _image, _sequence]
    kinds += [_residual, _chain, _parallel, _mean] if depth else []
    return kinds[rng.integers(len(kinds))](rng, depth - 1)


def _number(rng, depth):
    return int(rng.integers(1, 6))


def _dense(rng, depth):
    return Dense(_number(rng, depth), has_biases=bool(rng.integers(2)))


def _activation(rng, depth):
    return list(ACTIVATIONS.values())[rng.integers(len(ACTIVATIONS))]()


def _dropout(rng, depth):
    return Dropout(float(rng.choice([0, 0.2, 0.5])))


def _normalization(rng, depth):
    return LayerNorm(float(rng.choice([1e-3, 0.1])))


def _residual(rng, depth):
    return Residual(some_layers(rng, depth))


def _chain(rng, depth):
    return Chain(some_layers(rng, depth))


def _parallel(rng, depth):
    branches = [some_layers(rng, depth), some_layer(rng, depth)]
    # The input has one value at least, whatever the layers before.
    return Parallel([*branches, []], [None, None, [0, 0]])


def _mean(rng, depth):
    n_units = _number(rng, depth)
    branches = [[*some_layers(rng, depth), n_units] for _ in range(rng.integers(1, 4))]
    return Parallel(branches, combine="mean")


def _image(rng, depth):
    """From a row to an image of 4 x 3 pixels and 2 channels, and back to a row."""
    convolutions = [
        Conv2D(2, int(rng.integers(1, 5)), padding="same"),
        Residual(
            [Conv2D(2, (int(rng.integers(1, 4)), 2), padding="same"), Dropout(0.2)]
        ),
        Conv2D(int(rng.integers(1, 4)), (2, 1), stride=(1, int(rng.integers(1, 3)))),
        rng.choice([MaxPool2D, AveragePool2D])((1, int(rng.integers(1, 3)))),
    ]
    chosen = [one for one in convolutions if rng.integers(2)]
    return Chain([Dense(24), Reshape((4, 3, 2)), *chosen, _number(rng, depth)])


def _sequence(rng, depth):
    cells = [
        LSTM(_number(rng, depth), return_sequences=True),
        LSTM(_number(rng, depth)),
    ]
    return Chain([Dense(12), Reshape((4, 3)), *cells[int(rng.integers(2)) :]])


@pytest.mark.parametrize("seed", range(30))
def test_random_compositions(seed):
    rng = np.random.default_rng(seed)
    settings = {
        "hidden_layer_sizes": [some_layer(rng, 2) for _ in range(3)],
        "activation": str(rng.choice(sorted(ACTIVATIONS))),
        "dropout": float(rng.choice([0, 0.25])),
        "alpha": 0.1,
        "max_iter": 2,
    }
    double = small(**settings).fit(ZEROS, LABELS)
    single = small(**settings).fit(ZEROS.astype(np.float32), LABELS)
    for model in (double, small_regressor(**settings)):
        assert check_gradients(model, ZEROS, LABELS, n_params=4), settings
    for model in (double, single):
        together = model.predict_proba(ZEROS)
        assert np.isfinite(together).all()
        given = sparse.csr_array(ZEROS)
        np.testing.assert_allclose(model.predict_proba(given), together, atol=1e-5)
        for i in (7, 3):  # in batches of other sizes than before
            alone = model.predict_proba(ZEROS[i : i + 1])
            np.testing.assert_allclose(alone, together[i : i + 1], atol=1e-5)
