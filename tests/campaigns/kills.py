"""Kill a fit at random moments, resume from its checkpoint, and compare the bits.

``python tests/campaigns/kills.py --kills 200``; the tests do the same with fewer.
Every kill is a SIGKILL to a process of its own, which leaves it no time for anything.
"""

import argparse
import pickle
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from sklearn.datasets import load_digits

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.callbacks import Checkpoint

X, Y = load_digits(return_X_y=True)
X, Y = X[:600] / 16, Y[:600]


def noisy(X_batch, random_state):
    """Add noise to a batch."""
    X_batch += random_state.normal(scale=0.1, size=X_batch.shape)
    return X_batch


def model(name):
    """Return the estimator of a case, new."""
    settings = {"max_iter": 150, "n_iter_no_change": 1000, "random_state": 0}
    if name == "perceptron":
        return PerceptronClassifier("log_loss", batch_size=20, **settings)
    settings |= {"hidden_layer_sizes": 32, "batch_size": 20}
    return MLPScratchClassifier(**settings).set_params(**CASES[name])


CASES = {
    "adam": {},
    "sgd, adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "tol": 0.01,
        "n_iter_no_change": 5,
    },
    "nadam, one cycle": {"solver": "nadam", "learning_rate": "one_cycle"},
    "adamw, cosine": {"solver": "adamw", "learning_rate": "cosine", "average": True},
    "everything": {
        "solver": "rmsprop",
        "learning_rate": "cos_log",
        "layer_rates": "fan_in",
        "input_scale": 6.0,
        "early_stopping": True,
        "scoring": "loss",
        "dropout": 0.3,
        "average": 0.9,
        "augment": noisy,
    },
    "perceptron": {},
}


def outcome(fitted):
    """Return all that a fit has found, as bytes."""
    curves = ("loss_curve_", "learning_rate_curve_", "validation_scores_")
    curves += ("validation_loss_curve_", "stop_reason_", "best_epoch_", "n_iter_")
    found = [getattr(fitted, name) for name in curves]
    found += [fitted.model_.network.params.tobytes(), fitted.predict_proba(X).tobytes()]
    return pickle.dumps(found)


def fit(name, path):
    """Fit a case with checkpoints, or resume from an existing one."""
    with warnings.catch_warnings(action="ignore"):
        return model(name).set_callbacks(Checkpoint(path)).fit(X, Y)


def survives(name, n_kills, seed):
    """Kill a fit several times, then let it end.

    Returns the epochs it had reached, and whether all bits are those of a whole fit.
    """
    rng, reached = random.Random(seed), []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outcome(model(name).fit(X, Y))
        path, signs = Path(folder, "checkpoint"), Path(folder, "signs")
        while len(reached) < n_kills:
            command = [sys.executable, __file__, "--fit", name, path, signs]
            process = subprocess.Popen(command)
            deadline = time.monotonic() + 60
            while not signs.exists():  # until it is about to train
                assert process.poll() is None, "the process did not get to train"
                assert time.monotonic() < deadline
                time.sleep(0.01)
            while not (path.exists() or process.poll() is not None):
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.15))
            process.kill()
            process.wait()
            signs.unlink()
            saved = Checkpoint(path).load()
            reached.append(saved["state"]["history"]["n_iter"] if saved else 0)
        same = outcome(fit(name, path)) == expected
        return reached, same and not list(Path(folder).iterdir())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--fit", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        name, path, signs = options.fit
        Path(signs).touch()
        fit(name, path)
        return
    n_kills = n_failed = seed = 0
    while n_kills < options.kills:
        for name in CASES:
            seed += 1
            reached, same = survives(name, 4, seed)
            print(
                f"{name:17} killed after epochs {reached}: {'same' if same else 'NOT'}"
            )
            n_kills, n_failed = n_kills + 4, n_failed + (not same)
    print(f"{n_kills} kills, {n_failed} fits that ended otherwise")
    sys.exit(n_failed > 0)


if __name__ == "__main__":
    main()
