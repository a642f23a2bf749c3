"""The overviews of parameters on the API pages, and the entries they are made from."""

import importlib
import inspect
import re
from ast import literal_eval
from collections import Counter
from pathlib import Path

import pytest

import sknn_scratch
from sknn_scratch import MLPScratchClassifier, MLPScratchRegressor

pytest.importorskip("sphinx")
docscrape = pytest.importorskip("numpydoc.docscrape")

ESTIMATORS = [
    getattr(sknn_scratch, name)
    for name in sknn_scratch.__all__
    if inspect.isclass(getattr(sknn_scratch, name))
]
# Parameters that both networks have, with differences between classes and numbers.
DIFFERENT = {"loss", "scoring", "early_stopping", "ensemble", "calibrate"}


@pytest.fixture
def overviews(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "docs")
    return importlib.import_module("parameters")


def entries(cls):
    """Return the entries of the parameters of a class, by name."""
    parsed = docscrape.NumpyDocString(inspect.getdoc(cls))
    return {entry.name: entry for entry in parsed["Parameters"]}


def test_each_parameter_is_in_exactly_one_group(overviews):
    names = Counter(name for group in overviews.GROUPS.values() for name in group)
    objects = map(overviews.find, overviews.COUNTERPARTS)
    known = {name for obj in objects for name in inspect.signature(obj).parameters}
    assert set(names) == known
    assert max(names.values()) == 1


def test_descriptions_in_overviews_are_short_sentences(overviews):
    for name in overviews.COUNTERPARTS:
        for row in overviews.rows_of(overviews.find(name)):
            assert row.text.endswith("."), row
            assert len(row.text) <= 100, row


def test_overview_links_defaults_and_marks_what_scikit_learn_lacks(overviews):
    lines = overviews.overview("sknn_scratch.MLPScratchRegressor")
    mark = "`dropout <#parameter-dropout>`__ **+**"
    assert lines[lines.index(f"   * - {mark}") + 1] == "     - ``0.0``"
    assert "   * - `alpha <#parameter-alpha>`__" in lines


def test_overview_of_a_pipeline_has_the_settings_of_its_network(overviews):
    text = "\n".join(overviews.overview("sknn_scratch.tabular.tabular_classifier"))
    page = "sknn_scratch.MLPScratchClassifier.html"
    assert f"`dropout <{page}#parameter-dropout>`__ **+**\n     - ``0.15``" in text
    assert "parameter-n_models" in text
    assert "parameter-momentum" not in text  # has its default


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_documented_defaults_are_those_of_the_signature(cls):
    for name, parameter in inspect.signature(cls).parameters.items():
        documented = entries(cls)[name].type.rpartition("default=")[2]
        assert literal_eval(documented) == parameter.default, name


def test_both_networks_describe_shared_parameters_the_same_way():
    first, second = entries(MLPScratchClassifier), entries(MLPScratchRegressor)
    for name in (first.keys() & second.keys()) - DIFFERENT:
        texts = [
            re.sub(r"\[\d+\]_", "", " ".join(entry[name].desc))
            for entry in (first, second)
        ]
        assert texts[0].split() == texts[1].split(), name
