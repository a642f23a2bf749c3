"""Layers and activations as operations of ONNX."""

from math import sqrt

import numpy as np
from onnx import TensorProto

from ..engine.activations import (
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
from ..engine.layers import Chain, Dense, LayerNorm, Parallel, Residual
from ..engine.layers.chain import AsArray, Copy
from ..engine.outputs import Exp

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


def bounded_exp(graph, z, overwrite, dtype):
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


def activate(graph, z, activation, dtype):
    """Write A(z) as a network of this dtype computes it."""
    activate = type(activation).activate
    if activate is Exp.activate:
        return bounded_exp(graph, z, lambda b: activation.activate(b, None), dtype)
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
        x = layer_output(graph, x, step)
    return x


def _residual(graph, x, residual, own):
    return graph(
        "Add", layer_output(graph, x, own.inside), layer_output(graph, x, own.past)
    )


def _parallel(graph, x, parallel, own):
    outputs = []
    for step in own.branches:
        seen = x
        if step.features is not None:
            seen = graph("Gather", x, step.features, axis=1)
        outputs.append(layer_output(graph, seen, step))
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


def layer_output(graph, x, own):
    """Write a layer, given its pass."""
    layer = own.layer
    if type(layer).forward is Activation.forward:
        return activate(graph, x, layer, own.dtype)
    forward = type(layer).forward
    if forward not in _LAYERS:
        raise ValueError(
            f"Layers must be those of sknn_scratch.layers, or have the `forward` of "
            f"one, to be converted to ONNX; got {layer!r}."
        )
    return _LAYERS[forward](graph, x, layer, own)
