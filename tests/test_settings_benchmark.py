"""The benchmark of single settings compares each with the base."""

import importlib
from functools import partial

import numpy as np
import pytest
from benchmark_runs import BENCHMARKS, run_here


@pytest.fixture
def settings(monkeypatch):
    """Return the benchmark of single settings, with short fits."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    settings = importlib.import_module("settings")
    short = {name: kw | {"max_iter": 3} for name, kw in settings.VARIANTS.items()}
    monkeypatch.setattr(settings, "VARIANTS", short)
    return settings


def test_the_settings_benchmark_reports_changes_from_the_base(
    settings, monkeypatch, tmp_path
):
    run = partial(run_here, folder=tmp_path, patch=monkeypatch)
    options = ["--sets", "cells", "concrete", "--rows=60", "--splits=2"]
    variants = ["L-BFGS, alpha 1", "target not standardized"]
    results = run(settings, options=[*options, "--variants", *variants])
    assert set(results["summary"]["log loss"]) == {"L-BFGS, alpha 1"}
    assert set(results["summary"]["nRMSE"]) == set(variants)
    for name, found in results["summary"]["nRMSE"].items():
        base, changed = (
            np.mean([r["nRMSE"] for r in results["records"] if matches(r, model)])
            for model in ("base", name)
        )
        assert found["large"] == pytest.approx(100 * (changed / base - 1))
        assert found["small"] is None
        assert found["better"] == int(changed < base)


def matches(record, model):
    """Return whether a record is of the regression table and of a model."""
    return record["set"] == "concrete" and record["model"] == model


def test_each_variant_changes_the_base(settings):
    made = {
        name: repr(settings.variant(name, False, 0).get_params())
        for name in settings.VARIANTS
    }
    assert len(set(made.values())) == len(made) > 20
