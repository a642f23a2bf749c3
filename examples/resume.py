"""
Going on after a crash
======================

A long training should not be lost with the process. With a `Checkpoint` among its
callbacks a fit saves, every few epochs, all that the next epoch depends on: weights,
the solver's moments, the random stream, the best epoch so far. The same program, run
again, goes on from there, and ends with the same bits as one that was never stopped.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.callbacks import Checkpoint

X, y = load_digits(return_X_y=True)
X = X / 16
path = Path(tempfile.mkdtemp()) / "digits.checkpoint"


def network():
    return MLPScratchClassifier(
        learning_rate="cosine",
        learning_rate_init=0.01,
        dropout=0.2,
        early_stopping=True,
        scoring="loss",
        n_iter_no_change=np.inf,
        max_iter=60,
        random_state=0,
    )


# %%
# Here a callback simulates the crash: before epoch 38 it raises an error. A killed
# process or a power cut leaves the same file, since it is always replaced as a whole.
# It holds arrays and JSON only, so it is safe to load, whoever wrote it.


class PowerCut:
    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context): ...
    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == 37:
            raise RuntimeError("no more power")


try:
    network().set_callbacks(Checkpoint(path, every=10), PowerCut()).fit(X, y)
except RuntimeError as error:
    print(f"{error}; {path.name} has {path.stat().st_size / 1024:.0f} KiB")

# %%
# The last checkpoint is that of epoch 30. `fit` finds the file, checks that it belongs
# to the same parameters and data, and makes the thirty epochs that are left. At its end
# the file is gone. Without all that happened the result is the same.

resumed = network().set_callbacks(Checkpoint(path, every=10)).fit(X, y)
whole = network().fit(X, y)
print("checkpoint left:", path.exists())
print("same losses:", resumed.loss_curve_ == whole.loss_curve_)
print("same bits:", all(map(np.array_equal, resumed.coefs_, whole.coefs_)))

# %%
# Seven epochs of the first run are lost, those after its last checkpoint; with
# ``every=1``, the default, it would have been none.

epochs = np.arange(1, 61)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(epochs, whole.loss_curve_, color="#56B4E9", lw=7, label="never stopped")
ax.plot(epochs[:37], whole.loss_curve_[:37], color="black", lw=2, label="first run")
ax.plot(epochs[30:], resumed.loss_curve_[30:], color="#D55E00", lw=2, label="resumed")
ax.axvline(30, color="0.5", linestyle="--", lw=1)
ax.text(29.5, 1.5, "last checkpoint", ha="right", color="0.35")
ax.set(yscale="log", xlabel="epoch", ylabel="training loss")
ax.set_title("Resumed, the curve goes on where it was saved")
ax.legend()
ax.spines[["top", "right"]].set_visible(False)
plt.show()
