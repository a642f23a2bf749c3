"""Fingerprints of parameters, which are equal in all processes.

A description is a text or a dict. A dict describes an object by its parts: under ``""``
what kind of object it is, under a name the description of that part. Nothing in it
depends on addresses, on the hash seed or on the order of a set.
"""

import copyreg
import functools
import hashlib
import random
import types

import numpy as np

_ATOMS = {bool, int, float, complex, str, bytes, type(None), type(...)}
_RANDOM = (np.random.Generator, np.random.RandomState, np.random.BitGenerator)
_RANDOM += (random.Random,)

# Attributes of a code object that determine its behavior. The others are names, lines
# and files, which determine its location.
_OF_CODE = (
    "co_code",
    "co_exceptiontable",
    "co_consts",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
)

# Texts of at least this length are replaced by their digest, which has this length.
_LONG = 32

# Deeper objects are described by their type, so that no chain of objects exceeds the
# recursion limit.
_MAX_DEPTH = 40


def describe(value, depth=0, seen=None):
    """Return a description of a value.

    Parameters
    ----------
    value : object
        A parameter, or a part of one.
    depth : int >= 0, default=0
        Nesting depth.
    seen : dict or None, default=None
        The objects met so far and their descriptions, None if unfinished, by id. It
        keeps temporary objects alive, whose ids would be used again otherwise.

    Returns
    -------
    description : str or dict
        Functions and classes are described by their code, containers by their items,
        and other objects by their class and what pickle would save of them. An object
        within itself, one that cannot be pickled and a random generator are described
        by their type only.
    """
    if isinstance(value, np.generic):
        item = value.item()
        value = repr(value) if isinstance(item, np.generic) else item
    if type(value) in _ATOMS:
        # Unlike repr, hex has no limit on the number of digits.
        text = hex(value) if type(value) is int else repr(value)
        return text if len(text) < _LONG else _digest([text])
    if type(value) in (np.ndarray, np.memmap) and _is_plain(value.dtype):
        return digest_arrays([value])
    if type(value) is types.CodeType:
        return _describe_code(value)
    kind = (value if isinstance(value, type) else type(value)).__qualname__
    if isinstance(value, types.ModuleType):
        return f"{kind} {value.__name__}"
    if depth > _MAX_DEPTH or isinstance(value, _RANDOM):
        return kind
    seen = {} if seen is None else seen
    if type(value) is tuple:
        return _describe_new(value, kind, depth, seen)
    if id(value) not in seen:
        seen[id(value)] = value, None
        description = _describe_new(value, kind, depth, seen)
        seen[id(value)] = value, description
        return description
    description = seen[id(value)][1]
    if description is None:
        return f"{kind} within itself"
    seen[id(value)] = value, _flat(description)
    return _flat(description)


def _describe_new(value, kind, depth, seen):
    """Return the description of an object at its first occurrence."""
    if isinstance(value, set | frozenset):
        return _digest([kind, *sorted(_key(item, depth) for item in value)])
    if type(value) in (list, tuple):
        return _describe_items(kind, value, depth, seen)
    if type(value) is dict:
        pairs = [(_key(key, depth), item) for key, item in value.items()]
        pairs.sort(key=lambda pair: pair[0])
        kind = _digest([kind, *(key for key, _ in pairs)])
        return _describe_items(kind, [item for _, item in pairs], depth, seen)
    parts = _parts(value).items()
    return {"": kind} | {name: describe(part, depth + 1, seen) for name, part in parts}


def settle(then, now):
    """Return the common part of two descriptions of an object.

    Parameters
    ----------
    then, now : str, dict or None
        Descriptions before and after some training.

    Returns
    -------
    settled : str, dict or None
        The first, with None for each part that has changed and thus is state.
    """
    if then == now:
        return then
    if not _are_alike(then, now):
        return None
    return {name: settle(part, now.get(name)) for name, part in then.items()}


def differences(then, now, name):
    """Return the names of the parts that differ, None in the first being any.

    Parameters
    ----------
    then, now : str, dict or None
        Descriptions. Parts that only the second has are ignored.
    name : str
        Name of the whole.

    Returns
    -------
    names : list of str
        Such as "augment.scale".
    """
    if then is None or then == now:
        return []
    if not _are_alike(then, now):
        return [name]
    return [
        found
        for part, was in then.items()
        for found in differences(was, now.get(part), f"{name}.{part}")
    ]


def digest_arrays(arrays):
    """Return a digest of arrays, sparse ones among them; None is skipped."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        parts = [array]
        if hasattr(array, "indptr"):
            parts = [array.data, array.indices, array.indptr]
        for part in parts:
            if part is not None:
                digest.update(f"{part.dtype} {part.shape}".encode())
                # As bytes, because datetimes and strings do not support the buffer
                # protocol.
                digest.update(np.ascontiguousarray(part).ravel().view(np.uint8))
    return digest.hexdigest()


def _are_alike(then, now):
    """Return whether two descriptions can be compared part by part."""
    return isinstance(then, dict) and isinstance(now, dict) and then[""] == now[""]


def _is_plain(dtype):
    """Return whether arrays of a dtype have neither pointers nor padding."""
    return dtype.kind in "biufcmMSU" and dtype.char not in "gG"


def _digest(texts):
    """Return a digest that identifies a sequence of texts."""
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.hexdigest()


def _flat(description):
    """Return a description as a single text."""
    if isinstance(description, str):
        return description
    names = sorted(description)
    return _digest([f"{name}={_flat(description[name])}" for name in names])


def _key(value, depth):
    """Return a text for an element of a set or a key, independent of its context.

    It goes two objects deep at most: sets of objects with sets may form a labyrinth.
    """
    return _flat(describe(value, max(depth + 1, _MAX_DEPTH - 1)))


@functools.lru_cache(maxsize=4096)  # classes have up to a thousand methods
def _describe_code(code):
    """Return a text for the behavior of a function, independent of its name."""
    return _flat(describe(tuple(getattr(code, name) for name in _OF_CODE)))


def _describe_items(kind, items, depth, seen):
    """Return a text for items without parts, else a dict with those that have parts.

    The others belong to the kind: when one changes, the whole container has changed.
    """
    described = [describe(item, depth + 1, seen) for item in items]
    texts = [one if isinstance(one, str) else "" for one in described]
    whole = _digest([kind, *texts])
    objects = {
        f"[{i}]": one for i, one in enumerate(described) if isinstance(one, dict)
    }
    return {"": whole} | objects if objects else whole


def _parts(value):
    """Return the parts of an object by name."""
    match value:
        case types.FunctionType():
            return _parts_of_function(value)
        case types.MethodType():
            return {"__func__": value.__func__, "__self__": value.__self__}
        case functools.partial():
            arguments = {f"[{i}]": one for i, one in enumerate(value.args)}
            return {"func": value.func} | arguments | value.keywords
        case type():
            return _parts_of_class(value)
        case np.ndarray():
            return {"dtype": str(value.dtype), "items": value.tolist()}
    return {"__class__": type(value)} | _reduced(value)


def _parts_of_function(function):
    code = function.__code__
    defaults = function.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    names = positional[len(positional) - len(defaults) :]
    closure = zip(code.co_freevars, function.__closure__ or (), strict=True)
    attributes = {
        f"__dict__.{name}": part
        for name, part in vars(function).items()
        if not name.startswith("__")  # the wrapped function is in its closure
    }
    return (
        {"__code__": code}
        | dict(zip(names, defaults, strict=True))
        | (function.__kwdefaults__ or {})
        | {name: _content(cell) for name, cell in closure}
        | attributes
    )


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return cell  # still empty, described like an object that cannot be pickled


def _parts_of_class(cls):
    """Return the code of its methods, and its constants; bases written in C have none.

    Other attributes are left out, for they may refer to all that has been imported.
    """
    codes, constants = [], {}
    for base in cls.__mro__:
        for name, attribute in vars(base).items():
            full_name = f"{base.__qualname__}.{name}"
            code = _codes(attribute)
            if code:
                codes.append((full_name, code))
            elif not name.startswith("__") and _is_constant(attribute):
                constants[full_name] = attribute
    return {"methods": sorted(codes, key=lambda pair: pair[0])} | constants


def _is_constant(value):
    """Return whether a value is an atom, or a tuple or frozen set of constants."""
    if type(value) in (tuple, frozenset):
        return all(map(_is_constant, value))
    return type(value) in _ATOMS


def _codes(attribute):
    """Return the code objects of an attribute of a class."""
    match attribute:
        case staticmethod() | classmethod():
            functions = [attribute.__func__]
        case property():
            functions = [attribute.fget, attribute.fset, attribute.fdel]
        case functools.cached_property():
            functions = [attribute.func]
        case _:
            functions = [attribute]
    return [one.__code__ for one in functions if isinstance(one, types.FunctionType)]


def _reduced(value):
    """Return the parts of an object that pickle would save, by name."""
    reduce = copyreg.dispatch_table.get(type(value))
    try:
        reduced = reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception:  # user code, which may raise any exception
        return {}
    if isinstance(reduced, str):  # a global name, as for functions written in C
        wrapped = getattr(value, "__dict__", {}).get("__wrapped__")
        return {"__qualname__": reduced, "__wrapped__": wrapped}
    _, arguments, state, items, pairs, *_ = *reduced, None, None, None
    # The parentheses distinguish these from attributes, which can have any name.
    parts = {"(arguments)": tuple(one for one in arguments if one is not type(value))}
    # Objects with __slots__ have two states: the __dict__ and the slots.
    states = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if all(one is None or _is_namespace(one) for one in states):
        for one in states:
            parts |= one or {}
    else:
        parts["(state)"] = state
    return parts | {"(items)": list(items or ()), "(pairs)": dict(pairs or ())}


def _is_namespace(state):
    return type(state) is dict and all(type(name) is str for name in state)
