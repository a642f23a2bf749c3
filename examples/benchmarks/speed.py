"""Time of a training step, compared with scikit-learn, PyTorch and matrix products.

All libraries train the same networks on the same data, alternately in one process.
PyTorch (eager mode, fused Adam) is included if it is installed. "products" runs only
the matrix products of a step of dense layers, on buffers of the same shapes: a lower
bound of the time. The script prints a table and writes speed.json and speed.png.
"""

import argparse
import importlib.util
import statistics
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import threadpoolctl
from harness import (
    DTYPES,
    add_choices,
    diamonds,
    digits,
    interleaved,
    mnist,
    output_folder,
    ratio,
    save,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.layers import LSTM, Conv2D, MaxPool2D, Reshape

COLORS = {"scikit-learn": "#D55E00", "PyTorch": "#CC79A7", "products": "#999999"}


@dataclass(frozen=True)
class Case:
    """A network, its batch size, its data, and the number of epochs."""

    hidden: tuple
    batch: int
    data: Callable
    epochs: int
    settings: dict = field(default_factory=dict)
    pytorch: Callable | None = None  # makes the hidden layers, unless they are dense

    @property
    def n_last(self):
        """Number of units of the last hidden layer."""
        last = self.hidden[-1]
        return last.n_units if isinstance(last, LSTM) else last


def rows_of_pixels():
    """MNIST: 348 pixels in the middle, as sequences of 29 steps with 12 features."""
    X, y = mnist()
    return X[:, 200 : 200 + 29 * 12], y


def convolutions():
    """Return the layers of `IMAGES`, and the dense one, in PyTorch."""
    from torch import nn

    first = [nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 16, 3), nn.ReLU()]
    second = [nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return [*first, *second, nn.Flatten(), nn.Linear(32 * 5 * 5, 64), nn.ReLU()]


def recurrence():
    """Return the layers of `SEQUENCES` in PyTorch."""
    from torch import nn

    class LastStep(nn.Module):
        """An LSTM whose output after the last step is used."""

        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(12, 64, batch_first=True)

        def forward(self, x):
            return self.lstm(x)[0][:, -1]

    return [nn.Unflatten(1, (29, 12)), LastStep()]


IMAGES = (Reshape((28, 28)), Conv2D(16, 3), MaxPool2D(2), Conv2D(32, 3), MaxPool2D(2))
SEQUENCES = (Reshape((29, 12)), LSTM(64))
SGD = {"solver": "sgd"}
LBFGS = {"solver": "lbfgs"}
CASES = {
    "64-32-10, 32": Case((32,), 32, digits, 20),
    "64-100-10, 200": Case((100,), 200, digits, 40),
    "20-64-64-2, 200": Case((64, 64), 200, diamonds, 3),
    "784-256-128-10, 200": Case((256, 128), 200, mnist, 10),
    "784-1024-1024-10, 256": Case((1024, 1024), 256, mnist, 5),
    "64-100-10, 200, sgd": Case((100,), 200, digits, 40, SGD),
    "784-256-128-10, 200, sgd": Case((256, 128), 200, mnist, 10, SGD),
    "64-100-10, tanh": Case((100,), 200, digits, 40, {"activation": "tanh"}),
    "64-100-10, lbfgs": Case((100,), 1797, digits, 20, LBFGS),
    "784-256-128-10, lbfgs": Case((256, 128), 5000, mnist, 20, LBFGS),
    "28x28 conv 16-32-64-10, 128": Case(
        (*IMAGES, 64), 128, mnist, 2, pytorch=convolutions
    ),
    "29x12 LSTM 64-10, 128": Case(
        SEQUENCES, 128, rows_of_pixels, 3, pytorch=recurrence
    ),
}


def estimator(cls, case, X, y):
    """Return a function that fits an estimator and returns the number of steps."""

    def run():
        model = cls(
            hidden_layer_sizes=case.hidden,
            batch_size=case.batch,
            max_iter=case.epochs,
            n_iter_no_change=case.epochs,
            random_state=0,
            **case.settings,
        ).fit(X, y)
        return model.n_iter_ * -(-len(X) // case.batch)

    return run


def pytorch(case, X, y):
    """Return the same for PyTorch: eager mode, fused Adam, penalty as weight decay."""
    import torch

    n_outputs = outputs_of(y)
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)
    loss_function = torch.nn.CrossEntropyLoss()
    if n_outputs == 1:
        targets = targets.to(inputs.dtype)[:, None]
        loss_function = torch.nn.BCEWithLogitsLoss()

    def run():
        torch.manual_seed(0)
        make = case.pytorch or partial(dense_layers, [X.shape[1], *case.hidden])
        last = torch.nn.Linear(case.n_last, n_outputs)
        model = torch.nn.Sequential(*make(), last).to(inputs.dtype)
        adam = torch.optim.Adam(
            model.parameters(), weight_decay=1e-4 / case.batch, fused=True
        )
        total = 0.0
        for _ in range(case.epochs):
            for rows in torch.randperm(len(X)).split(case.batch):
                loss = loss_function(model(inputs[rows]), targets[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
                total += loss.item() * len(rows)
        return case.epochs * -(-len(X) // case.batch)

    return run


def dense_layers(sizes):
    """Return hidden layers of PyTorch."""
    from torch import nn

    pairs = pairwise(sizes)
    return [one for pair in pairs for one in (nn.Linear(*pair), nn.ReLU())]


def products(case, X, y, n_steps=200):
    """Return a function that only computes the matrix products of a step."""
    sizes = [X.shape[1], *case.hidden, outputs_of(y)]
    rng = np.random.default_rng(0)
    outputs = [rng.random((case.batch, n)).astype(X.dtype) for n in sizes]
    deltas = [rng.random((case.batch, n)).astype(X.dtype) for n in sizes]
    weights = [rng.random(shape).astype(X.dtype) for shape in pairwise(sizes)]
    gradients = [np.empty_like(matrix) for matrix in weights]
    # As many threads as the estimator uses for a network of this size.
    small = case.batch * max(matrix.size for matrix in weights) < 10_000_000
    libraries = threadpoolctl.ThreadpoolController()

    def run():
        with libraries.limit(limits=1) if small else nullcontext():
            for _ in range(n_steps):
                for i, matrix in enumerate(weights):
                    np.dot(outputs[i], matrix, out=outputs[i + 1])
                for i in reversed(range(len(weights))):
                    np.dot(outputs[i].T, deltas[i + 1], out=gradients[i])
                    if i:
                        np.dot(deltas[i + 1], weights[i].T, out=deltas[i])
        return n_steps

    return run


def outputs_of(y):
    """Return the number of outputs: one for two classes."""
    n_classes = int(y.max()) + 1
    return n_classes if n_classes > 2 else 1


def measure(name, dtype, repeats):
    """Return the time of a step in each library, and its ratio to sknn_scratch."""
    case = CASES[name]
    X, y = case.data()
    X = X.astype(dtype)
    contenders = {"sknn_scratch": estimator(MLPScratchClassifier, case, X, y)}
    if not case.pytorch:
        contenders["scikit-learn"] = estimator(MLPClassifier, case, X, y)
    if not case.settings:
        if not case.pytorch:
            contenders["products"] = products(case, X, y)
        if importlib.util.find_spec("torch"):
            contenders["PyTorch"] = pytorch(case, X, y)
    seconds = interleaved(contenders, repeats)
    return {
        "case": name,
        "dtype": dtype,
        "microseconds": {k: 1e6 * statistics.median(v) for k, v in seconds.items()},
        "ratio": {k: ratio(seconds, k, "sknn_scratch") for k in list(seconds)[1:]},
    }


def print_row(result):
    """Print one line of the table."""
    cells = [f"{result['case']:27} {result['dtype']:8}"]
    cells.append(f"{result['microseconds']['sknn_scratch']:10.0f}")
    for name in ("scikit-learn", "PyTorch", "products"):
        value = result["ratio"].get(name)
        cells.append(f"{'–' if value is None else f'{value:.2f}':>13}")
    print(*cells, flush=True)


def draw(results, path):
    """Draw the times of the others divided by that of sknn_scratch."""
    figure, axes = plt.subplots(
        figsize=(8, 0.5 + 0.45 * len(results)), layout="constrained"
    )
    at = np.arange(len(results))
    for offset, (name, color) in zip((-0.25, 0, 0.25), COLORS.items(), strict=True):
        ratios = [result["ratio"].get(name, np.nan) for result in results]
        if np.isnan(ratios).all():
            continue
        axes.barh(at + offset, ratios, height=0.23, color=color, label=name)
    axes.axvline(1, color="#0072B2", lw=2)
    labels = [f"{result['case']}  {result['dtype']}" for result in results]
    axes.set(yticks=at, yticklabels=labels, xlabel="time per step, sknn_scratch = 1")
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=len(COLORS))
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--cases", CASES, "cases")
    add_choices(parser, "--dtypes", DTYPES, "dtypes")
    parser.add_argument("--threads", type=int, help="BLAS threads (default: all)")
    parser.add_argument("--repeats", type=int, default=5, help="number of rounds")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    mpl.use("agg")
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    print(
        f"{'network, batch':27} {'':8} {'µs/step':>10} "
        f"{'scikit-learn':>13} {'PyTorch':>13} {'products':>13}   ÷ sknn_scratch"
    )
    results = []
    with threadpoolctl.threadpool_limits(options.threads):
        for name in options.cases:
            for dtype in options.dtypes:
                results.append(measure(name, dtype, options.repeats))
                print_row(results[-1])
    save(options.output / "speed.json", results)
    draw(results, options.output / "speed.png")


if __name__ == "__main__":
    main()
