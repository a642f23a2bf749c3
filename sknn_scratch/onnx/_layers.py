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
from ..engine.layers import (
    LSTM,
    AveragePool2D,
    Chain,
    Conv2D,
    Dense,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Reshape,
    Residual,
)
from ..engine.layers.chain import AsArray, Copy
from ..engine.outputs import Exp

# The activations use operations that onnxruntime supports for both float types. It
# has Elu, Softplus, Gelu and Mish for float32 only.


def _elu(graph, z, elu):
    negative = graph("Sub", graph("Exp", graph("Min", z, 0.0)), 1.0)
    negative = graph("Mul", negative, float(elu.alpha))
    return graph("Mul", graph("Add", graph("Relu", z), negative), elu.scale)


def softplus(graph, z, _=None):
    """Write log(1 + exp(z))."""
    small = graph("Exp", graph("Neg", graph("Abs", z)))
    return graph("Add", graph("Relu", z), graph("Log", graph("Add", small, 1.0)))


def _gelu(graph, z, gelu):
    scaled = graph("Cast", graph("Mul", z, sqrt(0.5)), to=TensorProto.FLOAT)
    erf = graph("Cast", graph("Erf", scaled), to=graph.float_type)
    return graph("Mul", graph("Mul", z, 0.5), graph("Add", erf, 1.0))


def bounded_exp(graph, z, overwrite, dtype):
    """Write exp, clipped to the bounds of this precision."""
    bounds = np.array([[-np.inf, np.inf]], dtype)
    overwrite(bounds)
    low, high = bounds[0]
    return graph("Min", graph("Max", graph("Exp", z), low), high)


# The keys are methods, so a subclass can be converted if it inherits the method, but
# not if it overrides it.
_ACTIVATIONS = {
    Identity.activate: lambda graph, z, _: z,
    Logistic.activate: lambda graph, z, _: graph("Sigmoid", z),
    Tanh.activate: lambda graph, z, _: graph("Tanh", z),
    Relu.activate: lambda graph, z, _: graph("Relu", z),
    LeakyReLU.activate: lambda graph, z, leaky: graph(
        "Max", z, graph("Mul", z, float(leaky.slope))
    ),
    ELU.activate: _elu,
    Softplus.activate: softplus,
    GELU.activate: _gelu,
    SiLU.activate: lambda graph, z, _: graph("Mul", z, graph("Sigmoid", z)),
    Mish.activate: lambda graph, z, _: graph(
        "Mul", z, graph("Tanh", softplus(graph, z))
    ),
}


def activate(graph, z, activation, dtype):
    """Write A(z) as a network of this dtype computes it."""
    activate = type(activation).activate
    if activate is Exp.activate:
        return bounded_exp(graph, z, lambda b: activation.activate(b, None), dtype)
    if activate not in _ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {sorted(ACTIVATIONS)}, or inherit `activate` "
            f"from one of them, to be converted to ONNX; got {activation!r}."
        )
    return _ACTIVATIONS[activate](graph, z, activation)


def _reshaped(graph, x, shape):
    """Write the values of each sample in another shape."""
    return graph("Reshape", x, np.array([0, *shape]))


def _dense(graph, x, dense, ctx):
    if ctx.flattens:
        x = _reshaped(graph, x, [len(ctx.weights)])
    output = graph("MatMul", x, ctx.weights)
    return graph("Add", output, ctx.biases) if dense.has_biases else output


def _single(graph, values):
    """Write floats as float32: onnxruntime has Conv and LSTM for no other type."""
    return graph("Cast", values, to=TensorProto.FLOAT)


def _of_images(graph, x, image, operation, *inputs, **attributes):
    """Write an operation on images, which ONNX has with the channels first."""
    x = graph("Transpose", _reshaped(graph, x, image), perm=[0, 3, 1, 2])
    inputs = [_single(graph, values) for values in (x, *inputs)]
    output = graph(operation, *inputs, **attributes)
    output = graph("Transpose", output, perm=[0, 2, 3, 1])
    return graph("Cast", output, to=graph.float_type)


def _convolution(graph, x, convolution, ctx):
    sizes, n_filters = ctx.geometry, convolution.n_filters
    kernel = ctx.weights.reshape(*sizes.kernel, sizes.n_channels, n_filters)
    _, down, right = sizes.inside
    after = [sizes.padded[0] - down.stop, sizes.padded[1] - right.stop]
    return _of_images(
        graph,
        x,
        sizes.image,
        "Conv",
        kernel.transpose(3, 2, 0, 1),
        ctx.biases,
        kernel_shape=sizes.kernel,
        strides=sizes.stride,
        pads=[down.start, right.start, *after],
    )


def _pooling(operation):
    def write(graph, x, pooling, ctx):
        sizes = {"kernel_shape": ctx.size, "strides": ctx.size}
        return _of_images(graph, x, ctx.image, operation, **sizes)

    return write


def _lstm(graph, x, lstm, ctx):
    n_units, n_features = lstm.n_units, ctx.input_shape[1]
    # The gates are i, f, o, g here, and i, o, f, g there.
    i, f, o, g = np.split(ctx.weights, 4, axis=1)
    weights = np.hstack([i, o, f, g]).T[None]
    i, f, o, g = np.split(ctx.biases, 4)
    biases = np.concatenate([i, o, f, g, np.zeros(4 * n_units)])[None]
    steps = graph("Transpose", x, perm=[1, 0, 2])
    of_x, of_h = weights[..., :n_features], weights[..., n_features:]
    inputs = [_single(graph, values) for values in (steps, of_x, of_h, biases)]
    all_h, last_h, _ = graph("LSTM", *inputs, n_outputs=3, hidden_size=n_units)
    if lstm.return_sequences:  # of the shape (n_steps, 1, n_samples, n_units)
        all_h = graph("Transpose", all_h, perm=[2, 0, 1, 3])
        output = _reshaped(graph, all_h, ctx.output_shape)
    else:
        output = graph("Reshape", last_h, np.array([-1, n_units]))
    return graph("Cast", output, to=graph.float_type)


def _layer_norm(graph, x, norm, ctx):
    # Means as products: ReduceMean takes its axes differently from opset 18 on.
    average = ctx.average[:, None]
    centered = graph("Sub", x, graph("MatMul", x, average))
    variance = graph("MatMul", graph("Mul", centered, centered), average)
    size = graph("Sqrt", graph("Add", variance, float(norm.epsilon)))
    scaled = graph("Mul", graph("Div", centered, size), ctx.gain)
    return graph("Add", scaled, ctx.shift)


def _chain(graph, x, chain, ctx):
    for step in ctx.steps:
        x = layer_output(graph, x, step)
    return x


def _residual(graph, x, residual, ctx):
    return graph(
        "Add", layer_output(graph, x, ctx.inside), layer_output(graph, x, ctx.past)
    )


def _parallel(graph, x, parallel, ctx):
    outputs = []
    for step in ctx.branches:
        seen = x
        if step.features is not None:
            seen = graph("Gather", x, step.features, axis=1)
        outputs.append(layer_output(graph, seen, step))
    if parallel.combine == "concatenate":
        return graph("Concat", *outputs, axis=1)
    return graph("Div", graph("Sum", *outputs), float(len(outputs)))


_LAYERS = {
    Dense.forward: _dense,
    Reshape.forward: lambda graph, x, _, ctx: _reshaped(graph, x, ctx.output_shape),
    Conv2D.forward: _convolution,
    MaxPool2D.forward: _pooling("MaxPool"),
    AveragePool2D.forward: _pooling("AveragePool"),
    LSTM.forward: _lstm,
    LayerNorm.forward: _layer_norm,
    Chain.forward: _chain,
    Residual.forward: _residual,
    Parallel.forward: _parallel,
    AsArray.forward: lambda graph, x, *_: x,
    Copy.forward: lambda graph, x, *_: x,
}


def layer_output(graph, x, ctx):
    """Write a layer, given its pass."""
    layer = ctx.layer
    if type(layer).forward is Activation.forward:
        return activate(graph, x, layer, ctx.dtype)
    forward = type(layer).forward
    if forward not in _LAYERS:
        raise ValueError(
            "Layers must be from sknn_scratch.layers, or inherit `forward` from one "
            f"of them, to be converted to ONNX; got {layer!r}."
        )
    return _LAYERS[forward](graph, x, layer, ctx)
