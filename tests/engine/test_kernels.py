import numpy as np
import pytest
from scipy import sparse

from sknn_scratch.engine.kernels import (
    add_scaled,
    all_finite,
    negate,
    product,
    scale,
    transposed_product,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_vector_operations_work_in_place_on_slices(dtype):
    x, y = np.arange(6, dtype=dtype), np.ones(6, dtype)
    add_scaled(y[2:4], -2.0, x[2:4])
    np.testing.assert_array_equal(y, [1, 1, -3, -5, 1, 1])
    scale(x[3:], 0.5)
    np.testing.assert_array_equal(x, [0, 1, 2, 1.5, 2, 2.5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_negate_fills_columns_of_wider_arrays(dtype):
    for n_columns in range(1, 18):
        x = np.arange(1, 5 * n_columns + 1, dtype=dtype).reshape(5, n_columns)
        out = np.zeros((5, 2), dtype)
        negate(x[:, 0], out=out[:, 0])
        assert out[:, 0].tolist() == [-value for value in x[:, 0].tolist()]
        negate(x[:, :1], out=x[:, :1])
        np.testing.assert_array_equal(x[:, 0], out[:, 0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_array])
def test_transposed_product_equals_the_dense_product(dtype, order, container):
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(7, 5)).astype(dtype) * (rng.random((7, 5)) < 0.4)
    B = np.asarray(rng.normal(size=(7, 3)), dtype, order=order)
    out = np.full((5, 3), np.nan, dtype)
    transposed_product(container(dense), B, out)
    np.testing.assert_allclose(out, dense.T @ B, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("inner", [1, 4])
def test_product_fills_its_output_in_either_order(dtype, order, inner):
    rng = np.random.default_rng(0)
    A = rng.normal(size=(inner, 6)).astype(dtype).T
    B = rng.normal(size=(inner, 3)).astype(dtype)
    out = np.full((6, 3), np.nan, dtype, order=order)
    product(A, B, out)
    np.testing.assert_allclose(out, A @ B, rtol=1e-5)


def test_an_unsupported_dtype_raises():
    with pytest.raises(KeyError):
        scale(np.ones(3, ">f8" if np.little_endian else "<f8"), 2.0)
    with pytest.raises(KeyError):
        add_scaled(np.ones(3, np.float16), 2.0, np.ones(3, np.float16))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_numbers_with_an_infinite_sum_are_accepted(dtype):
    array = np.full((3, 2), np.finfo(dtype).max)
    with np.errstate(over="ignore", invalid="ignore"):
        assert all_finite(array)
        for bad in (np.nan, np.inf, -np.inf):
            array[1, 1] = bad
            assert not all_finite(array)
