"""
Drop-in replacement for MLPClassifier: the same results, faster
===============================================================

`MLPScratchClassifier` has the parameters of scikit-learn's
:class:`~sklearn.neural_network.MLPClassifier` and draws random numbers in the same
order. With the same parameters and the same seed, both train the same network up to
rounding, except for a few :doc:`intended differences </differences>`. This example
trains both on the digits and compares losses, probabilities and training time.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from sknn_scratch import MLPScratchClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, stratify=y, random_state=0
)

# %%
# The data are float64. In float32, rounding errors are larger and grow from step to
# step, so fewer digits of the probabilities agree after a hundred epochs.
#
# Both networks use one thread, so that other programs on the same machine disturb the
# measurement less. Each fit is timed only once, so the times are not accurate.
# :doc:`/benchmarks` has accurate measurements.

settings = {
    "batch_size": 50,
    "learning_rate_init": 0.003,
    "max_iter": 500,
    "random_state": 0,
}
theirs, ours = MLPClassifier(**settings), MLPScratchClassifier(**settings)
for mlp in (theirs, ours):
    with threadpool_limits(1):
        start = time.perf_counter()
        mlp.fit(X_train, y_train)
        seconds = time.perf_counter() - start
    print(
        f"{type(mlp).__name__:20} {mlp.n_iter_} epochs in {seconds:.2f} s, "
        f"accuracy {mlp.score(X_test, y_test):.3f}"
    )

# %%
# Both stop after the same epoch. The small differences are rounding errors, because
# some sums are computed in a different order.

p_theirs, p_ours = theirs.predict_proba(X_test), ours.predict_proba(X_test)
losses = np.abs(np.subtract(theirs.loss_curve_, ours.loss_curve_))
print(f"largest difference of the losses:        {losses.max():.0e}")
print(f"largest difference of the probabilities: {np.abs(p_theirs - p_ours).max():.0e}")

# %%
# The figure on the right shows the probabilities of all ten classes for every test
# image. The axes are logarithmic: even very small probabilities agree.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for mlp, color, width in ((theirs, "#E69F00", 7), (ours, "#0072B2", 2)):
    epochs = range(1, mlp.n_iter_ + 1)
    name = type(mlp).__name__
    left.semilogy(epochs, mlp.loss_curve_, color=color, lw=width, label=name)
left.set(xlabel="epoch", ylabel="training loss")
left.set_title("The same loss in every epoch")
left.legend(frameon=False)

right.axline((1, 1), (0.1, 0.1), color="0.8", lw=7)
right.loglog(p_theirs.ravel(), p_ours.ravel(), ".", color="#0072B2", ms=3)
ticks = 10.0 ** np.arange(-24, 1, 6)
right.set(xticks=ticks, yticks=ticks)
right.set(xlabel="probability, MLPClassifier")
right.set(ylabel="probability, MLPScratchClassifier")
right.set_title("The same probability for every class")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - :doc:`/coming_from` compares the parameters with those of scikit-learn and other
#   libraries.
# - The :doc:`user guide </guide/index>` describes the options that scikit-learn lacks,
#   and :doc:`/guide/choosing` helps to choose among them.
# - :doc:`/gallery/dropout_and_augmentation` uses some of them to increase the accuracy
#   on digits.
# - :doc:`/gallery/grid_search` puts the estimator into a pipeline and a grid search.
