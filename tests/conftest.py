import os

# Before SciPy is imported: scikit-learn's check of array API input needs it.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import sklearn
from sklearn.utils.fixes import parse_version

mpl.use("agg")

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")
# Doctests that set callbacks.
NEED_CALLBACKS = (
    "Checkpoint",
    "LiveLossPlot",
    "WeightHistory",
    "DecisionEvolutionDisplay",
    "watching.rst",
    "perceptron.rst",
    "network.rst",
)


def pytest_collection_modifyitems(items):
    """Skip what needs callbacks where scikit-learn has none yet."""
    skip = pytest.mark.skip(reason="callbacks came with scikit-learn 1.9")
    for item in items:
        doctest = isinstance(item, pytest.DoctestItem)
        needs = doctest and item.name.endswith(NEED_CALLBACKS)
        needs |= item.get_closest_marker("needs_callbacks") is not None
        if needs and not HAS_CALLBACKS:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    yield
    plt.close("all")
