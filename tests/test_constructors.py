"""Constructors and docstrings are consistent."""

import ast
import inspect
import re

import pytest

from sknn_scratch import (
    MLPScratchClassifier,
    MLPScratchRegressor,
    PerceptronClassifier,
)

ESTIMATORS = [MLPScratchClassifier, MLPScratchRegressor, PerceptronClassifier]
# What differs between classes and numbers.
OWN_TEXT = {"loss", "scoring", "early_stopping", "ensemble", "calibrate"}


def documented(cls):
    """Return the descriptions of the parameters of an estimator, by name."""
    doc = inspect.getdoc(cls)
    section = doc[doc.index("Parameters\n---") : doc.index("Attributes\n---")]
    entries = re.split(r"^(\w+(?:, \w+)*) : ", section, flags=re.MULTILINE)[1:]
    return {
        name: text.strip()
        for names, text in zip(entries[::2], entries[1::2], strict=True)
        for name in names.split(", ")
    }


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_parameters_are_documented_in_the_order_of_the_constructor(cls):
    signature = inspect.signature(cls).parameters
    assert list(documented(cls)) == list(signature)
    assert cls._parameter_constraints.keys() == signature.keys()


@pytest.mark.parametrize("cls", ESTIMATORS)
def test_documented_defaults_are_those_of_the_constructor(cls):
    texts = documented(cls)
    for name, parameter in inspect.signature(cls).parameters.items():
        found = re.search(r"default=([^\n]*)", texts[name]).group(1)
        # Where several share a line, such as beta_1 and beta_2: one default each.
        defaults = [ast.literal_eval(one) for one in found.split(" and ")]
        assert parameter.default in defaults, name


def test_classifier_and_regressor_describe_what_they_share_in_the_same_words():
    texts, others = documented(MLPScratchClassifier), documented(MLPScratchRegressor)
    for name in (texts.keys() & others.keys()) - OWN_TEXT:
        mine, other = (re.sub(r"\[\d+\]_", "", t[name]) for t in (texts, others))
        assert mine == other, name
    assert all(texts[name] != others[name] for name in OWN_TEXT)


def test_classifier_and_regressor_share_their_parameters_and_defaults():
    mine, other = (
        inspect.signature(cls).parameters
        for cls in (MLPScratchClassifier, MLPScratchRegressor)
    )
    for name in mine.keys() & other.keys() - {"loss"}:
        assert mine[name] == other[name].replace(kind=mine[name].kind), name
