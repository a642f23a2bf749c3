"""What the examples of the pages share when they are tested."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures of a page after it."""
    yield
    plt.close("all")
