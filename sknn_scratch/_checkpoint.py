"""Saving a fit that is under way, and going on from what was saved."""

import contextlib
import hashlib
import os
import pickle
from numbers import Integral
from pathlib import Path

import numpy as np

from ._files import read, remove_unfinished, replace
from ._fingerprint import describe, differences, digest_arrays, settle
from ._warnings import warn

_MAGIC = b"sknn_scratch checkpoint 3\n"
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
    """Save training to a file every few epochs, to resume it after a crash.

    Set on an estimator, it writes all that training depends on to a file. If the file
    exists when `fit` is called again, with the same parameters and data, training
    resumes from it and ends with the same bits as an uninterrupted fit. When `fit`
    succeeds, the file is removed. After Ctrl-C it stays.

    The file is replaced as a whole or not at all, also if the process is killed or the
    disk is full. If it cannot be written, there is a warning and training continues.

    Parameters
    ----------
    path : str or path-like
        The file, in an existing folder. Use it for one fit at a time, so not in a
        search, whose candidates share their callbacks. If it is a symbolic link, the
        file that it refers to is written. A new file can be read and written by its
        owner only (mode 0600); an existing one keeps its mode.
    every : int >= 1, default=1
        Number of epochs from one save to the next.

    Raises
    ------
    TypeError
        If `path` is neither a str nor path-like.
    ValueError
        If `every` is no int >= 1.

    Notes
    -----
    It works with stochastic solvers, not with 'lbfgs', whose search SciPy does not
    expose.

    The file is a pickle with a checksum, which detects damage. As with any pickle, do
    not load a file from an untrusted source.

    Parameters are compared by value: functions such as `augment` or a scorer by their
    code, default values and closure; other objects by the code and the constants of
    their class and by the attributes that pickle would save. A part that has changed
    between the start of `fit` and a save, such as a counter of calls, is state: it is
    neither saved nor compared. Random generators and objects that cannot be pickled are
    compared by their type. Global variables are not compared.

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
        if not isinstance(path, str | os.PathLike):
            raise TypeError(
                f"path must be a str or path-like; got {path!r}. Pass a file's path."
            )
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
            If the file cannot be read, is damaged or is no checkpoint of this version,
            or if its folder does not exist.
        """
        try:
            content = read(self._target)
        except OSError as error:
            raise ValueError(
                "path must be a file that can be read, or a new one in an existing "
                f"folder; got {str(self.path)!r}: {error}. Make it so, or choose "
                "another path."
            ) from error
        return None if content is None else self._unpack(content)

    def save(self, saved):
        """Replace the file as a whole.

        Parameters
        ----------
        saved : dict
            What to save.
        """
        payload = pickle.dumps(saved, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            replace(self._target, _MAGIC + _digest(payload) + payload)
        except OSError as error:
            warn(
                f"The checkpoint {str(self.path)!r} could not be written: {error}. "
                "Training continues; the last one that was written is whole.",
            )

    def remove(self):
        """Remove the file, if there is one."""
        try:
            self._target.unlink(missing_ok=True)
            remove_unfinished(self._target)
        except OSError as error:
            warn(
                f"The checkpoint {str(self.path)!r} could not be removed: {error}. The "
                "fit is complete; remove it before the next.",
            )

    def remove_unfinished(self):
        """Remove files that a killed process did not finish, where possible."""
        # A folder that cannot be changed is reported by the first save.
        with contextlib.suppress(OSError):
            remove_unfinished(self._target)

    @property
    def _target(self):
        """The file itself, if the path is a symbolic link, which then is kept."""
        return Path(os.path.realpath(self.path))

    def _unpack(self, content):
        """Return what the content of a file stands for."""
        start = len(_MAGIC) + _DIGEST_SIZE
        digest, payload = content[len(_MAGIC) : start], content[start:]
        if content[: len(_MAGIC)] == _MAGIC and digest == _digest(payload):
            saved = _unpickle(payload)
            if _is_complete(saved):
                return saved
        raise ValueError(
            f"path must be that of a whole checkpoint of this version; got "
            f"{str(self.path)!r}, which is damaged or something else. Delete it to "
            "start afresh, or choose another path."
        )


def _digest(payload):
    return hashlib.blake2b(payload, digest_size=_DIGEST_SIZE).digest()


def _unpickle(payload):
    """Return what a pickle holds, or None if it cannot be loaded."""
    try:
        return pickle.loads(payload)
    except MemoryError:  # the file may be whole
        raise
    except Exception:  # a pickle of something else may raise anything
        return None


def _is_complete(saved):
    """Return whether something that was unpickled has the parts of a checkpoint."""
    match saved:
        case {
            "fit": dict(),
            "begin": {"bit_generator": str()},
            "monitor": dict(monitor),
            "progress": dict(progress),
            "params": np.ndarray(),
            "model": np.ndarray(),
            "random_state": {"bit_generator": str()},
        }:
            return {*_OF_MONITOR} <= {*monitor} and {*_OF_PROGRESS} <= {*progress}
    return False


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
        self.saved, self.n_saved = checkpoint.load(), 0
        checkpoint.remove_unfinished()
        self.random_state = random_state
        self.found = random_state.get_state(legacy=False)
        kind = self.found["bit_generator"]
        if self.saved is not None and self.saved["begin"]["bit_generator"] == kind:
            random_state.set_state(self.saved["begin"])
        self.begin = random_state.get_state(legacy=False)
        self.params = {
            name: value for name, value in params.items() if name != "verbose"
        }
        if not isinstance(params["random_state"], Integral):
            self.params["random_state"] = kind  # where it began is in the checkpoint
        self.fit = self._describe_params()

    def _describe_params(self):
        return {name: describe(value) for name, value in self.params.items()}

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
        self.fit["the initial weights"] = digest_arrays([network.params])
        arrays = [array for one in filter(None, sets) for array in one.arrays()]
        self.fit["the data"] = digest_arrays(arrays)
        if self.saved is None:
            return
        then = self.saved["fit"]
        changed = [
            different
            for name, now in self.fit.items()
            for different in differences(then.get(name, ""), now, name)
        ]
        if changed:
            self.random_state.set_state(self.found)
            raise ValueError(
                f"path must be that of a checkpoint of this fit; got "
                f"{str(self.checkpoint.path)!r}, of a fit in which these differ: "
                f"{', '.join(changed)}. Set them back, delete the file to start anew, "
                "or choose another path."
            )
        self.fit = then  # which knows what is state
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
        self.n_saved += 1
        if self.n_saved & (self.n_saved - 1) == 0:  # the first, second, fourth, …
            now = self.fit | self._describe_params()
            self.fit = {name: settle(was, now[name]) for name, was in self.fit.items()}
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
