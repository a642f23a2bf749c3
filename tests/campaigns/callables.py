"""Callables of every kind, whose fingerprints must be equal in every process.

``python tests/campaigns/callables.py`` prints their descriptions. It loads the module
that makes them by itself, because importing all of the library takes long.
"""

import dataclasses
import enum
import functools
import importlib.util
import json
import math
import operator
import re
import sys
import threading
import types
from collections import OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from pathlib import Path

import numpy as np

WORDS = ["zero", "one", "two", "three", "four", "five"]


class Slots:
    __slots__ = ("scale", "words")

    def __init__(self):
        self.scale, self.words = 0.1, set(WORDS)

    def __call__(self, X_batch, random_state):
        return X_batch


class Color(enum.Enum):
    RED = "red"
    BLUE = frozenset(WORDS)


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    words: frozenset = frozenset(WORDS)
    kind: Color = Color.BLUE


@dataclasses.dataclass
class Free:
    words: dict = dataclasses.field(default_factory=lambda: dict.fromkeys({*WORDS}))


Pair = namedtuple("Pair", "one two")


class Settings(dict):
    """A dict with attributes."""


class Noise:
    levels = frozenset(WORDS)

    def __init__(self, scale=0.1):
        self.scale = scale
        self.nameless = object()
        self.lock = threading.Lock()
        self.rng = np.random.default_rng()
        self.old_rng = np.random.RandomState()

    def __call__(self, X_batch, random_state):
        return X_batch if "one" in {"zero", "one", "two", "three"} else None

    @classmethod
    def made(cls):
        return cls()

    @staticmethod
    def flipped(X_batch, random_state):
        return -X_batch

    @functools.cached_property
    def squared(self):
        return self.scale**2


class Node:
    """Refers to a parent that refers back, and is hashed by its address."""

    def __init__(self, name, parent=None):
        self.name, self.parent, self.children = name, parent, set()
        if parent is not None:
            parent.children.add(self)

    def __call__(self, X_batch, random_state):
        return X_batch


def closure(inner):
    words = {word: word for word in set(WORDS)}

    def augment(X_batch, random_state):
        return inner(X_batch) if X_batch in words else augment(X_batch, never)

    if inner is None:
        never = 1
    return augment


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def with_defaults(X_batch, random_state, words=frozenset(WORDS), *, log=[]):  # noqa: B006
    return X_batch


def tree():
    parent = Node("parent")
    for word in set(WORDS):
        Node(word, parent)
    return parent


def crowd():
    """Return an object among many which all refer to each other."""
    nodes = [Node(word) for word in WORDS * 5]
    for node in nodes:
        node.children = nodes if node.name == "one" else set(nodes)
    return nodes[0]


def chain():
    node = None
    for number in range(3000):
        node = types.SimpleNamespace(number=number, next=node)
    return node


def with_attributes(X_batch, random_state):
    return X_batch


with_attributes.words = set(WORDS)


def cases():
    """Return values by name, each made anew."""
    rng = np.random.default_rng(0)
    itself = [1]
    itself.append(itself)
    return {
        "set literal": lambda X, rs: "one" in {"zero", "one", "two", "three", "four"},
        "nested code": lambda X, rs: [lambda x: x in {"zero", "one", "two"}, X],
        "set of tuples": {("zero", 1), ("one", None), ("two", 0.5), ("three", b"3")},
        "set of objects": {Color.RED, Color.BLUE, len, math.sin, Slots, tree},
        "frozenset of frozensets": frozenset(frozenset(word) for word in WORDS),
        "dict in the order of a set": {word: len(word) for word in set(WORDS)},
        "dict with objects as keys": {object(): 1, Slots: 2, (1, "one"): 3},
        "closure": closure(len),
        "decorated": decorated(with_defaults),
        "cached": functools.lru_cache(with_defaults),
        "defaults": with_defaults,
        "attributes": with_attributes,
        "partial": functools.partial(with_defaults, words=set(WORDS)),
        "slots": Slots(),
        "bound method": Noise().__call__,
        "class method": Noise.made,
        "static method": Noise.flipped,
        "class": Noise,
        "object": Noise(),
        "frozen dataclass": Frozen(),
        "dataclass": Free(),
        "named tuple": Pair(1, Slots()),
        "enum": [Color.RED, Color.BLUE, Level.LOW, re.IGNORECASE],
        "subclass of dict": Settings(words=set(WORDS)),
        "collections": [OrderedDict(a=1), defaultdict(list, a=[1]), deque([1], 3)],
        "decimal": Decimal("1.5"),
        "builtins": [len, "".join, math.sin, operator.itemgetter(1), range(3), ...],
        "modules": [math, np],
        "ufuncs": [np.sin, np.mean, np.vectorize(math.sin), np.frompyfunc(len, 1, 1)],
        "numpy scalars": [*map(np.float32, [1, 2]), np.longdouble(0.1), np.int8(3)],
        "dates": [np.datetime64("2020-01-01"), np.dtype("f4"), np.timedelta64(1, "s")],
        "arrays": [np.arange(3), np.array(["a", None]), np.ma.masked_equal([1, 2], 2)],
        "array of dates": np.array(["2020-01-01"], dtype="M8[D]"),
        "array of long doubles": np.array([0.1], dtype=np.longdouble),
        "structured array": np.array([(1, "a")], dtype=[("n", int), ("o", object)]),
        "strings": np.array(["a", "b" * 50], dtype=np.dtypes.StringDType()),
        "random": [rng, rng.normal, np.random.RandomState(), np.random.PCG64()],
        "pattern": re.compile("one|two"),
        "generator": (word for word in WORDS),
        "iterator": iter(WORDS),
        "view of a dict": {"a": 1}.keys(),
        "parent": tree(),
        "child": Node("child", tree()),
        "crowd": crowd(),
        "itself": itself,
        "chain": chain(),
        "huge number": 10**5000,
        "surrogate": "\udc80",
    }


def main():
    path = Path(__file__).parents[2] / "sknn_scratch" / "listeners" / "_fingerprint.py"
    spec = importlib.util.spec_from_file_location("fingerprint", path)
    fingerprint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fingerprint)
    json.dump({n: fingerprint.describe(v) for n, v in cases().items()}, sys.stdout)


if __name__ == "__main__":
    main()
