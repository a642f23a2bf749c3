"""Estimators and pipelines to ONNX, for prediction without Python or this library.

Importing this module is all there is to do: it registers the three estimators with
skl2onnx, whose ``to_onnx`` then converts them like scikit-learn's own, alone or inside
a pipeline. Their options are those of a classifier of scikit-learn: ``zipmap``,
``raw_scores``, ``output_class_labels`` and ``nocl``.

Examples
--------
>>> import numpy as np
>>> from onnxruntime import InferenceSession
>>> from skl2onnx import to_onnx
>>> from sklearn.datasets import load_iris
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> import sknn_scratch.onnx
>>> from sknn_scratch import PerceptronClassifier
>>> X, y = load_iris(return_X_y=True)
>>> X = X.astype(np.float32)
>>> perceptron = PerceptronClassifier("log_loss", learning_rate="linear")
>>> model = make_pipeline(StandardScaler(), perceptron).fit(X, y)
>>> converted = to_onnx(model, X[:1], options={"zipmap": False})
>>> session = InferenceSession(converted.SerializeToString())
>>> labels, probabilities = session.run(None, {"X": X})
>>> bool((labels == model.predict(X)).all())
True
>>> np.allclose(probabilities, model.predict_proba(X), rtol=0, atol=1e-5)
True
"""

from math import sqrt

import numpy as np
from sklearn.utils.validation import check_is_fitted

try:
    from onnx import TensorProto, numpy_helper  # the package: imports are absolute
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import (
        DoubleTensorType,
        FloatTensorType,
        Int64TensorType,
        StringTensorType,
    )
    from skl2onnx.common.utils_classifier import get_label_classes
except ImportError as error:
    raise ImportError(
        "sknn_scratch.onnx needs skl2onnx. Install it: pip install skl2onnx."
    ) from error

from .engine.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    Activation,
    Identity,
    LeakyReLU,
    Logistic,
    Mish,
    Relu,
    SiLU,
    Softplus,
    Tanh,
)
from .engine.layers import Chain, Dense, LayerNorm, Parallel, Residual
from .engine.layers.chain import AsArray, Copy
from .engine.losses import Gaussian, LossOfErrors, LossOfMean
from .engine.outputs import OUTPUTS, Exp, LossOfOutput
from .estimators._mlp_classifier import MLPScratchClassifier
from .estimators._mlp_regressor import MLPScratchRegressor
from .estimators._perceptron import PerceptronClassifier

__all__ = []  # importing it is all


class _Graph:
    """Writes the nodes of one estimator, in the float type of its input."""

    def __init__(self, scope, operator, container):
        self._scope, self._container = scope, container
        double = isinstance(operator.inputs[0].type, DoubleTensorType)
        self.dtype = np.dtype(np.float64 if double else np.float32)
        self.float_type = TensorProto.DOUBLE if double else TensorProto.FLOAT

    def __call__(self, operation, *inputs, output=None, n_outputs=1, **attributes):
        """Add a node, and return the name of its output, or a list of several.

        Inputs are names, or numbers and arrays, which become constants.
        """
        names = [x if isinstance(x, str) else self._constant(x) for x in inputs]
        new = self._scope.get_unique_variable_name
        if output is None:
            output = [new(operation.lower()) for _ in range(n_outputs)]
            output = output[0] if n_outputs == 1 else output
        name = self._scope.get_unique_operator_name(operation)
        self._container.add_node(operation, names, output, name=name, **attributes)
        return output

    def _constant(self, values):
        """Add numbers, floats in the graph's type, or labels; return their name."""
        name = self._scope.get_unique_variable_name("constant")
        values = np.asarray(values)
        if values.dtype.kind in "OU":
            labels = [label.encode("utf-8") for label in values]
            shape = values.shape
            self._container.add_initializer(name, TensorProto.STRING, shape, labels)
            return name
        if values.dtype.kind == "f":
            # What is beyond float32 is infinite there.
            with np.errstate(over="ignore"):
                values = values.astype(self.dtype)
        tensor = numpy_helper.from_array(values)
        self._container.add_initializer(name, None, None, tensor)
        return name


# The activations consist of operations that onnxruntime has for both float types; it
# has Elu, Softplus, Gelu and Mish for float32 only.


def _elu(graph, z, elu):
    negative = graph("Sub", graph("Exp", graph("Min", z, 0.0)), 1.0)
    negative = graph("Mul", negative, float(elu.alpha))
    return graph("Mul", graph("Add", graph("Relu", z), negative), elu.scale)


def _softplus(graph, z, softplus=None):
    small = graph("Exp", graph("Neg", graph("Abs", z)))
    return graph("Add", graph("Relu", z), graph("Log", graph("Add", small, 1.0)))


def _gelu(graph, z, gelu):
    scaled = graph("Cast", graph("Mul", z, sqrt(0.5)), to=TensorProto.FLOAT)
    erf = graph("Cast", graph("Erf", scaled), to=graph.float_type)
    return graph("Mul", graph("Mul", z, 0.5), graph("Add", erf, 1.0))


def _bounded_exp(graph, z, overwrite, dtype):
    """Write exp, within the bounds that `overwrite` keeps it in at this precision."""
    bounds = np.array([[-np.inf, np.inf]], dtype)
    overwrite(bounds)
    low, high = bounds[0]
    return graph("Min", graph("Max", graph("Exp", z), low), high)


# What is converted is a method, so that a class which inherits it is, too, and one that
# overrides it is not.
_ACTIVATIONS = {
    Identity.activate: lambda graph, z, _: z,
    Logistic.activate: lambda graph, z, _: graph("Sigmoid", z),
    Tanh.activate: lambda graph, z, _: graph("Tanh", z),
    Relu.activate: lambda graph, z, _: graph("Relu", z),
    LeakyReLU.activate: lambda graph, z, leaky: graph(
        "Max", z, graph("Mul", z, float(leaky.slope))
    ),
    ELU.activate: _elu,
    Softplus.activate: _softplus,
    GELU.activate: _gelu,
    SiLU.activate: lambda graph, z, _: graph("Mul", z, graph("Sigmoid", z)),
    Mish.activate: lambda graph, z, _: graph(
        "Mul", z, graph("Tanh", _softplus(graph, z))
    ),
}


def _activate(graph, z, activation, dtype):
    """Write A(z) as a network of this dtype computes it."""
    activate = type(activation).activate
    if activate is Exp.activate:
        return _bounded_exp(graph, z, lambda b: activation.activate(b, None), dtype)
    if activate not in _ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {sorted(ACTIVATIONS)}, or have the `activate` "
            f"of one, to be converted to ONNX; got {activation!r}."
        )
    return _ACTIVATIONS[activate](graph, z, activation)


def _dense(graph, x, dense, own):
    output = graph("MatMul", x, own.weights)
    return graph("Add", output, own.biases) if dense.has_biases else output


def _layer_norm(graph, x, norm, own):
    # Means as products: ReduceMean takes its axes differently from opset 18 on.
    average = own.average[:, None]
    centered = graph("Sub", x, graph("MatMul", x, average))
    variance = graph("MatMul", graph("Mul", centered, centered), average)
    size = graph("Sqrt", graph("Add", variance, float(norm.epsilon)))
    scaled = graph("Mul", graph("Div", centered, size), own.gain)
    return graph("Add", scaled, own.shift)


def _chain(graph, x, chain, own):
    for step in own.steps:
        x = _layer(graph, x, step)
    return x


def _residual(graph, x, residual, own):
    return graph("Add", _layer(graph, x, own.inside), _layer(graph, x, own.past))


def _parallel(graph, x, parallel, own):
    outputs = []
    for step in own.branches:
        seen = x
        if step.features is not None:
            seen = graph("Gather", x, step.features, axis=1)
        outputs.append(_layer(graph, seen, step))
    if parallel.combine == "concatenate":
        return graph("Concat", *outputs, axis=1)
    return graph("Div", graph("Sum", *outputs), float(len(outputs)))


_LAYERS = {
    Dense.forward: _dense,
    LayerNorm.forward: _layer_norm,
    Chain.forward: _chain,
    Residual.forward: _residual,
    Parallel.forward: _parallel,
    AsArray.forward: lambda graph, x, *_: x,
    Copy.forward: lambda graph, x, *_: x,
}


def _layer(graph, x, own):
    """Write a layer, given its pass."""
    layer = own.layer
    if type(layer).forward is Activation.forward:
        return _activate(graph, x, layer, own.dtype)
    forward = type(layer).forward
    if forward not in _LAYERS:
        raise ValueError(
            f"Layers must be those of sknn_scratch.layers, or have the `forward` of "
            f"one, to be converted to ONNX; got {layer!r}."
        )
    return _LAYERS[forward](graph, x, layer, own)


def _raw(graph, operator):
    """Write the network, up to its raw outputs; those of σ are left out."""
    estimator = operator.raw_operator
    network = estimator.model_.network
    x = graph("Cast", operator.inputs[0].full_name, to=graph.float_type)
    raw = _layer(graph, x, network.bind(1))
    n_outputs = network.n_outputs // estimator.model_.loss.raw_per_target
    if n_outputs < network.n_outputs:
        raw = graph("Slice", raw, np.array([0]), np.array([n_outputs]), np.array([1]))
    return raw


def _is_multilabel(estimator):
    return estimator.model_.target.kind == "multilabel-indicator"


def _classifier_shapes(operator):
    """Set the types and shapes of labels and probabilities."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    labels, probabilities = operator.outputs
    n_samples = operator.inputs[0].get_first_dimension()
    n_classes = len(estimator.classes_)
    classes = get_label_classes(operator.scope_inst, estimator)
    shape = [n_samples, n_classes] if _is_multilabel(estimator) else [n_samples]
    strings = classes.dtype.kind in "OU"
    labels.set_type((StringTensorType if strings else Int64TensorType)(shape))
    probabilities.type.shape = [n_samples, n_classes]


def _convert_classifier(scope, operator, container):
    """Write `predict` and `predict_proba`, of which the loss is no part."""
    estimator = operator.raw_operator
    graph = _Graph(scope, operator, container)
    labels, probabilities = (output.full_name for output in operator.outputs)
    raw = _raw(graph, operator)
    multilabel = _is_multilabel(estimator)
    link = "Sigmoid"
    if multilabel:
        present = graph("Greater", raw, 0.0)
        graph("Cast", present, output=labels, to=TensorProto.INT64)
    else:
        if len(estimator.classes_) == 2:
            raw = graph("Concat", graph("Neg", raw), raw, axis=1)
        else:
            link = "Softmax"  # which of a single class is 1, as it has to be
        winner = graph("ArgMax", raw, axis=1, keepdims=0)
        classes = get_label_classes(scope, estimator)
        if classes.dtype.kind not in "OU":
            classes = classes.astype(np.int64)
        graph("Gather", classes, winner, output=labels)
    scores = container.get_options(estimator, {"raw_scores": False})["raw_scores"]
    # As in decision_function, which returns the probabilities of several classes.
    as_probabilities = link == "Softmax" and isinstance(estimator, MLPScratchClassifier)
    if scores and not as_probabilities:
        graph("Identity", raw, output=probabilities)
        return
    axis = {"axis": 1} if link == "Softmax" else {}
    tiny = np.finfo(graph.dtype).tiny  # as in predict_proba
    graph("Max", graph(link, raw, **axis), tiny, output=probabilities)


def _regressor_shapes(operator):
    """Set the shape of the predictions."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    n_samples = operator.inputs[0].get_first_dimension()
    double = isinstance(operator.inputs[0].type, DoubleTensorType)
    of_type = DoubleTensorType if double else FloatTensorType
    operator.outputs[0].set_type(of_type([n_samples, estimator.n_outputs_]))


def _convert_regressor(scope, operator, container):
    """Write `predict`."""
    loss, dtype = (
        operator.raw_operator.model_.loss,
        operator.raw_operator.model_.network.params.dtype,
    )
    graph = _Graph(scope, operator, container)
    predict = type(loss).predict
    raw = _raw(graph, operator)
    if predict in (LossOfErrors.predict, Gaussian.predict):
        output = raw
    elif predict is LossOfMean.predict:
        output = _bounded_exp(graph, raw, loss.predict, dtype)
    elif predict is LossOfOutput.predict:
        output = _activate(graph, raw, OUTPUTS[loss.name].activation, dtype)
    else:
        raise ValueError(
            "loss must be one of sknn_scratch.engine.losses, or have the `predict` of "
            f"one, to be converted to ONNX; got {loss!r}."
        )
    target = operator.raw_operator.model_.target
    if target is not None:
        output = graph("Mul", output, target.scale.astype(dtype))
        output = graph("Add", output, target.mean.astype(dtype))
    graph("Identity", output, output=operator.outputs[0].full_name)


_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "raw_scores": [True, False],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}

for _class in (MLPScratchClassifier, PerceptronClassifier):
    update_registered_converter(
        _class,
        f"SknnScratch{_class.__name__}",
        _classifier_shapes,
        _convert_classifier,
        options=_OPTIONS,
    )
update_registered_converter(
    MLPScratchRegressor,
    f"SknnScratch{MLPScratchRegressor.__name__}",
    _regressor_shapes,
    _convert_regressor,
)
