"""Out-of-core training gives the same model with less memory."""

import copy
import pickle
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmark_runs import run_forking
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier

pq = pytest.importorskip("pyarrow.parquet")

CHUNK, N_EPOCHS = 300, 12
X, Y = load_digits(return_X_y=True)
X = X.astype(np.float32)
N_CHUNKS = len(Y) // CHUNK
N_TRAIN = N_CHUNKS * CHUNK


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The digits as .npy, CSV and Parquet, with row groups of a chunk and others."""
    folder = tmp_path_factory.mktemp("digits")
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", Y)
    table = pd.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    table["digit"] = Y
    table.to_csv(folder / "table.csv", index=False)
    table.to_parquet(folder / "table.parquet", row_group_size=170)
    table.to_parquet(folder / "groups.parquet", row_group_size=CHUNK)
    return folder


def from_arrays(folder):
    for start in range(0, len(Y), CHUNK):
        yield X[start : start + CHUNK], Y[start : start + CHUNK]


def from_npy(folder):
    y = np.load(folder / "y.npy", mmap_mode="r")
    for start in range(0, len(y), CHUNK):
        mapped = np.load(folder / "X.npy", mmap_mode="r")
        yield mapped[start : start + CHUNK], y[start : start + CHUNK]


def from_csv(folder):
    how = {"chunksize": CHUNK, "dtype": np.float32}
    with pd.read_csv(folder / "table.csv", **how) as frames:
        for frame in frames:
            y = frame.pop("digit").to_numpy(int)
            yield frame.to_numpy(), y


def from_row_groups(folder):
    with pq.ParquetFile(folder / "groups.parquet") as file:
        for i in range(file.num_row_groups):
            frame = file.read_row_group(i, use_threads=False).to_pandas()
            y = frame.pop("digit").to_numpy()
            yield frame.to_numpy(), y


def from_batches(folder):
    with pq.ParquetFile(folder / "table.parquet") as file:
        for batch in file.iter_batches(CHUNK):
            frame = batch.to_pandas()
            y = frame.pop("digit").to_numpy()
            yield frame.to_numpy(), y


def network(**settings):
    return MLPScratchClassifier(
        learning_rate="cosine",
        learning_rate_init=0.01,
        average=0.99,
        random_state=0,
        **settings,
    )


def train(chunks):
    """Train from all whole chunks but the first, which validates.

    Returns the scaler, the last model, the best one, and the losses of all epochs.
    """
    X_val, y_val = next(chunks())
    scaler = StandardScaler()
    for X_chunk, _ in islice(chunks(), 1, N_CHUNKS):
        scaler.partial_fit(X_chunk)
    model = network(max_iter=(N_CHUNKS - 1) * N_EPOCHS)
    losses = []
    for _ in range(N_EPOCHS):
        for X_chunk, y_chunk in islice(chunks(), 1, N_CHUNKS):
            model.partial_fit(scaler.transform(X_chunk), y_chunk, classes=range(10))
        proba = model.predict_proba(scaler.transform(X_val))
        losses.append(log_loss(y_val, proba))
        if losses[-1] == min(losses):
            best = copy.deepcopy(model)
    return scaler, model, best, losses


@pytest.fixture(scope="module")
def from_memory():
    return train(lambda: from_arrays(None))


@pytest.mark.parametrize("read", [from_npy, from_csv, from_row_groups, from_batches])
def test_chunks_of_a_file_give_the_model_of_chunks_of_an_array(
    read, folder, from_memory
):
    scaler, model, best, losses = train(lambda: read(folder))
    np.testing.assert_array_equal(scaler.mean_, from_memory[0].mean_)
    assert losses == from_memory[3]
    for ours, theirs in ((model, from_memory[1]), (best, from_memory[2])):
        np.testing.assert_array_equal(ours.coefs_[0], theirs.coefs_[0])
        np.testing.assert_array_equal(ours.coefs_[1], theirs.coefs_[1])
    assert model.coefs_[0].dtype == np.float32


def test_the_scaler_of_chunks_is_that_of_the_whole(from_memory):
    whole = StandardScaler().fit(X[CHUNK:N_TRAIN])
    np.testing.assert_allclose(from_memory[0].mean_, whole.mean_, rtol=1e-6)
    np.testing.assert_allclose(from_memory[0].scale_, whole.scale_, rtol=1e-6)


def test_chunks_train_as_well_as_the_whole(from_memory):
    scaler, model, _, losses = from_memory
    Z = scaler.transform(X)
    whole = network(max_iter=N_EPOCHS, n_iter_no_change=N_EPOCHS)
    whole.fit(Z[CHUNK:N_TRAIN], Y[CHUNK:N_TRAIN])
    loss = log_loss(Y[:CHUNK], whole.predict_proba(Z[:CHUNK]))
    assert losses[-1] < 1.1 * loss
    score = whole.score(Z[:CHUNK], Y[:CHUNK])
    assert model.score(Z[:CHUNK], Y[:CHUNK]) > score - 0.02  # 300 rows


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_one_chunk_with_all_samples_equals_fit():
    fitted = network(max_iter=5).fit(X / 16, Y)
    model = network(max_iter=5)
    for _ in range(5):
        model.partial_fit(X / 16, Y, classes=range(10))
    np.testing.assert_array_equal(model.coefs_[0], fitted.coefs_[0])


def test_the_best_model_is_not_changed_by_further_training(from_memory):
    scaler, model, best, losses = from_memory
    proba = best.predict_proba(scaler.transform(X[:CHUNK]))
    assert log_loss(Y[:CHUNK], proba) == min(losses)
    before = best.coefs_[0].copy()
    more = copy.deepcopy(model).set_params(learning_rate="constant")
    more.partial_fit(scaler.transform(X[CHUNK : 2 * CHUNK]), Y[CHUNK : 2 * CHUNK])
    np.testing.assert_array_equal(best.coefs_[0], before)


def test_a_pickled_model_continues_where_it_stopped(from_memory):
    scaler = from_memory[0]
    begun = network(max_iter=20)
    chunks = [
        (scaler.transform(X_chunk), y_chunk)
        for X_chunk, y_chunk in islice(from_arrays(None), N_CHUNKS)
    ]
    for chunk in chunks:
        begun.partial_fit(*chunk, classes=range(10))
    resumed = pickle.loads(pickle.dumps(begun))
    for chunk in chunks:
        begun.partial_fit(*chunk)
        resumed.partial_fit(*chunk)
    np.testing.assert_array_equal(resumed.coefs_[0], begun.coefs_[0])
    assert resumed.learning_rate_curve_ == begun.learning_rate_curve_


def test_the_rate_ends_with_the_last_planned_call(from_memory):
    scaler, model, _, _ = from_memory
    rates = model.learning_rate_curve_
    assert len(rates) == (N_CHUNKS - 1) * N_EPOCHS
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.01 * rates[0]
    with pytest.warns(UserWarning, match="schedule ended after max_iter=48"):
        copy.deepcopy(model).partial_fit(scaler.transform(X[:CHUNK]), Y[:CHUNK])


def test_a_shorter_last_chunk_is_validated_again():
    # Why the guide leaves it out: it has fewer steps, of which the schedule reckons
    # how many there are in all.
    model = network(max_iter=10)
    for _ in range(4):
        model.partial_fit(X[:1000], Y[:1000], classes=range(10))
    with pytest.warns(UserWarning, match="schedule ended"):
        model.partial_fit(X[:100], Y[:100])


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux counts the memory"
)
def test_memory_is_limited_to_a_chunk(tmp_path):
    options = ["--rows=50000", "--chunk=5000", "--epochs=1"]
    options += ["--formats", "whole", "npy", "parquet", "csv"]
    whole, *chunked = run_forking("chunks", tmp_path, *options)
    assert whole["rise_mib"] > 2 * whole["file_mib"]  # what is read, and scaled
    for result in chunked:
        # float64 in the scaler, the scaled copy, and what the libraries cache
        assert result["rise_mib"] < 15 * result["chunk_mib"], result
