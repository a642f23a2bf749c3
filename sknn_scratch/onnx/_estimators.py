"""Estimators as operations of ONNX."""

import numpy as np
from onnx import TensorProto
from skl2onnx._parse import _parse_sklearn_classifier
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
    guess_tensor_type,
)
from skl2onnx.common.utils_classifier import get_label_classes
from sklearn.utils.validation import check_is_fitted

from ..engine.activations import Softplus
from ..engine.losses import Gaussian, LogLinkLoss, Ordinal, Quantiles, ResidualLoss
from ..engine.outputs import OUTPUTS, ActivatedLoss
from ..estimators._class_targets import ClassTargets
from ..estimators._mlp_classifier import MLPScratchClassifier
from ._graph import Graph
from ._layers import activate, bounded_exp, layer_output, softplus

# End of a slice of all columns.
_ALL = np.iinfo(np.int64).max


def parse_classifier(scope, classifier, inputs, custom_parsers=None):
    """Declare the outputs: labels and probabilities of each target."""
    check_is_fitted(classifier)
    if not _has_several_targets(classifier):
        return _parse_sklearn_classifier(scope, classifier, inputs, custom_parsers)
    options = scope.get_options(classifier, {})
    refused = sorted(
        {"nocl", "output_class_labels"} & {k for k in options if options[k]}
    )
    if refused:
        raise ValueError(
            f"{refused[0]} must be False for a classifier with several targets; got "
            f"{options[refused[0]]!r}. Read the labels from classes_."
        )
    operator = scope.declare_local_operator(
        f"SknnScratch{type(classifier).__name__}", classifier
    )
    operator.inputs = inputs
    for j in range(len(classifier.classes_)):
        label = scope.declare_local_variable(f"label_{j}", Int64TensorType())
        probabilities = scope.declare_local_variable(
            f"probabilities_{j}", guess_tensor_type(inputs[0].type)
        )
        operator.outputs.extend([label, probabilities])
    return operator.outputs


def classifier_shapes(operator):
    """Set the types and shapes of labels and probabilities."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    n_samples = operator.inputs[0].get_first_dimension()
    for target, (labels, probabilities) in zip(
        _targets_of(estimator), _in_pairs(operator.outputs), strict=True
    ):
        classes = _classes_of(operator.scope_inst, estimator, target)
        n_classes = len(classes)
        shape = [n_samples, n_classes] if _is_multilabel(target) else [n_samples]
        strings = classes.dtype.kind in "OU"
        labels.set_type((StringTensorType if strings else Int64TensorType)(shape))
        probabilities.type.shape = [n_samples, n_classes]


def convert_classifier(scope, operator, container):
    """Write `predict` and `predict_proba`."""
    classifier = operator.raw_operator
    graph, x = _begin(scope, operator, container)
    raw, targets = _raw(graph, x, classifier), _targets_of(classifier)
    is_mlp, start = isinstance(classifier, MLPScratchClassifier), 0
    for target, outputs in zip(targets, _in_pairs(operator.outputs), strict=True):
        labels, probabilities = (output.full_name for output in outputs)
        own, stop = raw, start + target.n_outputs
        if len(targets) > 1:
            own = _columns(graph, raw, start, stop)
        start = stop
        classes = _classes_of(scope, classifier, target)
        if isinstance(target.link, Ordinal):
            _write_ordinal(graph, own, classes, labels, probabilities)
            continue
        scores = _scores(graph, own, target)
        _write_labels(graph, classes, target, scores, labels)
        # As decision_function, which returns the probabilities of several classes.
        has_others = not (_is_softmax(target) and is_mlp)
        if _wants_scores(container, classifier) and has_others:
            graph("Identity", scores, output=probabilities)
        else:
            _probabilities(graph, scores, target, probabilities)


def regressor_shapes(operator):
    """Set the shape of the predictions."""
    estimator = operator.raw_operator
    check_is_fitted(estimator)
    n_samples = operator.inputs[0].get_first_dimension()
    double = isinstance(operator.inputs[0].type, DoubleTensorType)
    of_type = DoubleTensorType if double else FloatTensorType
    shape = [estimator.n_outputs_]
    if _has_quantiles(estimator):
        shape = shape[shape[0] == 1 :] + [estimator.model_.loss.raw_per_target]
    operator.outputs[0].set_type(of_type([n_samples, *shape]))


def convert_regressor(scope, operator, container):
    """Write `predict`."""
    graph, x = _begin(scope, operator, container)
    regressor, output = operator.raw_operator, operator.outputs[0].full_name
    found = _prediction(graph, x, regressor)
    if _has_quantiles(regressor) and regressor.n_outputs_ > 1:
        shape = np.array([0, regressor.model_.loss.raw_per_target, -1])
        by_quantile = graph("Reshape", found, shape)
        graph("Transpose", by_quantile, output=output, perm=[0, 2, 1])
    else:
        graph("Identity", found, output=output)


def _begin(scope, operator, container):
    """Return a graph in the float type of the input, and the input in this type."""
    given = operator.inputs[0]
    graph = Graph(scope, container, isinstance(given.type, DoubleTensorType))
    return graph, graph("Cast", given.full_name, to=graph.float_type)


def _has_several_targets(classifier):
    return isinstance(classifier.model_.target, ClassTargets)


def _has_quantiles(regressor):
    """Return whether there are several predictions for each target."""
    return type(regressor.model_.loss).predict is Quantiles.predict


def _targets_of(classifier):
    """Return the targets of a classifier, one or several."""
    target = classifier.model_.target
    return target.targets if _has_several_targets(classifier) else [target]


def _classes_of(scope, classifier, target):
    """Return the labels of a target, or their indices if an option requests them."""
    if _has_several_targets(classifier):
        return target.classes
    return get_label_classes(scope, classifier)


def _in_pairs(outputs):
    """Return labels and probabilities of each target."""
    return list(zip(outputs[::2], outputs[1::2], strict=True))


def _is_multilabel(target):
    return target.kind == "multilabel-indicator"


def _is_softmax(target):
    """Return whether probabilities are a softmax, with several classes or only one."""
    return not _is_multilabel(target) and len(target.classes) != 2


def _wants_scores(container, estimator):
    return container.get_options(estimator, {"raw_scores": False})["raw_scores"]


def _raw(graph, x, estimator):
    """Write the network up to its raw outputs, without standard deviations."""
    network = estimator.model_.network
    raw = layer_output(graph, x, network.bind(1))
    n_outputs = network.n_outputs // estimator.model_.loss.raw_per_target
    if n_outputs < network.n_outputs and not _has_quantiles(estimator):
        raw = _columns(graph, raw, 0, n_outputs)
    return raw


def _quantiles(graph, raw, loss, n_outputs, dtype):
    """Write the quantiles of all targets, in ascending order."""
    found = [
        _columns(graph, raw, j * n_outputs, (j + 1) * n_outputs)
        for j in range(loss.raw_per_target)
    ]
    for j, neighbor, sign in loss.increments():
        increment = activate(graph, found[j], Softplus(), dtype)
        found[j] = graph("Add" if sign > 0 else "Sub", found[neighbor], increment)
    return graph("Concat", *found, axis=1)


def _scores(graph, raw, target):
    """Write the raw outputs of a target, one column per class or label."""
    if _is_multilabel(target) or _is_softmax(target):
        return raw
    return graph("Concat", graph("Neg", raw), raw, axis=1)


def _probabilities(graph, scores, target, output=None):
    """Write the probabilities of classes or labels."""
    if _is_softmax(target):
        p = graph("Softmax", scores, axis=1)
    else:
        p = graph("Sigmoid", scores)
    tiny = np.finfo(graph.dtype).tiny  # as in predict_proba
    return graph("Max", p, tiny, output=output)


def _write_labels(graph, classes, target, scores, output):
    """Write the class with the highest score, or all labels with a positive score."""
    if _is_multilabel(target):
        present = graph("Greater", scores, 0.0)
        graph("Cast", present, output=output, to=TensorProto.INT64)
        return
    winner = graph("ArgMax", scores, axis=1, keepdims=0)
    _write_classes(graph, classes, winner, output)


def _write_classes(graph, classes, indices, output):
    """Write the labels of classes with these indices."""
    if classes.dtype.kind not in "OU":
        classes = classes.astype(np.int64)
    graph("Gather", classes, indices, output=output)


def _write_ordinal(graph, raw, classes, labels, probabilities):
    """Write the median class, and the probabilities of all."""
    logits = _cumulative_logits(graph, raw, len(classes))
    # The number of thresholds below the score.
    passed = graph("Cast", graph("Greater", logits, 0.0), to=graph.float_type)
    n_passed = graph("MatMul", passed, np.ones(len(classes) - 1))
    median = graph("Cast", n_passed, to=TensorProto.INT64)
    _write_classes(graph, classes, median, labels)
    _ordinal_probabilities(graph, raw, logits, probabilities)


def _cumulative_logits(graph, raw, n_classes):
    """Write the log-odds of a class above each threshold."""
    middle = graph("Sub", _columns(graph, raw, 0, 1), _columns(graph, raw, 1, 2))
    gaps = softplus(graph, _columns(graph, raw, 2))
    half = graph("MatMul", gaps, np.full((n_classes - 2, 1), 0.5))
    first, steps = graph("Add", middle, half), graph("Neg", gaps)
    return graph("CumSum", graph("Concat", first, steps, axis=1), np.array(1))


def _ordinal_probabilities(graph, raw, logits, output):
    """Write the probabilities of ordered classes, each a product of sigmoids."""
    ones = graph("Mul", _columns(graph, raw, 0, 1), 0.0)
    ones = graph("Add", ones, 1.0)
    gaps = graph("Sigmoid", _columns(graph, raw, 2))
    above = graph("Concat", ones, graph("Sigmoid", logits), axis=1)
    below = graph("Concat", graph("Sigmoid", graph("Neg", logits)), ones, axis=1)
    p = graph("Mul", graph("Concat", ones, gaps, ones, axis=1), above)
    tiny = np.finfo(graph.dtype).tiny  # as in predict_proba
    graph("Max", graph("Mul", p, below), tiny, output=output)


def _columns(graph, array, start, stop=_ALL):
    """Write a slice of columns."""
    ends = (np.array([end]) for end in (start, stop, 1))
    return graph("Slice", array, *ends)


def _prediction(graph, x, regressor):
    """Write the predictions of a network."""
    model = regressor.model_
    loss, dtype = model.loss, model.network.params.dtype
    predict = type(loss).predict
    output = _raw(graph, x, regressor)
    if predict is LogLinkLoss.predict:
        output = bounded_exp(graph, output, loss.predict, dtype)
    elif predict is ActivatedLoss.predict:
        output = activate(graph, output, OUTPUTS[loss.name].activation, dtype)
    elif predict is Quantiles.predict:
        output = _quantiles(graph, output, loss, regressor.n_outputs_, dtype)
    elif predict not in (ResidualLoss.predict, Gaussian.predict):
        raise ValueError(
            "loss must be from sknn_scratch.engine.losses, or inherit `predict` from "
            f"one of them, to be converted to ONNX; got {loss!r}."
        )
    if model.target is not None:
        n_each = loss.raw_per_target if _has_quantiles(regressor) else 1
        scale, mean = (
            np.tile(one, n_each).astype(dtype)
            for one in (model.target.scale, model.target.mean)
        )
        output = graph("Add", graph("Mul", output, scale), mean)
    return output
