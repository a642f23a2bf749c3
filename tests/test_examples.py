"""The examples run, and draw what they say; here in a small setting."""

import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_the_speed_benchmark_measures_every_contender(tmp_path):
    command = [sys.executable, EXAMPLES / "benchmarks" / "speed.py", "--repeats=1"]
    command += ["--cases", "64-32-10, 32", "--dtypes", "float32", "--output", tmp_path]
    subprocess.run(command, capture_output=True, check=True)
    report = json.loads((tmp_path / "speed.json").read_text())
    (result,) = report["results"]
    assert {"sknn_scratch", "scikit-learn", "products"} <= set(result["microseconds"])
    assert all(value > 0 for value in result["microseconds"].values())
    assert report["machine"]["cores"] >= 1
    assert (tmp_path / "speed.png").stat().st_size > 10_000


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
