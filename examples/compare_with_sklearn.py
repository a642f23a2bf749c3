"""
The same numbers as scikit-learn, sooner
========================================

`MLPScratchClassifier` takes the parameters of scikit-learn's
:class:`~sklearn.neural_network.MLPClassifier`, and draws its random numbers in the same
order. So the same parameters and the same seed give the same network, but for rounding
and for what :doc:`/differences` lists, and one can take the place of the other. This
example trains both on the digits and compares them.
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
# The data are float64. In float32, where rounding is coarser and grows from step to
# step, fewer digits of the probabilities agree after a hundred epochs.
#
# Both fits are held to one thread, because another program on the cores slows down
# several threads more than one. Each is timed once, so the times are rough;
# :doc:`/benchmarks` has better ones.

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
# Both stop after the same epoch. What is left of a difference is rounding: sums that
# are taken in another order.

p_theirs, p_ours = theirs.predict_proba(X_test), ours.predict_proba(X_test)
losses = np.abs(np.subtract(theirs.loss_curve_, ours.loss_curve_))
print(f"largest difference of the losses:        {losses.max():.0e}")
print(f"largest difference of the probabilities: {np.abs(p_theirs - p_ours).max():.0e}")

# %%
# At the right are the probabilities of all ten classes for every image in the test set,
# on logarithmic axes: the tiny ones, of digits that an image does not look like, agree
# as well.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.semilogy(theirs.loss_curve_, color="#E69F00", lw=7, label="MLPClassifier")
left.semilogy(ours.loss_curve_, color="#0072B2", lw=2, label="MLPScratchClassifier")
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
