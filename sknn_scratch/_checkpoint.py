"""Saving a fit that is under way, and going on from what was saved."""

import functools
import hashlib
import os
import pickle
import types
import warnings
from numbers import Integral
from pathlib import Path

import numpy as np

_MAGIC = b"sknn_scratch checkpoint 2\n"
_DIGEST_SIZE = 32

# What a run changes from epoch to epoch, apart from parameters and random streams.
_OF_MONITOR = (
    "loss_curve",
    "learning_rate_curve",
    "validation_loss_curve",
    "validation_scores",
    "best",
    "best_epoch",
    "best_params",
    "n_no_improvement",
    "n_iter",
)
_OF_PROGRESS = (
    "optimizer_states",
    "scaled",
    "rows",
    "rate",
    "lowering",
    "n_seen",
    "n_steps",
    "noise",
    "augmenting",
)


class Checkpoint:
    """Saves a fit after every few epochs, to go on from there after a crash.

    Set on an estimator, it writes all that training depends on to a file. If that file
    is there when `fit` is called again, with the same parameters and data, training
    goes on from it, and ends with the same bits as if it had never been interrupted.
    Once `fit` has succeeded the file is removed; after Ctrl-C it stays.

    A file is replaced as a whole or not at all, also if the process is killed or the
    disk is full. If it cannot be written, there is a warning, and training goes on.

    Parameters
    ----------
    path : str or path-like
        The file. It is for one fit at a time, and so not for searches, whose
        candidates share their callbacks.
    every : int >= 1, default=1
        Saves after epochs whose number is divisible by it.

    Notes
    -----
    For stochastic solvers, not for 'lbfgs', whose search SciPy keeps to itself. The
    file holds a pickle: it is checked for damage, but as with any pickle, do not load
    one from someone whom you do not trust. What a callback, a scorer or `augment`
    remembers by itself is not in it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sknn_scratch import MLPScratchClassifier
    >>> from sknn_scratch.callbacks import Checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "iris.checkpoint"
    >>> mlp = MLPScratchClassifier(learning_rate="linear", max_iter=20, random_state=0)
    >>> mlp = mlp.set_callbacks(Checkpoint(path, every=5)).fit(X, y)
    >>> mlp.n_iter_, path.exists()
    (20, False)
    >>> folder.cleanup()
    """

    def __init__(self, path, every=1):
        if not isinstance(every, Integral) or every < 1:
            raise ValueError(f"every must be an int >= 1; got {every!r}.")
        self.path = path
        self.every = every

    def setup(self, estimator, context):
        """Do nothing: the fit itself knows when to save."""

    def teardown(self, estimator, context):
        """Do nothing."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(self, estimator, context):
        """Do nothing."""

    def load(self):
        """Return what was saved.

        Returns
        -------
        saved : dict or None
            None if there is no file.

        Raises
        ------
        ValueError
            If the file is damaged, or none of this library's.
        """
        try:
            content = Path(self.path).read_bytes()
        except FileNotFoundError:
            return None
        start = len(_MAGIC) + _DIGEST_SIZE
        digest, payload = content[len(_MAGIC) : start], content[start:]
        if content[: len(_MAGIC)] != _MAGIC or digest != _digest(payload):
            raise ValueError(
                f"path must be that of a whole checkpoint of this version; got "
                f"{str(self.path)!r}, which is damaged or something else. Delete it to "
                "start afresh, or choose another path."
            )
        return pickle.loads(payload)

    def save(self, saved):
        """Replace the file as a whole.

        Parameters
        ----------
        saved : dict
            What to save.
        """
        payload = pickle.dumps(saved, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            _replace(Path(self.path), _MAGIC + _digest(payload) + payload)
        except OSError as error:
            warnings.warn(
                f"The checkpoint {str(self.path)!r} could not be written: {error}. "
                "Training goes on; the last one that was written is whole.",
                stacklevel=2,
            )

    def remove(self):
        """Remove the file, if there is one."""
        path = Path(self.path)
        try:
            path.unlink(missing_ok=True)
            _part(path).unlink(missing_ok=True)
        except OSError as error:
            warnings.warn(
                f"The checkpoint {str(path)!r} could not be removed: {error}. The fit "
                "is complete; remove it before the next.",
                stacklevel=2,
            )


def _digest(payload):
    return hashlib.blake2b(payload, digest_size=_DIGEST_SIZE).digest()


def _part(path):
    """Return where a file is written, before it takes the name of another."""
    return path.with_name(path.name + ".part")


def _replace(path, content):
    """Write a file beside `path`, and rename it once all of it is on the disk."""
    try:
        with _part(path).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _part(path).replace(path)
    except BaseException:
        _part(path).unlink(missing_ok=True)
        raise
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Resumable:
    """A run of training that a checkpoint can be made of, and that goes on from one.

    Parameters
    ----------
    checkpoint : Checkpoint
        Where to.
    params : dict
        Parameters of the estimator.
    random_state : RandomState
        The stream of the fit, from which nothing has been drawn yet. If there is a
        checkpoint, it is set to where that fit began.
    """

    def __init__(self, checkpoint, params, random_state):
        self.checkpoint = checkpoint
        self.saved = checkpoint.load()
        self.random_state = random_state
        self.found = random_state.get_state(legacy=False)
        if self.saved is not None:
            random_state.set_state(self.saved["begin"])
        self.begin = random_state.get_state(legacy=False)
        self.fit = {name: _described(value) for name, value in params.items()}
        self.fit["verbose"] = None  # of no account

    def watch(self, monitor, network, progress, sets):
        """Take note of what changes, and go on from the checkpoint, if there is one.

        Parameters
        ----------
        monitor : Monitor
            Of the run.
        network : Network
            The one that is trained, with its initial parameters.
        progress : Progress
            Of the run.
        sets : iterable of TrainingSet or None
            The data.

        Raises
        ------
        ValueError
            If the checkpoint is that of another fit.
        """
        self.monitor, self.network, self.progress = monitor, network, progress
        self.fit["the initial weights"] = _fingerprint([network.params])
        arrays = [
            array
            for one in filter(None, sets)
            for array in (one.X, one.columns, one.codes, one.sample_weight)
        ]
        self.fit["the data"] = _fingerprint(arrays)
        if self.saved is None:
            return
        then = self.saved["fit"]
        changed = [name for name in self.fit if then.get(name) != self.fit[name]]
        if changed:
            self.random_state.set_state(self.found)
            raise ValueError(
                f"path must be that of a checkpoint of this fit; got "
                f"{str(self.checkpoint.path)!r}, where another was: "
                f"{', '.join(changed)}. Set back what has changed, delete the file to "
                "start afresh, or choose another path."
            )
        for name in _OF_MONITOR:
            setattr(monitor, name, self.saved["monitor"][name])
        for name in _OF_PROGRESS:
            # A single batch of all rows has them in the order that they came in.
            if name != "rows" or progress.steps_per_epoch > 1:
                setattr(progress, name, self.saved["progress"][name])
        network.params[...] = self.saved["params"]
        monitor.network.params[...] = self.saved["model"]
        progress.random_state.set_state(self.saved["random_state"])
        self.saved = None

    def after_epoch(self):
        """Save, if it is time to."""
        if self.monitor.n_iter % self.checkpoint.every:
            return
        self.checkpoint.save(
            {
                "fit": self.fit,
                "begin": self.begin,
                "monitor": {name: getattr(self.monitor, name) for name in _OF_MONITOR},
                "progress": {
                    name: getattr(self.progress, name) for name in _OF_PROGRESS
                },
                "params": self.network.params,
                "model": self.monitor.network.params,
                "random_state": self.progress.random_state.get_state(legacy=False),
            }
        )


def _described(value):
    """Return what a parameter is, the same in every process that gives the same."""
    match value:
        case np.random.RandomState() | None:
            return "a random state"  # where it was, the checkpoint says
        case np.ndarray():
            return _fingerprint([value])
        case np.generic():
            return value.item()
        case dict():
            return sorted((repr(key), _described(item)) for key, item in value.items())
        case list() | tuple():
            return [_described(item) for item in value]
        case types.FunctionType():
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            parts = [value.__defaults__, value.__kwdefaults__, *cells]
            return [_described_code(value.__code__), *map(_described, parts)]
        case types.MethodType():
            return [_described(value.__func__), _described(value.__self__)]
        case functools.partial():
            return [_described(v) for v in (value.func, value.args, value.keywords)]
        case type() | types.BuiltinFunctionType() | np.ufunc():
            return value.__name__
        case str() | int() | float():
            return value
    kind = type(value).__qualname__
    return [kind, _described(getattr(value, "__dict__", repr(value)))]


def _described_code(code):
    """Return what a function does, without where it stands."""
    constants = [
        _described_code(one) if isinstance(one, types.CodeType) else repr(one)
        for one in code.co_consts
    ]
    return [code.co_code, code.co_names, constants]


def _fingerprint(arrays):
    """Return a digest of arrays, sparse ones among them."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        parts = [array]
        if hasattr(array, "indptr"):
            parts = [array.data, array.indices, array.indptr]
        for part in parts:
            if part is not None:
                digest.update(f"{part.dtype} {part.shape}".encode())
                digest.update(np.ascontiguousarray(part).data)
    return digest.hexdigest()
