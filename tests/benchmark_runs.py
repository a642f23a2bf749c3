"""Run the scripts of examples/benchmarks, in this process or in forked ones."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
BENCHMARKS = EXAMPLES / "benchmarks"

# A benchmark of memory starts a process for each measurement. Here they are forks of
# one process that has imported everything, and small random numbers replace the pixels
# of MNIST, which take seconds to read. One thread, because on busy cores the threads of
# the BLAS wait for each other.
FORKING = """
import multiprocessing, runpy, sys
import numpy as np
import threadpoolctl
import harness

rng = np.random.default_rng(0)
pixels = rng.integers(0, 8, (5000, 100)).astype(np.float32) / 8
digits = rng.integers(0, 10, 5000)
harness.varied_pixels = lambda n_features: (pixels[:, :n_features], digits)
harness.get_context = lambda method: multiprocessing.get_context("fork")
sys.argv = sys.argv[1:]
threadpoolctl.threadpool_limits(1)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def results_of(name, folder):
    """Return the results that a benchmark has written to a folder."""
    report = json.loads((folder / f"{name}.json").read_text())
    assert {"processor", "cores", "python", "numpy", "blas"} <= set(report["machine"])
    return report["results"]


def run_here(module, *, folder, patch, options):
    """Run an imported benchmark in this process, and return its results.

    The figure that it draws stays open. `patch` is the fixture monkeypatch.
    """
    name = module.__name__
    patch.setattr(sys, "argv", [name, *options, f"--output={folder}"])
    module.main()
    return results_of(name, folder)


def run_forking(name, folder, *options):
    """Run a benchmark in a process that is forked where it measures memory."""
    command = [sys.executable, "-c", FORKING, f"{name}.py", *options]
    command.append(f"--output={folder}")
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=BENCHMARKS
    )
    assert run.returncode == 0, run.stderr
    return results_of(name, folder)
