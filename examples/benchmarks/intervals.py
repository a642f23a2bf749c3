"""Prediction intervals on real tables: quantiles, the gaussian loss, and calibration.

The 5 %, 50 % and 95 % quantiles are predicted by one network, by three networks, by a
network with the gaussian loss (quantiles of the normal distribution), and by
gradient-boosted trees for comparison. All networks have the same splits, encoder and
settings, with and without calibrate=True. A quarter of the rows is the test set.

The script prints means over the splits: the pinball loss (mean over the quantiles, in
standard deviations of the target), the coverage of the intervals from 5 % to 95 %,
which should be 90 %, their mean width, the share of rows with quantiles in the wrong
order, and the processor time of a fit with its predictions. Compare processor times
with one thread only (OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1). Writes intervals.json.
"""

import argparse
import time
import warnings

import numpy as np
from harness import add_choices, output_folder, save
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_pinball_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from tables import REGRESSION

from sknn_scratch import MLPScratchRegressor
from sknn_scratch.engine.losses import Quantile
from sknn_scratch.tabular import TableEncoder

LEVELS = [0.05, 0.5, 0.95]
# Tables of at least 1,000 rows, without categorical columns of many values.
SETS = ["concrete", "computers", "deliveries", "wage", "houses", "airfare"]
TABLES = REGRESSION["development"] | REGRESSION["unseen"]
N_ROWS = 6000  # most rows per table
# The best of 12 combinations on four other tables (economy, storms, births and
# weather), for one network and for three.
OPTIONS = {
    "hidden_layer_sizes": (64, 64),
    "early_stopping": True,
    "scoring": "loss",
    "validation_fraction": 0.2,
    "n_iter_no_change": 20,
    "batch_size": 64,
    "learning_rate_init": 0.002,
    "standardize_target": True,
    "average": 0.99,
    "dropout": 0.1,
    "alpha": 0.1,
}


def network(loss, seed, **settings):
    """Return a pipeline of an encoder for tables and a network."""
    mlp = MLPScratchRegressor(loss, random_state=seed, **OPTIONS | settings)
    return make_pipeline(TableEncoder(), mlp)


def quantiles(X, y, X_test, seed, **settings):
    """Predict all quantiles with one network."""
    return network(Quantile(LEVELS), seed, **settings).fit(X, y).predict(X_test)


def separate(X, y, X_test, seed):
    """Predict each quantile with a separate network."""
    models = [network(Quantile(q), seed).fit(X, y) for q in LEVELS]
    return np.column_stack([model.predict(X_test) for model in models])


def gaussian(X, y, X_test, seed, **settings):
    """Predict the quantiles of a normal distribution."""
    model = network("gaussian", seed, **settings).fit(X, y)
    mean, std = model.predict(X_test, return_std=True)
    return mean[:, None] + std[:, None] * norm.ppf(LEVELS)


def boosting(X, y, X_test, seed):
    """Predict each quantile with separate gradient-boosted trees."""
    models = [
        HistGradientBoostingRegressor(loss="quantile", quantile=q, random_state=seed)
        for q in LEVELS
    ]
    return np.column_stack([model.fit(X, y).predict(X_test) for model in models])


CONTENDERS = {
    "one network": quantiles,
    "three networks": separate,
    "one, calibrated": lambda *given: quantiles(*given, calibrate=True),
    "gaussian": gaussian,
    "gaussian, calibrated": lambda *given: gaussian(*given, calibrate=True),
    "boosting": boosting,
}


def measures(predicted, y, scale):
    """Return the metrics of the predictions for a test set."""
    low, _, high = predicted.T
    losses = [
        mean_pinball_loss(y, predicted[:, j], alpha=q) for j, q in enumerate(LEVELS)
    ]
    return {
        "pinball": np.mean(losses) / scale,
        "coverage": np.mean((low <= y) & (y <= high)),
        "width": np.mean(high - low) / scale,
        "crossed": np.mean((np.diff(predicted) < 0).any(axis=1)),
    }


def compare(name, n_splits, n_rows, only):
    """Return a record for each split and contender."""
    X, y = TABLES[name]()
    y, records = y.astype(float), []
    for seed in range(n_splits):
        rows = np.random.default_rng(seed).permutation(len(y))[:n_rows]
        train, test = train_test_split(rows, random_state=seed)
        for contender in only:
            start = time.process_time()
            given = X.iloc[train], y[train], X.iloc[test], seed
            predicted = CONTENDERS[contender](*given)
            seconds = time.process_time() - start
            found = measures(predicted, y[test], y[train].std())
            record = {"set": name, "split": seed, "model": contender}
            records.append(record | found | {"seconds": seconds})
    return records


def summarize(records):
    """Return the mean over the splits of each measure, by set and model."""
    means = {}
    for record in records:
        found = [r for r in records if all(r[k] == record[k] for k in ("set", "model"))]
        means.setdefault(record["set"], {})[record["model"]] = {
            name: float(np.mean([r[name] for r in found]))
            for name in ("pinball", "coverage", "width", "crossed", "seconds")
        }
    return means


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--sets", SETS, "data sets")
    add_choices(parser, "--models", CONTENDERS, "models")
    parser.add_argument("--splits", type=int, default=5, help="number of splits")
    parser.add_argument("--rows", type=int, default=N_ROWS, help="most rows per table")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    records = []
    for name in options.sets:
        found = compare(name, options.splits, options.rows, options.models)
        records += found
        print(
            f"{name:22}{'pinball':>9}{'coverage':>10}{'width':>8}{'crossed':>9}{'s':>7}"
        )
        for model, means in summarize(found)[name].items():
            print(
                f"  {model:20}{means['pinball']:9.4f}{means['coverage']:10.1%}"
                f"{means['width']:8.2f}{means['crossed']:9.2%}{means['seconds']:7.1f}",
                flush=True,
            )
    results = {"records": records, "summary": summarize(records)}
    save(options.output / "intervals.json", results)


if __name__ == "__main__":
    main()
