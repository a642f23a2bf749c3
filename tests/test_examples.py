"""The examples run, and draw what they say; here in a small setting."""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"

on_linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux counts the memory"
)


def run_benchmark(name, output, *options):
    """Run a benchmark, and return its results."""
    path = EXAMPLES / "benchmarks" / f"{name}.py"
    command = [sys.executable, path, *options, "--output", output]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    report = json.loads((output / f"{name}.json").read_text())
    assert report["machine"]["cores"] >= 1
    return report["results"]


def test_the_speed_benchmark_measures_every_contender(tmp_path):
    options = ["--repeats=1", "--cases", "64-32-10, 32", "--dtypes", "float32"]
    (result,) = run_benchmark("speed", tmp_path, *options)
    assert {"sknn_scratch", "scikit-learn", "products"} <= set(result["microseconds"])
    assert all(value > 0 for value in result["microseconds"].values())
    assert (tmp_path / "speed.png").stat().st_size > 10_000


@on_linux
def test_the_memory_benchmark_measures_both_libraries(tmp_path):
    case, *pickles = run_benchmark("memory", tmp_path, "--cases=fit", "--rows=100000")
    assert case["sknn_scratch"]["mib"] < case["scikit-learn"]["mib"] / 2
    assert [result["times_weights"] for result in pickles] == [
        pytest.approx(3, abs=0.2),
        pytest.approx(1, abs=0.1),
    ]


@on_linux
def test_the_scaling_benchmark_fits_a_slope(tmp_path):
    options = ["--rows", "5000", "30000", "--repeats=1"]
    results = run_benchmark("scaling", tmp_path, *options)
    assert [result["rows"] for result in results["rows"]] == [5000, 30000]
    assert results["slopes"]["sknn_scratch"] > 0
    assert (tmp_path / "scaling.png").stat().st_size > 10_000


def test_the_parts_benchmark_clocks_every_part(tmp_path):
    options = ["--cases", "64-32-10, 32", "--repeats=1"]
    results = run_benchmark("parts", tmp_path, *options)
    parts = {r["part"] for r in results if r["microseconds"] > 0}
    assert parts == {
        "a step",
        "bare products",
        "layers",
        "relu",
        "loss",
        "penalty",
        "Adam",
        "gathering",
    }


def test_the_epochs_benchmark_compares_with_the_first(tmp_path):
    options = ["--cases", "early stopping", "--dtypes", "float32", "--repeats=1"]
    without, with_it = run_benchmark("epochs", tmp_path, *options)
    assert without["share_of_first"] == 1
    assert with_it["milliseconds"] > 0


def test_the_search_finds_the_same_as_with_scikit_learn(tmp_path):
    options = ["--epochs=2", "--search-epochs=2", "--repeats=1"]
    results = run_benchmark("busy", tmp_path, *options)
    ours, theirs = results["search"]["best_params"]
    assert ours == theirs
    assert results["search"]["largest_difference_of_scores"] == 0
    assert all(slowdown > 0 for slowdown in results["two at once"].values())


def test_the_dask_benchmark_compares_numbers_of_workers(tmp_path):
    options = ["--workers", "1", "2", "--repeats=1", "--epochs=2"]
    results = run_benchmark("dask_scaling", tmp_path, *options)
    assert set(results["seconds"]) == {"here", "1", "2"}
    assert results["largest_difference_of_scores"] == 0
    assert 0 <= results["serial_share"] <= 1
    ideal = results["ideal"]
    assert ideal["seconds"] <= results["seconds"]["1"]
    assert ideal["speedup"] * ideal["seconds"] == pytest.approx(results["seconds"]["1"])


def test_the_extrapolation_to_many_workers_is_amdahls(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES / "benchmarks")
    amdahl = importlib.import_module("dask_scaling").amdahl
    # 2 seconds serial, 8 shared out
    assert amdahl(1, 10.0, 2, 6.0, 100) == pytest.approx((0.2, 2.08, 10 / 2.08))
    assert amdahl(2, 6.0, 4, 4.0, 100) == pytest.approx((0.2, 2.08, 10 / 2.08))
    # Noise: slower with two, or more than twice as fast
    assert amdahl(1, 10.0, 2, 11.0, 100) == pytest.approx((1.0, 10.0, 1.0))
    assert amdahl(1, 10.0, 2, 4.0, 100) == pytest.approx((0.0, 0.1, 100.0))


def test_the_options_benchmark_agrees_with_scikit_learn_at_the_defaults(tmp_path):
    options = ["--sets", "wine", "diabetes", "churn", "--rows=60"]
    for result in run_benchmark("options", tmp_path, *options):
        scores = result["scores"]
        assert scores["defaults"] == pytest.approx(scores["scikit-learn"])
        assert scores["options"] != scores["defaults"]
        assert result["standard_error"] > 0


def test_the_standard_error_over_folds_is_corrected_for_their_overlap(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES / "benchmarks")
    standard_error = importlib.import_module("options").standard_error
    # Five folds, variance 2.5: √(2.5 (1/5 + 1/4)), 1.5 times √(2.5 / 5)
    assert standard_error([1, 2, 3, 4, 5]) == pytest.approx(1.5 * 0.5**0.5)


def test_geometric_means_are_of_shifted_values_and_shifted_back(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES / "benchmarks")
    summarize = importlib.import_module("accuracy").summarize
    errors = {"first": 0.0, "second": 0.03}
    records = [
        {"set": name, "seed": 0, "model": "fast", "error": error, "seconds": 1.0}
        for name, error in errors.items()
    ]
    # √(0.01 · 0.04) − 0.01
    assert summarize(records)["error"]["fast"] == pytest.approx(0.01)


def test_the_accuracy_benchmark_compares_on_real_tables(tmp_path):
    options = ["--part=development", "--sets", "attrition", "concrete", "houses"]
    options += ["--rows=80", "--seeds=1", "--models", "linear", "scikit-learn", "fast"]
    results = run_benchmark("accuracy", tmp_path, *options)
    assert len(results["records"]) == 9
    for record in results["records"]:
        assert record["seconds"] > 0
        measured = record["nRMSE"] if "nRMSE" in record else record["error"]
        assert 0 < measured < 2
    models = ["linear", "scikit-learn", "fast"]
    assert {name: list(means) for name, means in results["summary"].items()} == {
        "error": models,
        "log loss": models,
        "nRMSE": models,
        "seconds": models,
    }
    assert (tmp_path / "accuracy.png").stat().st_size > 10_000


def test_ranks_are_as_far_apart_as_nemenyi_has_it(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES / "benchmarks")
    critical_difference = importlib.import_module("accuracy").critical_difference
    # Demšar (2006): four classifiers on 14 sets, q = 2.569
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)


@pytest.mark.parametrize("of_classes", [False, True])
def test_every_ablation_changes_the_pipeline(monkeypatch, of_classes):
    monkeypatch.syspath_prepend(EXAMPLES / "benchmarks")
    makers = importlib.import_module("accuracy").ablated(of_classes, seed=0)
    pipelines = {name: repr(make().get_params()) for name, make in makers.items()}
    assert len(set(pipelines.values())) == len(makers) > 15


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    figure = tmp_path_factory.mktemp("quickstart") / "figure.png"
    command = [sys.executable, EXAMPLES / "quickstart.py", "--max-iter=5"]
    result = subprocess.run(
        [*command, f"--output={figure}"], capture_output=True, text=True, check=True
    )
    return result, figure


def test_quickstart_prints_every_model_beside_its_counterpart(quickstart):
    lines = quickstart[0].stdout.splitlines()[2:10]
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
    assert quickstart[0].stderr == ""


def test_quickstart_shows_the_same_outputs_as_scikit_learn(quickstart):
    lines = quickstart[0].stdout.splitlines()[2:10]
    for line in (lines[1], lines[7]):
        assert float(line.split()[-1]) < 1e-6


def test_quickstart_draws_a_figure(quickstart):
    image = matplotlib.image.imread(quickstart[1])
    assert image.shape[1] > 1000
    assert len({tuple(pixel) for pixel in image[::7, ::7].reshape(-1, 4)}) > 20
