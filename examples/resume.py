"""
Checkpoints: resume training after a crash
==========================================

With the callback `Checkpoint`, `fit` saves its complete state every few epochs:
weights, moments of the solver, random state and best epoch. After a crash, run the same
program again: training resumes from the checkpoint and ends with exactly the same
weights as an uninterrupted run.
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
# Here a callback simulates the crash: it raises an error before epoch 38. If the
# process is killed or the power fails, the file is the same, because it is always
# replaced as a whole. It contains only arrays and JSON, so loading it cannot run code.


class Crash:
    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context): ...
    def on_fit_task_begin(self, estimator, context):
        if context.task_name == "epoch" and context.task_id == 37:
            raise RuntimeError("simulated crash")


try:
    network().set_callbacks(Checkpoint(path, every=10), Crash()).fit(X, y)
except RuntimeError as error:
    print(f"{error}; {path.name}: {path.stat().st_size / 1024:.0f} KiB")

# %%
# The last checkpoint was saved after epoch 30. `fit` finds the file, checks that the
# parameters and data are the same, and trains for the remaining 30 epochs. At the end,
# it removes the file. The result is that of an uninterrupted run.

resumed = network().set_callbacks(Checkpoint(path, every=10)).fit(X, y)
whole = network().fit(X, y)
print("checkpoint exists:", path.exists())
print("same losses:", resumed.loss_curve_ == whole.loss_curve_)
print("same weights:", all(map(np.array_equal, resumed.coefs_, whole.coefs_)))

# %%
# The first run trained for seven more epochs after its last checkpoint. The second run
# repeats them. With ``every=1``, the default, no complete epoch is lost.

epochs = np.arange(1, 61)
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(epochs, whole.loss_curve_, color="#56B4E9", lw=7, label="uninterrupted run")
ax.plot(
    epochs[:37],
    whole.loss_curve_[:37],
    color="black",
    lw=2,
    label="first run, until the crash",
)
ax.plot(
    epochs[30:], resumed.loss_curve_[30:], color="#D55E00", lw=2, label="resumed run"
)
ax.axvline(30, color="0.5", linestyle="--", lw=1)
ax.text(29.5, 1.5, "last checkpoint", ha="right", color="0.35")
ax.set(yscale="log", xlabel="epoch", ylabel="training loss")
ax.set_title("The resumed run has the same losses")
ax.legend()
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`saving and loading </guide/saving>` describes checkpoints,
#   files and versions.
# - The user guide on :doc:`reproducible results </guide/reproducible>` describes when
#   results are equal bit for bit.
# - The user guide on :doc:`callbacks </guide/watching>` lists the other callbacks.
# - :doc:`/gallery/streaming` continues training with new data.
