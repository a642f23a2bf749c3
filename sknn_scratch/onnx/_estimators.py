"""Estimators as operations of ONNX."""

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.common.utils_classifier import get_label_classes
from sklearn.utils.validation import check_is_fitted

from ..engine.losses import Gaussian, LossOfErrors, LossOfMean
from ..engine.outputs import OUTPUTS, LossOfOutput
from ..estimators._mlp_classifier import MLPScratchClassifier
from ._graph import Graph
from ._layers import activate, bounded_exp, layer_output


def classifier_shapes(operator):
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


def convert_classifier(scope, operator, container):
    """Write `predict` and `predict_proba`, of which the loss is no part."""
    classifier = operator.raw_operator
    graph, x = _begin(scope, operator, container)
    labels, probabilities = (output.full_name for output in operator.outputs)
    scores = _scores(graph, x, classifier)
    _write_labels(graph, scope, classifier, scores, labels)
    # As in decision_function, which returns the probabilities of several classes.
    has_others = not (
        _is_softmax(classifier) and isinstance(classifier, MLPScratchClassifier)
    )
    if _wants_scores(container, classifier) and has_others:
        graph("Identity", scores, output=probabilities)
    else:
        _probabilities(graph, scores, classifier, probabilities)


def regressor_shapes(operator):
    """Set the shape of the predictions."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    n_samples = operator.inputs[0].get_first_dimension()
    double = isinstance(operator.inputs[0].type, DoubleTensorType)
    of_type = DoubleTensorType if double else FloatTensorType
    operator.outputs[0].set_type(of_type([n_samples, estimator.n_outputs_]))


def convert_regressor(scope, operator, container):
    """Write `predict`."""
    graph, x = _begin(scope, operator, container)
    found = _prediction(graph, x, operator.raw_operator)
    graph("Identity", found, output=operator.outputs[0].full_name)


def _begin(scope, operator, container):
    """Return a graph in the float type of the input, and the input in this type."""
    given = operator.inputs[0]
    graph = Graph(scope, container, isinstance(given.type, DoubleTensorType))
    return graph, graph("Cast", given.full_name, to=graph.float_type)


def _is_multilabel(estimator):
    return estimator.model_.target.kind == "multilabel-indicator"


def _is_softmax(estimator):
    """Return whether probabilities are a softmax, with several classes or only one."""
    return not _is_multilabel(estimator) and len(estimator.classes_) != 2


def _wants_scores(container, estimator):
    return container.get_options(estimator, {"raw_scores": False})["raw_scores"]


def _raw(graph, x, estimator):
    """Write the network, up to its raw outputs; those of σ are left out."""
    network = estimator.model_.network
    raw = layer_output(graph, x, network.bind(1))
    n_outputs = network.n_outputs // estimator.model_.loss.raw_per_target
    if n_outputs < network.n_outputs:
        raw = graph("Slice", raw, np.array([0]), np.array([n_outputs]), np.array([1]))
    return raw


def _scores(graph, x, classifier):
    """Write the raw outputs of a classifier, a column for each class or label."""
    raw = _raw(graph, x, classifier)
    if _is_multilabel(classifier) or _is_softmax(classifier):
        return raw
    return graph("Concat", graph("Neg", raw), raw, axis=1)


def _probabilities(graph, scores, classifier, output=None):
    """Write the probabilities of classes or labels."""
    if _is_softmax(classifier):
        p = graph("Softmax", scores, axis=1)
    else:
        p = graph("Sigmoid", scores)
    tiny = np.finfo(graph.dtype).tiny  # as in predict_proba
    return graph("Max", p, tiny, output=output)


def _write_labels(graph, scope, classifier, scores, output):
    """Write the class of the highest score, or all labels of a positive one."""
    if _is_multilabel(classifier):
        present = graph("Greater", scores, 0.0)
        graph("Cast", present, output=output, to=TensorProto.INT64)
        return
    classes = get_label_classes(scope, classifier)
    if classes.dtype.kind not in "OU":
        classes = classes.astype(np.int64)
    winner = graph("ArgMax", scores, axis=1, keepdims=0)
    graph("Gather", classes, winner, output=output)


def _prediction(graph, x, regressor):
    """Write what a network predicts."""
    model = regressor.model_
    loss, dtype = model.loss, model.network.params.dtype
    predict = type(loss).predict
    output = _raw(graph, x, regressor)
    if predict is LossOfMean.predict:
        output = bounded_exp(graph, output, loss.predict, dtype)
    elif predict is LossOfOutput.predict:
        output = activate(graph, output, OUTPUTS[loss.name].activation, dtype)
    elif predict not in (LossOfErrors.predict, Gaussian.predict):
        raise ValueError(
            "loss must be one of sknn_scratch.engine.losses, or have the `predict` of "
            f"one, to be converted to ONNX; got {loss!r}."
        )
    if model.target is not None:
        output = graph("Mul", output, model.target.scale.astype(dtype))
        output = graph("Add", output, model.target.mean.astype(dtype))
    return output
