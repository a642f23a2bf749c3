"""Layers in `hidden_layer_sizes`, converted to ONNX."""

import numpy as np
import pytest
from onnxruntime import InferenceSession
from skl2onnx import to_onnx
from small_networks import X, Y, small, small_regressor

import sknn_scratch.onnx  # noqa: F401
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
    Tanh,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class DoubledNorm(LayerNorm):
    """A layer that no converter supports."""

    def forward(self, x, own):
        return 2 * super().forward(x, own)


class DoubledTanh(Tanh):
    """An activation that no converter supports."""

    def forward(self, x, own):
        return 2 * super().forward(x, own)


LAYERS = [
    [6, LayerNorm(epsilon=0.01), 5],
    [LayerNorm()],
    [Residual([6, LayerNorm(), 5]), Residual([5])],
    [Parallel([[6, Dropout(0.5)], LayerNorm(), []], features=[[3, 0, 3], None, [1]])],
    [Parallel([6, [Dense(6, has_biases=False), Tanh()]], combine="mean"), Dropout(0.1)],
    [Chain([]), Residual([]), Chain([Chain([Dense(3)])])],
    [Reshape((2, 2)), Conv2D(3, 2), 5],
    [Reshape((2, 2, 1)), Conv2D(3, 2, padding="same"), MaxPool2D((2, 1)), Dense(5)],
    [8, Reshape((4, 2)), Conv2D(3, (1, 2), (3, 1), padding="same"), AveragePool2D(2)],
    [12, Reshape((4, 3)), LSTM(5, return_sequences=True), LSTM(3)],
    [Reshape((4, 1)), LSTM(5, return_sequences=True), Tanh(), AveragePool2D((3, 1))],
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ensemble", [1, 2])
@pytest.mark.parametrize("layers", LAYERS, ids=repr)
def test_layers(layers, ensemble, dtype):
    inputs = X.astype(dtype)
    settings = {"hidden_layer_sizes": layers, "ensemble": ensemble}
    classifier = small(**settings).fit(inputs, Y)
    regressor = small_regressor(**settings).fit(inputs, X[:, :2])
    for model, predict, options in (
        (classifier, classifier.predict_proba, {"zipmap": False}),
        (regressor, regressor.predict, None),
    ):
        converted = to_onnx(model, inputs[:1], options=options)
        session = InferenceSession(converted.SerializeToString())
        *_, found = session.run(None, {"X": inputs})
        assert found.dtype == dtype
        np.testing.assert_allclose(found, predict(inputs), rtol=1e-5, atol=1e-5)


def test_an_unknown_layer_cannot_be_converted():
    for layer in (DoubledNorm(), DoubledTanh()):
        model = small(hidden_layer_sizes=[layer]).fit(X, Y)
        with pytest.raises(ValueError, match=r"Layers must be .* got Doubled"):
            to_onnx(model, X[:1])
