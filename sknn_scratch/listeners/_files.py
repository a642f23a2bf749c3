"""Reading files, and replacing them atomically."""

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path


def read(target):
    """Return the content of a file, or None if there is none yet."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        target.parent.stat()  # raises if the folder does not exist
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError("neither a file nor a folder")  # reading a pipe may never end
    return target.read_bytes()


def _prefix(target):
    """Return the prefix of the names of unfinished files, which is unique."""
    name = hashlib.blake2b(os.fsencode(target.name), digest_size=8).hexdigest()
    return f".sknn_scratch-{name}-"


def remove_unfinished(target):
    """Remove unfinished files of killed processes that were writing `target`."""
    for part in target.parent.glob(f"{_prefix(target)}*.part"):
        part.unlink(missing_ok=True)


def replace(target, content):
    """Write a temporary file, and rename it to `target` after it is synced to disk."""
    descriptor, name = tempfile.mkstemp(".part", _prefix(target), target.parent)
    part = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # other systems cannot open a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
