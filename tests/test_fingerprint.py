"""Fingerprints of parameters are reproducible and distinguish settings."""

import json
import os
import subprocess
import sys
from collections import OrderedDict, deque
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from campaigns import callables
from campaigns.callables import Color, Noise, decorated, tree

from sknn_scratch.listeners._fingerprint import describe, differences, settle


def test_every_process_describes_the_same_callables_alike():
    processes = [
        subprocess.Popen(
            [sys.executable, callables.__file__],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            stdout=subprocess.PIPE,
        )
        for seed in (1, 2)
    ]
    here = {name: describe(value) for name, value in callables.cases().items()}
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [json.loads(output) for output in outputs] == [here] * 2


def named(word, scale=1):
    """Return an object with a slot in a class of a given constant."""

    class Named:
        __slots__ = ("scale",)
        label = word

        def __init__(self):
            self.scale = scale

    return Named()


def with_method(function):
    """Return an object that is called by a given function."""
    return type("Called", (), {"__call__": function})()


def with_default(scale):
    return lambda X, random_state, scale=scale: X


def with_keyword(scale):
    return lambda X, random_state, *, scale=scale: X


def stored(values):
    """Return a callable that holds a value."""
    return lambda X, random_state: values


@pytest.mark.parametrize(
    ("then", "now", "names"),
    [
        (1, 1.0, ["a"]),
        (None, "None", ["a"]),
        (np.int64(1), 1, []),
        (np.arange(3), np.arange(3.0), ["a"]),
        (np.array(["x", None]), np.array(["y", None]), ["a.items"]),
        ({1: 2, 3: 4}, {3: 4, 1: 2}, []),
        ({1: 2}, {1: 3}, ["a"]),
        ({"x", "y"}, {"y", "x"}, []),
        ({"x", "y"}, {"x", "z"}, ["a"]),
        ({Color.RED}, {Color.BLUE}, ["a"]),
        (Noise(0.1), Noise(0.1), []),
        (Noise(0.1), Noise(0.2), ["a.scale"]),
        (Noise(0.1).__call__, Noise(0.2).__call__, ["a.__self__.scale"]),
        ([len, Noise(0.1)], [len, Noise(0.2)], ["a.[1].scale"]),
        ([len, len], [len], ["a"]),
        ([n := Noise(1), m := Noise(2), n], [n, m, m], ["a"]),
        (SimpleNamespace(items=1), SimpleNamespace(items=2), ["a.items"]),
        (deque([1], 3), deque([2], 3), ["a.(items)"]),
        (deque([1], 3), deque([1], 4), ["a.(arguments)"]),
        (OrderedDict(a=1), OrderedDict(a=2), ["a.(pairs)"]),
        (named("x"), named("y"), ["a.__class__.named.<locals>.Named.label"]),
        (named("x"), named("x", 2), ["a.scale"]),
        (
            with_method(lambda self, X: X),
            with_method(lambda self, X: -X),
            ["a.__class__.methods"],
        ),
        (with_default(1), with_default(2), ["a.scale"]),
        (with_keyword(1), with_keyword(2), ["a.scale"]),
        (stored(1), stored(2), ["a.values"]),
        (stored(len), stored(max), ["a.values.__qualname__"]),
        (partial(max, key=1), partial(max, key=2), ["a.key"]),
        (partial(max, 1), partial(max, 2), ["a.[0]"]),
        (lambda x, y: x, lambda y, x: y, ["a.__code__"]),
        (lambda x: x in {1, 2, 3}, lambda x: x in {3, 2, 1}, []),
        (lambda x: x in {1, 2, 3}, lambda x: x in {1, 2, 4}, ["a.__code__"]),
        (
            decorated(Noise(1)),
            decorated(Noise(2)),
            ["a.function.scale", "a.__dict__.scale"],
        ),
        (np.sin, np.cos, ["a.__qualname__"]),
        (np.random.default_rng(0), np.random.default_rng(1), []),
    ],
)
def test_fingerprints_differ_for_different_callables(then, now, names):
    assert differences(describe(then), describe(now), "a") == names


def test_cycles_end_and_use_their_settings():
    assert describe(tree()) == describe(tree())
    parent, other = tree(), tree()
    other.name = "other"
    names = differences(describe(parent), describe(other), "a")
    assert names == ["a.name", "a.children"]  # the children refer to their parent


def test_an_object_that_cannot_be_pickled_is_described_by_its_type():
    class Stubborn:
        def __init__(self, scale):
            self.scale = scale

        def __reduce__(self):
            raise RuntimeError("not me")

    assert describe(Stubborn(1)) == describe(Stubborn(2))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: setattr(one, "n_calls", one.n_calls + 1),
        lambda one: one.log.append(1),
        lambda one: one.events.append(Noise(3)),
        lambda one: one.best.update(score=1),
        lambda one: one.nested.__setattr__("n_calls", 5),
        lambda one: setattr(one, "lazy", []),
        lambda one: setattr(one, "rng", None),
    ],
)
def test_attributes_that_change_in_training_are_state(change):
    def fresh(scale=0.1):
        return SimpleNamespace(
            n_calls=0,
            log=[],
            events=[Noise(1), Noise(2)],
            best={},
            nested=SimpleNamespace(n_calls=0, scale=scale),
            rng=0,
        )

    one = fresh()
    then = describe(one)
    change(one)
    settled = settle(then, describe(one))
    change(one)  # also between the last save and a crash
    for later in (one, fresh()):
        assert differences(settled, describe(later), "a") == []
        assert settle(settled, describe(later)) == settled
    assert differences(settled, describe(fresh(0.2)), "a") == ["a.nested.scale"]


def test_a_variable_that_a_closure_counts_with_is_state():
    def fresh(scale):
        n_calls = 0

        def augment(X_batch, random_state):
            nonlocal n_calls
            n_calls += 1
            return scale * X_batch

        return augment

    augment = fresh(2)
    then = describe(augment)
    augment(1, None)
    settled = settle(then, describe(augment))
    assert differences(settled, describe(fresh(2)), "a") == []
    assert differences(settled, describe(fresh(3)), "a") == ["a.scale"]
