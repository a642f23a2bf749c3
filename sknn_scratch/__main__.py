"""``python -m sknn_scratch``: versions and a self-check, to put into a bug report."""

import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from . import MLPScratchClassifier, __version__
from .inspection import check_gradients


def check():
    """Compare a short fit with scikit-learn's, and a gradient with differences.

    Returns
    -------
    sound : bool
        Whether both agree.
    """
    X, y = load_digits(return_X_y=True)
    settings = {"hidden_layer_sizes": (30,), "max_iter": 10, "random_state": 0}
    probabilities, seconds = [], []
    for cls in (MLPScratchClassifier, MLPClassifier):
        start = time.perf_counter()
        with warnings.catch_warnings(action="ignore"):  # ten epochs are few
            probabilities.append(cls(**settings).fit(X / 16, y).predict_proba(X / 16))
        seconds.append(time.perf_counter() - start)
    apart = np.abs(probabilities[0] - probabilities[1]).max()
    gradient = check_gradients(MLPScratchClassifier(5, "tanh"), X[:50] / 16, y[:50])
    print(f"probabilities apart from scikit-learn's by {apart:.1e}", end="")
    print(f" ({seconds[0]:.2f} s here, {seconds[1]:.2f} s there)")
    print(f"gradient apart from differences by {max(gradient.errors.values()):.1e}")
    sound = bool(apart < 1e-6 and gradient)
    print("self-check passed" if sound else "SELF-CHECK FAILED")
    return sound


def main():
    """Print versions, and check; the exit code says how it went."""
    print(f"sknn_scratch: {__version__}")
    sklearn.show_versions()
    print("\nSelf-check:")
    sys.exit(not check())


if __name__ == "__main__":
    main()
