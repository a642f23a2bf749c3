"""
Hyperparameter optimization with Optuna
=======================================

In a hyperparameter search, a few epochs are enough to recognize most bad candidates.
Optuna proposes settings from the results so far. It also stops (prunes) trials that are
worse than others after the same number of epochs. For that, it needs the validation
loss of every epoch. A callback of a few lines reports the loss, and stops training if
Optuna decides to prune the trial.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import optuna
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sknn_scratch import MLPScratchClassifier

# Ignore the warning that some trials are no better than a constant prediction.
warnings.filterwarnings("ignore", category=ConvergenceWarning)

optuna.logging.set_verbosity(optuna.logging.WARNING)
X, y = load_digits(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(
    X / 16, y, train_size=0.5, stratify=y, random_state=0
)
X_val, X_test, y_val, y_test = train_test_split(
    X_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)

# %%
# `on_fit_task_end` is called at the end of each epoch. It receives a copy of the
# estimator with the current weights and curves. If it returns True, training stops.


class Pruning:
    def __init__(self, trial):
        self.trial = trial

    def setup(self, estimator, context): ...
    def teardown(self, estimator, context): ...
    def on_fit_task_begin(self, estimator, context): ...
    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name != "epoch":
            return False
        loss = fitted_estimator.validation_loss_curve_[-1]
        self.trial.report(loss, context.task_id)
        return self.trial.should_prune()


# %%
# The study has thirty trials of up to forty epochs. If a trial was pruned,
# ``stop_reason_`` is "callback".

curves = []


def objective(trial):
    mlp = MLPScratchClassifier(
        hidden_layer_sizes=trial.suggest_int("units", 8, 128, log=True),
        learning_rate_init=trial.suggest_float("rate", 1e-4, 0.1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.6),
        learning_rate="cosine",
        max_iter=40,
        early_stopping=True,
        scoring="loss",
        n_iter_no_change=np.inf,
        random_state=0,
    )
    mlp.set_callbacks(Pruning(trial)).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    pruned = mlp.stop_reason_ == "callback"
    curves.append((mlp.validation_loss_curve_, pruned))
    trial.set_user_attr("test accuracy", mlp.score(X_test, y_test))
    if pruned:
        raise optuna.TrialPruned
    return min(mlp.validation_loss_curve_)


study = optuna.create_study(
    sampler=optuna.samplers.TPESampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=5),
)
study.optimize(objective, n_trials=30)
epochs = sum(len(curve) for curve, _ in curves)
print(f"{sum(pruned for _, pruned in curves)} of {len(curves)} trials pruned")
print(f"{epochs} epochs in total, {40 * len(curves)} without pruning")
print(", ".join(f"{name} {value:.3g}" for name, value in study.best_params.items()))
print(f"test accuracy of the best: {study.best_trial.user_attrs['test accuracy']:.3f}")

# %%
# Each line is the validation loss of a trial. Crosses mark the epochs in which trials
# were pruned.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for curve, pruned in curves:
    color = "#D55E00" if pruned else "#0072B2"
    ax.semilogy(np.arange(1, len(curve) + 1), curve, color=color, lw=1, alpha=0.7)
    if pruned:
        ax.semilogy(len(curve), curve[-1], "x", color=color)
ax.plot([], [], color="#0072B2", label="complete trial")
ax.plot([], [], "x-", color="#D55E00", label="pruned trial")
ax.set(
    xlabel="epoch", ylabel="validation loss", title="Validation loss of thirty trials"
)
ax.legend()
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`choosing settings </guide/choosing>` recommends ranges to
#   search.
# - The user guide on :ref:`custom callbacks <own-callback>` describes their methods.
# - The user guide on :doc:`early stopping </guide/validation>` describes your own
#   validation set (`X_val`, `y_val`).
# - :doc:`/gallery/halving_search` stops bad candidates with scikit-learn alone.
