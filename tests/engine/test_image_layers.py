"""Convolution and pooling, compared with SciPy and with explicit loops."""

import numpy as np
import pytest
from scipy.signal import correlate

from sknn_scratch.engine.activations import ELU, GELU, Relu, SiLU, Tanh
from sknn_scratch.engine.layers import (
    AveragePool2D,
    Conv2D,
    Dense,
    Dropout,
    LayerNorm,
    MaxPool2D,
    Parallel,
    Reshape,
    Residual,
    geometry,
)
from sknn_scratch.engine.network import Network

RNG = np.random.default_rng(0)
both = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def output_of(layer, images, dtype=np.float64):
    """Return the output of a layer with random parameters, and these."""
    n_images, *shape = images.shape
    size = int(np.prod(shape))
    flat = int(np.prod(layer.output_shape(tuple(shape))))
    network = Network(size, [Reshape(shape), layer, Reshape([flat])], dtype)
    network.params[...] = np.random.default_rng(1).normal(size=network.params.size)
    raw = network.raw(images.reshape(n_images, size))
    output = raw.reshape(n_images, *layer.output_shape(tuple(shape)))
    return output, network


def correlated(images, kernel, biases, stride=1, mode="valid"):
    """Return what SciPy says, filter by filter and channel by channel."""
    s, t = (stride, stride) if isinstance(stride, int) else stride
    outputs = [
        sum(
            np.stack([correlate(x[..., c], kernel[..., c, f], mode) for x in images])
            for c in range(images.shape[-1])
        )
        + biases[f]
        for f in range(kernel.shape[-1])
    ]
    return np.stack(outputs, axis=-1)[:, ::s, ::t]


@both
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, (2, 4), (7, 6)], ids=str)
@pytest.mark.parametrize("stride", [1, 2, (3, 1)], ids=str)
def test_convolution_equals_scipy_correlation(kernel_size, stride, n_channels, dtype):
    """Up to kernels as large as the image, of 7 x 6 pixels."""
    images = RNG.normal(size=(3, 7, 6, n_channels))
    output, network = output_of(Conv2D(4, kernel_size, stride), images, dtype)
    size = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    kernel = network.weights[0].reshape(*size, n_channels, 4).astype(float)
    expected = correlated(images, kernel, network.biases[0], stride)
    atol = 1e-12 if dtype is np.float64 else 1e-4
    np.testing.assert_allclose(output, expected, atol=atol)


@pytest.mark.parametrize("kernel_size", [1, 3, (5, 3), 9], ids=str)
def test_same_padding_is_scipys_for_odd_kernels(kernel_size):
    images = RNG.normal(size=(3, 7, 6, 2))
    output, network = output_of(Conv2D(4, kernel_size, padding="same"), images)
    size = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    kernel = network.weights[0].reshape(*size, 2, 4)
    # SciPy's output has the size of its first argument, around the middle of the whole.
    expected = correlated(images, kernel, network.biases[0], mode="same")
    np.testing.assert_allclose(output, expected, atol=1e-12)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, (2, 5)], ids=str)
@pytest.mark.parametrize("stride", [1, 2, 3, (1, 4)], ids=str)
def test_same_padding_adds_the_odd_zero_at_the_end(kernel_size, stride):
    layer = Conv2D(2, kernel_size, stride, padding="same")
    images = RNG.normal(size=(2, 7, 6, 3))
    output, network = output_of(layer, images)
    size = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,) * 2
    steps = stride if isinstance(stride, tuple) else (stride,) * 2
    zeros = [(0, 0)]
    for length, k, s in zip((7, 6), size, steps, strict=True):
        total = max(0, (int(np.ceil(length / s)) - 1) * s + k - length)
        zeros.append((total // 2, total - total // 2))
    padded = np.pad(images, [*zeros, (0, 0)])
    kernel = network.weights[0].reshape(*size, 3, 2)
    expected = correlated(padded, kernel, network.biases[0], stride)
    assert output.shape[1:3] == (-(-7 // steps[0]), -(-6 // steps[1]))
    np.testing.assert_allclose(output, expected, atol=1e-12)


def test_an_image_without_channels_has_one():
    images = RNG.normal(size=(3, 7, 6))
    for layer in (Conv2D(2, 3), MaxPool2D(2), AveragePool2D(2)):
        output, _ = output_of(layer, images)
        np.testing.assert_array_equal(output, output_of(layer, images[..., None])[0])


@pytest.mark.parametrize("n_values", [1, 40, 300, 10**6])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_patches_in_blocks_give_the_same_result(monkeypatch, n_values, padding):
    """Pieces of several images, of one, and of some lines of one."""
    convolution = Conv2D(3, (3, 2), (2, 1), padding)
    # The gradient of the first layer comes back through the patches.
    layers = [Dense(84), Reshape((7, 6, 2)), convolution, Tanh(), Dense(1)]
    X, results = RNG.normal(size=(5, 84)), []
    for n in (2**20, n_values):
        monkeypatch.setattr(geometry, "_PIECE", n)
        network = Network(84, layers)
        network.initialize(np.random.RandomState(0))
        grad = np.zeros_like(network.params)
        ctx = network.bind(5, grad)
        results.append((ctx.forward(X).copy(), grad))
        ctx.backward(np.ones((5, 1)))
    for found, expected in zip(results[1], results[0], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_memory_of_patches_is_bounded():
    """All at once, they would have 9 times 64 x 100 x 100 values for each image."""
    sizes = Conv2D(8, 3).geometry((100, 100, 64))
    pieces = sizes.pieces(10)
    assert sum(piece.n_patches for piece in pieces) == 10 * 98 * 98
    assert max(piece.n_patches for piece in pieces) * (sizes.n_values + 1) <= 2**18
    places = np.zeros((10, 98), int)
    for piece in pieces:
        places[piece.where] += 1
    assert (places == 1).all()


def blocks(images, size):
    """Yield the place of each block, and the block."""
    (a, b), (_, height, width, _) = size, images.shape
    for p in range(height // a):
        for q in range(width // b):
            yield p, q, images[:, p * a : (p + 1) * a, q * b : (q + 1) * b]


@both
@pytest.mark.parametrize("size", [1, 2, 3, (2, 3), (7, 1), None], ids=str)
@pytest.mark.parametrize("pool", [MaxPool2D, AveragePool2D])
def test_pooling_goes_through_blocks(pool, size, dtype):
    images = RNG.normal(size=(3, 7, 6, 2)).astype(dtype)
    output, _ = output_of(pool(size), images, dtype)
    size = (7, 6) if size is None else size if isinstance(size, tuple) else (size, size)
    reduce = np.max if pool is MaxPool2D else np.mean
    for p, q, block in blocks(images, size):
        expected = reduce(block, axis=(1, 2))
        np.testing.assert_allclose(output[:, p, q], expected, rtol=1e-5)


def test_the_mean_of_a_large_image_keeps_the_digits_of_float32():
    images = np.full((1, 256, 256, 3), 0.1, np.float32)
    output, _ = output_of(AveragePool2D(), images, np.float32)
    np.testing.assert_allclose(output, np.float32(0.1), rtol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, (2, 3), (3, 2), None], ids=str)
def test_the_gradient_goes_to_the_first_of_the_largest_values(size):
    """Looked for column by column in each block.

    With a height of 8, a size of 3 leaves as many lines over as there are blocks.
    """
    images = RNG.integers(0, 3, size=(4, 8, 6, 2)).astype(float)  # many are equal
    layers = [Reshape((8, 6, 2)), Conv2D(2, 1), MaxPool2D(size)]
    n_outputs = int(np.prod(MaxPool2D(size).output_shape((8, 6, 2))))
    network = Network(96, [*layers, Reshape([n_outputs])])
    network.weights[0][...] = np.eye(2)
    ctx = network.bind(4, np.zeros_like(network.params))
    ctx.forward(images.reshape(4, 96))
    (pool,) = (step for step in ctx.steps if isinstance(step.layer, MaxPool2D))
    delta = RNG.normal(size=(4, *pool.output_shape))
    d_x = pool.backward(delta.copy())
    expected = np.zeros_like(images)
    size = (8, 6) if size is None else size if isinstance(size, tuple) else (size, size)
    for p, q, block in blocks(images, size):
        place = expected[:, p * size[0] :, q * size[1] :]
        for n, one in enumerate(block):
            for c in range(2):
                columns = one[..., c].max(axis=0)
                j = columns.argmax()
                place[n, one[:, j, c].argmax(), j, c] = delta[n, p, q, c]
    np.testing.assert_array_equal(d_x, expected)


@pytest.mark.parametrize("activation", [Relu(), Tanh(), ELU(), GELU(), SiLU()])
def test_an_activation_before_pooling_gives_the_same_as_after(activation):
    """For those that never decrease; the others are applied where they are written."""
    images = RNG.normal(size=(3, 6, 6, 2))
    layers = [Reshape((6, 6, 2)), Conv2D(3, 3), activation, MaxPool2D(2)]
    network = Network(72, [*layers, Dropout(0.5), Dense(2)])
    network.initialize(np.random.RandomState(0))
    one_by_one = network.layer_outputs(images.reshape(3, 72))[-1]
    np.testing.assert_allclose(network.raw(images.reshape(3, 72)), one_by_one)
    steps = [step.layer for step in network.bind(3).steps]
    comes_last = steps.index(activation) > steps.index(MaxPool2D(2))
    assert comes_last == activation.is_monotone


class ScaledMaxPool2D(MaxPool2D):
    """A user-defined layer that inherits `is_maximum` but computes something else."""

    def forward(self, x, ctx):
        return 3 * super().forward(x, ctx)


def test_an_activation_before_a_users_pooling_stays_there():
    layers = [Reshape((2, 2)), Tanh(), ScaledMaxPool2D(2), Reshape((1,))]
    found = Network(4, layers).raw(np.array([[0.1, 0.5, 0.2, -1]]))
    assert found == pytest.approx(3 * np.tanh(0.5))


def test_branches_with_images_predict_as_each_by_itself():
    """They take turns in using arrays, also those of the same shape."""
    branches = [
        [Conv2D(2, 3, padding="same"), Tanh(), MaxPool2D(2), Conv2D(2, 1), Dense(3)],
        [MaxPool2D(2), Residual([Conv2D(2, 3, padding="same")]), Dense(3)],
        [AveragePool2D(2), Conv2D(2, 2), Tanh(), Dense(3)],
    ]
    network = Network(32, [Reshape((4, 4, 2)), Parallel(branches)])
    network.initialize(np.random.RandomState(0))
    X = RNG.normal(size=(5, 32))
    expected, start = [], 0
    for branch in branches:
        single = Network(32, [Reshape((4, 4, 2)), *branch])
        n = len(single.weights)
        for arrays, whole in (
            (single.weights, network.weights),
            (single.biases, network.biases),
        ):
            for array, value in zip(arrays, whole[start : start + n], strict=True):
                array[...] = value
        start += n
        expected.append(single.raw(X))
    ctx = network.bind(5)
    for _ in range(2):  # nothing is left of the batch before
        np.testing.assert_allclose(ctx.forward(X), np.hstack(expected), atol=1e-12)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [Conv2D(2, 3)],
            r"Conv2D\(2, kernel_size=3\) requires images.* shape \(12,\).* Reshape",
        ),
        ([MaxPool2D(2)], r"MaxPool2D\(2\) requires images.* shape \(12,\)"),
        (
            [Reshape((3, 5))],
            r"the same number of values as its input, 12; got \(3, 5\), .* 15\.",
        ),
        (
            [Reshape((3, 4)), Conv2D(2, 4)],
            r"kernel_size must not be larger .* got Conv2D\(2, kernel_size=4\) for an "
            r"image of shape \(3, 4\)",
        ),
        (
            [Reshape((3, 4)), AveragePool2D((4, 1))],
            r"size must not be larger .* got AveragePool2D\(\(4, 1\)\) .* \(3, 4\)",
        ),
        ([Reshape((2, 3, 2, 1)), Conv2D(2, 1)], r"shape \(2, 3, 2, 1\)"),
        (
            [Reshape((3, 4)), Parallel([Dense(2), Dense(3)], [[0], None])],
            r"features of Parallel must be None .* input of shape \(3, 4\)",
        ),
        (
            [Reshape((3, 4)), Parallel([Dense(2), Conv2D(2, 3)])],
            r"branches of Parallel .* shapes \[\(2,\), \(1, 2, 2\)\]",
        ),
        (
            [Reshape((3, 4)), Residual([Conv2D(1, 3, padding="same")])],
            r"got \(3, 4, 1\) for \(3, 4\) .* one channel needs Reshape",
        ),
        ([Reshape((3, 4)), LayerNorm()], r"LayerNorm requires a vector .* \(3, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(layers, message):
    with pytest.raises(ValueError, match=message):
        Network(12, [*layers, Dense(2)])


def test_the_output_of_a_network_must_be_a_row():
    with pytest.raises(ValueError, match=r"last layer .* shape \(3, 4\)\. Add a Dense"):
        Network(12, [Dense(12), Reshape((3, 4))])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D(0, 3), "n_filters must be an int >= 1"),
        (lambda: Conv2D(4, 0), "kernel_size must be an int >= 1 .* got 0"),
        (lambda: Conv2D(4, (3, 3, 3)), "kernel_size must be an int >= 1"),
        (lambda: Conv2D(4, "33"), "kernel_size must be an int >= 1"),
        (lambda: Conv2D(4, 3, True), "stride must be an int >= 1"),
        (lambda: Conv2D(4, 3, padding="full"), "padding must be 'valid' or 'same'"),
        (lambda: Conv2D(4, 3, padding=np.zeros(2)), "padding must be 'valid' or"),
        (lambda: Reshape(np.array(6)), "shape must be a tuple of ints"),
        (lambda: MaxPool2D(np.array(2.0)), "size must be an int"),
        (lambda: Conv2D(4, 3, weight_init="he"), "weight_init of a layer must be"),
        (lambda: MaxPool2D(2.0), "size must be an int >= 1"),
        (lambda: AveragePool2D([2]), "size must be an int >= 1"),
        (lambda: Conv2D(4, np.ones(2)), "kernel_size must be an int >= 1"),
        (lambda: Reshape(np.array(28)), "shape must be a tuple of ints"),
        (lambda: Reshape(28), "shape must be a tuple of ints"),
        (lambda: Reshape(()), "shape must be a tuple of ints"),
        (lambda: Reshape((28, -1)), "shape must be a tuple of ints"),
    ],
)
def test_settings_that_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_equivalent_layer_settings_are_equal():
    assert Conv2D(4, (3, 3), [1, 1]) == Conv2D(np.int64(4), 3)
    assert repr(Conv2D(4, [3, 2])) == "Conv2D(4, kernel_size=(3, 2))"
    assert MaxPool2D((2, 2)) == MaxPool2D(2) == MaxPool2D(np.array(2))
    assert Reshape(np.array([4, 3])) == Reshape((4, 3))
    assert repr(Reshape([28, 28])) == "Reshape((28, 28))"
    assert repr(AveragePool2D()) == "AveragePool2D()"
