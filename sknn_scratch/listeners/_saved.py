"""Serialization as arrays and JSON: files of data, which cannot execute code."""

import hashlib
import io
import json

import numpy as np

from ..engine.network import Network
from ..engine.steps import Stepping

_MAGIC = b"sknn_scratch checkpoint 4\n"
_DIGEST_SIZE = 32


class NotDataError(TypeError):
    """Raised for an object that does not consist of data."""


def to_bytes(value, objects=None):
    """Return the content of a file: a checksum and an .npz archive without pickles.

    Parameters
    ----------
    value : dict
        Data, and objects that consist of data, whose attributes are saved.
    objects : dict or None, default=None
        Earlier result of `objects_of`, if it must be the same.

    Returns
    -------
    content : bytes
        Content for `from_bytes`.

    Raises
    ------
    NotDataError
        If there is something else in it.
    """
    packer = _Packer()
    text = json.dumps(packer.pack(value, "")).encode()
    if objects is not None and packer.objects != objects:
        raise NotDataError("a state of other objects than when training began")
    file = io.BytesIO()
    data = np.frombuffer(text, np.uint8)
    np.savez(file, allow_pickle=False, json=data, **packer.arrays)
    archive = file.getvalue()
    return _MAGIC + _digest(archive) + archive


def objects_of(value):
    """Return the attribute names of every object in a value, by its position.

    Parameters
    ----------
    value : dict
        Value to save.

    Raises
    ------
    NotDataError
        As in `to_bytes`.
    """
    packer = _Packer()
    packer.pack(value, "")
    return packer.objects


def from_bytes(content):
    """Return saved content as data, for `restore`.

    Parameters
    ----------
    content : bytes
        The content of a file.

    Returns
    -------
    saved : object
        None if it is damaged, of another format or something else.
    """
    start = len(_MAGIC) + _DIGEST_SIZE
    digest, archive = content[len(_MAGIC) : start], content[start:]
    if not content.startswith(_MAGIC) or digest != _digest(archive):
        return None
    try:
        with np.load(io.BytesIO(archive), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _unpack(json.loads(arrays.pop("json").tobytes()), arrays)
    except MemoryError:  # the file may be valid
        raise
    except Exception:  # the file may be manipulated, and NumPy may raise any exception
        return None


def _digest(archive):
    return hashlib.blake2b(archive, digest_size=_DIGEST_SIZE).digest()


class _Packer:
    """Converts a value to JSON, and collects its arrays separately.

    Attributes
    ----------
    arrays : dict of str to ndarray
        The arrays.
    objects : dict of str to list of str
        The names of the attributes of every object, by its place.
    """

    def __init__(self):
        self.arrays, self.objects, self._met = {}, {}, {}

    def pack(self, value, place):
        """Return the JSON representation of a value."""
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) is tuple:
            return {"tuple": self._items(value, place)}
        if id(value) in self._met:  # it would be restored as two objects
            raise NotDataError(f"the same object in two places, {place} the second")
        self._met[id(value)] = value
        if isinstance(value, np.ndarray) and not value.dtype.hasobject:
            name = f"array {len(self.arrays)}"
            self.arrays[name] = np.asarray(value)
            return {"array": name}
        if type(value) is list:
            return {"list": self._items(value, place)}
        parts = value if type(value) is dict else _parts(value)
        if parts is not value:
            self.objects[place] = sorted(parts)
        if not all(type(name) is str for name in parts):
            raise NotDataError(f"a dict with a key that is not a str: {value!r}")
        packed = {n: self.pack(part, f"{place}.{n}") for n, part in parts.items()}
        return {"parts": packed}

    def _items(self, value, place):
        return [self.pack(item, f"{place}[{i}]") for i, item in enumerate(value)]


def _parts(value):
    """Return the parts of an object by name."""
    if isinstance(value, Network):
        return {"params": value.params}
    if isinstance(value, np.random.RandomState):
        return value.get_state(legacy=False)
    if isinstance(value, np.random.BitGenerator):
        return value.state
    if isinstance(value, Stepping):  # settings, which are part of the plan
        return {}
    of_builtin = isinstance(value, list | tuple | dict | set | str | int | float)
    slots = any(getattr(cls, "__slots__", ()) for cls in type(value).__mro__)
    if hasattr(value, "__dict__") and not (callable(value) or of_builtin or slots):
        return vars(value)
    raise NotDataError(f"{value!r} of type {type(value).__name__}")


def _unpack(tree, arrays):
    """Return data with objects as dicts."""
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "array":
        return arrays[content]
    if kind == "parts":
        return {name: _unpack(part, arrays) for name, part in content.items()}
    items = [_unpack(item, arrays) for item in content]
    return tuple(items) if kind == "tuple" else items


def restore(value, saved):
    """Restore a value to its saved state, with arrays and objects in place.

    Parameters
    ----------
    value : object
        Value with the structure of the saved one.
    saved : object
        Part of the result of `from_bytes`.

    Returns
    -------
    value : object
        The same object if it can be changed in place, otherwise the saved value.

    Raises
    ------
    ValueError
        If they are not alike.
    """
    if isinstance(value, np.ndarray) and isinstance(saved, np.ndarray):
        if value.shape == saved.shape and value.dtype == saved.dtype:
            value[...] = saved
            return value
        return saved
    if isinstance(value, list) and isinstance(saved, list) and len(value) == len(saved):
        value[:] = map(restore, value, saved)
        return value
    if isinstance(value, tuple) and isinstance(saved, tuple):
        return tuple(map(restore, value, saved))
    if isinstance(value, int | float) and not isinstance(saved, int | float | None):
        raise ValueError(f"{saved!r} was saved instead of a number")
    if not isinstance(saved, dict):
        return saved
    if isinstance(value, dict):
        return {k: restore(value.get(k), part) for k, part in saved.items()}
    if value is None:
        return saved
    if isinstance(value, np.random.RandomState):
        value.set_state(saved)
    elif isinstance(value, np.random.BitGenerator):
        value.state = saved
    else:
        _restore_parts(value, saved)
    return value


def _restore_parts(value, saved):
    """Set the attributes of an object, which must have the same names."""
    if _parts(value).keys() != saved.keys():
        raise ValueError(f"other parts were saved of {type(value).__name__}")
    for name, part in saved.items():
        own = getattr(value, name)
        restored = restore(own, part)
        if isinstance(value, Network) and restored is not own:
            raise ValueError("parameters of another shape were saved")
        if restored is not own:  # it was not restored in place
            object.__setattr__(value, name, restored)
