"""``python -m sknn_scratch`` prints versions and a self-check for bug reports."""

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
    """Compare predictions with scikit-learn's, and a gradient with differences.

    Returns
    -------
    sound : bool
        Whether both comparisons agree within their tolerances.
    """
    X, y = load_digits(return_X_y=True)
    settings = {"hidden_layer_sizes": (30,), "max_iter": 10, "random_state": 0}
    probabilities, seconds = [], []
    for cls in (MLPScratchClassifier, MLPClassifier):
        start = time.perf_counter()
        with warnings.catch_warnings(action="ignore"):  # ten epochs do not converge
            probabilities.append(cls(**settings).fit(X / 16, y).predict_proba(X / 16))
        seconds.append(time.perf_counter() - start)
    difference = np.abs(probabilities[0] - probabilities[1]).max()
    gradient = check_gradients(MLPScratchClassifier(5, "tanh"), X[:50] / 16, y[:50])
    print(f"largest difference from scikit-learn's probabilities: {difference:.1e}")
    print(f"training time: {seconds[0]:.2f} s; scikit-learn: {seconds[1]:.2f} s")
    print(f"largest relative error of the gradient: {gradient.max_error:.1e}")
    sound = bool(difference < 1e-6 and gradient)
    print("self-check passed" if sound else "SELF-CHECK FAILED")
    return sound


def main():
    """Print versions and the self-check; exit with 1 if it fails, else with 0."""
    print(f"sknn_scratch: {__version__}")
    sklearn.show_versions()
    print("\nSelf-check:")
    sys.exit(not check())


if __name__ == "__main__":
    main()
