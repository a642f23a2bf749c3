"""Checkpoints: saving a fit in progress, and resuming it."""

import contextlib
import os
from numbers import Integral
from pathlib import Path

import numpy as np

from .._warnings import warn
from ..engine.trainer import Listener
from ._files import read, remove_unfinished, replace
from ._fingerprint import describe, differences, digest_arrays, settle
from ._saved import NotDataError, from_bytes, objects_of, restore, to_bytes

# Entries of a file.
_PARTS = {"fit", "begin", "state"}


class Checkpoint:
    """Save training to a file every few epochs, to resume it after a crash.

    Set it on an estimator with ``set_callbacks``. It writes the complete state of
    training to a file. If the file exists when `fit` is called again with the same
    parameters and data, training resumes from it. The fitted model is bitwise identical
    to that of an uninterrupted fit. When `fit` succeeds, the file is removed. After
    Ctrl-C it remains.

    The file is replaced atomically: if the process is killed or the disk is full, the
    previous checkpoint remains. If the file cannot be written, there is a warning and
    training continues.

    Parameters
    ----------
    path : str or path-like
        The file, in an existing folder. Use it for one fit at a time. Do not use it in
        a search, because all candidates share the callback. If it is a symbolic link,
        the file that it refers to is written. A new file can be read and written by its
        owner only (mode 0600); an existing one keeps its mode.
    every : int >= 1, default=1
        Number of epochs between two saves.

    Raises
    ------
    TypeError
        If `path` is neither a str nor path-like.
    ValueError
        If `every` is not an int >= 1.

    Notes
    -----
    It requires a stochastic solver, because SciPy does not expose the state of 'lbfgs'.
    It saves a single training run, so it cannot be combined with `ensemble`, `repeats`,
    `linear` or `refit`.

    The file is an archive of arrays and of JSON, as :func:`numpy.savez` writes it, with
    a checksum, which detects damage. It contains data only: loading a file from an
    untrusted source cannot run code.

    Parameters are compared by value. Functions, such as `augment` or a scorer, are
    compared by their code, default values and closure. Other objects are compared by
    the code and the constants of their class, and by the attributes that pickle would
    save. Attributes that change during `fit`, such as a counter of calls, are neither
    saved nor compared. Random generators and objects that cannot be pickled are
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
        """Do nothing: the fit decides when to save."""

    def teardown(self, estimator, context):
        """Do nothing."""

    def on_fit_task_begin(self, estimator, context):
        """Do nothing."""

    def on_fit_task_end(self, estimator, context):
        """Do nothing."""

    def load(self):
        """Return the saved content.

        Returns
        -------
        saved : dict or None
            None if there is no file.

        Raises
        ------
        ValueError
            If the file cannot be read, is damaged or is not a checkpoint of this
            version, or if its folder does not exist.
        """
        try:
            content = read(self._target)
        except OSError as error:
            raise ValueError(
                "path must be a readable file, or a new file in an existing folder; "
                f"got {str(self.path)!r}: {error}. Create the folder, change the "
                "permissions, or choose another path."
            ) from error
        return None if content is None else self._unpack(content)

    def save(self, saved, objects=None):
        """Replace the file atomically.

        Parameters
        ----------
        saved : dict
            The content to save.
        objects : dict or None, default=None
            Result of `objects_of` at the start of training.
        """
        try:
            replace(self._target, to_bytes(saved, objects))
        except (OSError, NotDataError) as error:
            warn(
                f"The checkpoint {str(self.path)!r} could not be written: {error}. "
                "Training continues, and the last checkpoint that was written is "
                "still valid.",
            )

    def remove(self):
        """Remove the file, if there is one."""
        try:
            self._target.unlink(missing_ok=True)
            remove_unfinished(self._target)
        except OSError as error:
            warn(
                f"The checkpoint {str(self.path)!r} could not be removed: {error}. "
                "The fit is complete. Delete the file before the next fit.",
            )

    def remove_unfinished(self):
        """Remove unfinished files of killed processes, if possible."""
        # The first save reports a folder without write permission.
        with contextlib.suppress(OSError):
            remove_unfinished(self._target)

    @property
    def _target(self):
        """The target of the path if it is a symbolic link, which is not replaced."""
        return Path(os.path.realpath(self.path))

    def _unpack(self, content):
        """Return the decoded content of a file."""
        saved = from_bytes(content)
        is_whole = isinstance(saved, dict) and saved.keys() == _PARTS
        if is_whole and all(isinstance(part, dict) for part in saved.values()):
            return saved
        raise self.damaged()

    def damaged(self):
        """Return the error for a file that is not a checkpoint."""
        return ValueError(
            "path must be a complete checkpoint of this version, or a new file; got "
            f"{str(self.path)!r}, which is damaged or not a checkpoint. Delete it to "
            "start again, or choose another path."
        )


class Resumable(Listener):
    """Listener that saves a training run to a checkpoint, and resumes it.

    Parameters
    ----------
    checkpoint : Checkpoint
        Checkpoint to write to.
    params : dict
        Parameters of the estimator.
    random_state : RandomState
        The stream of the fit, from which nothing has been drawn yet. If there is a
        checkpoint, it is set to where that fit began.
    sets : iterable of (Samples or None)
        The data.
    """

    def __init__(self, checkpoint, params, random_state, sets):
        self.checkpoint = checkpoint
        self._saved, self._n_saves = checkpoint.load(), 0
        checkpoint.remove_unfinished()
        self._random_state = random_state
        self._found = random_state.get_state(legacy=False)
        kind = self._found["bit_generator"]
        if self._saved is not None:
            begin = self._saved["begin"]
            if begin.get("bit_generator") == kind:
                try:
                    random_state.set_state(begin)
                except (TypeError, ValueError, LookupError) as error:
                    raise checkpoint.damaged() from error
        self._begin = random_state.get_state(legacy=False)
        self._params = {
            name: value for name, value in params.items() if name != "verbose"
        }
        if not isinstance(params["random_state"], Integral):
            self._params["random_state"] = kind  # the checkpoint has its state
        self._fit = self._describe_params()
        arrays = [a for one in sets if one is not None for a in one.encoded.arrays()]
        self._fit["the data"] = digest_arrays(arrays)

    def _describe_params(self):
        return {name: describe(value) for name, value in self._params.items()}

    def on_begin(self, run):
        """Resume training if there is a file.

        Raises
        ------
        ValueError
            If the file is damaged or of another fit, or if the state of the solver is
            more than data.
        """
        self._fit["the initial weights"] = digest_arrays([run.state.network.params])
        try:
            self._objects = objects_of({"state": run.state})
        except NotDataError as error:
            raise ValueError(
                "With a Checkpoint, the state of a solver must consist of arrays, "
                f"numbers, lists and dicts, or objects of these; got {error}. Store "
                "only such values, or remove the callback."
            ) from error
        if self._saved is not None:
            self._resume(run.state)

    def _resume(self, state):
        """Restore the saved state."""
        then = self._saved["fit"]
        changed = [
            different
            for name, now in self._fit.items()
            for different in differences(then.get(name, ""), now, name)
        ]
        if changed:
            self._random_state.set_state(self._found)
            raise ValueError(
                "path must be a checkpoint of the same fit; got "
                f"{str(self.checkpoint.path)!r}, of a fit with different settings or "
                f"data: {', '.join(changed)}. Restore them, delete the file to start "
                "again, or choose another path."
            )
        self._fit = then  # it records which attributes are state
        rows = state.rows.copy()
        try:
            is_whole = restore(state, self._saved["state"]) is state
            is_whole = is_whole and np.array_equal(np.sort(rows), np.sort(state.rows))
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            raise self.checkpoint.damaged() from error
        if not is_whole:
            raise self.checkpoint.damaged()
        self._saved = None

    def on_continue(self, run):
        """Save if an interval has passed."""
        if run.state.history.n_iter % self.checkpoint.every:
            return
        self._n_saves += 1
        if self._n_saves & (self._n_saves - 1) == 0:  # the first, second, fourth, …
            now = self._fit | self._describe_params()
            self._fit = {
                name: settle(was, now[name]) for name, was in self._fit.items()
            }
        saved = {"fit": self._fit, "begin": self._begin, "state": run.state}
        self.checkpoint.save(saved, self._objects)
