"""The command that prints version information for bug reports."""

import subprocess
import sys

import sklearn

import sknn_scratch
from sknn_scratch import __main__


def test_main_prints_versions_and_checks_the_installation():
    command = [sys.executable, "-m", "sknn_scratch"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"sknn_scratch: {sknn_scratch.__version__}" in output
    assert f"sklearn: {sklearn.__version__}" in output
    assert "num_threads" in output
    assert output.endswith("self-check passed\n")


def test_the_installation_check_fails_for_a_broken_installation(monkeypatch, capsys):
    from sknn_scratch.engine.activations import Relu

    monkeypatch.setattr(Relu, "differentiate", lambda *args: None)
    assert not __main__.check()
    assert "SELF-CHECK FAILED" in capsys.readouterr().out
