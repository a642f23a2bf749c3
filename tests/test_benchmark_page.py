"""The tables of the benchmark page have the numbers that the scripts have printed."""

import csv
import re
from itertools import chain
from pathlib import Path

import pytest
from benchmark_runs import BENCHMARKS

DOCS = Path(__file__).parents[1] / "docs"
TABLES = sorted((DOCS / "measurements").glob("*.csv"))


def numbers(text):
    """Return the numbers of a text, without thousands separators."""
    text = text.replace("−", "-").replace(",", "")
    return set(re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_number_of_a_table_is_in_the_raw_results(path):
    printed = numbers((DOCS / "benchmark_results.rst").read_text("utf-8"))
    cells = chain(*csv.reader(path.read_text("utf-8").splitlines()))
    shown = set().union(*map(numbers, cells))
    assert len(shown) > 3
    assert shown - printed == set()


def test_every_table_is_shown_on_the_page():
    page = (DOCS / "benchmarks.rst").read_text("utf-8")
    shown = re.findall(r":file: measurements/(\w+)\.csv", page)
    assert sorted(shown) == [path.stem for path in TABLES]


def test_every_script_is_named_on_the_page():
    page = (DOCS / "benchmarks.rst").read_text("utf-8")
    named = set(re.findall(r"examples/benchmarks/(\w+)\.py", page))
    helpers = {"harness", "models", "tables"}
    assert {path.stem for path in BENCHMARKS.glob("*.py")} - helpers - named == set()
