"""Checkpoint files are replaced atomically, also through links."""

import hashlib
import io
import os
import pickle
import stat
from pathlib import Path

import numpy as np
import pytest

from sknn_scratch.callbacks import Checkpoint
from sknn_scratch.listeners._saved import from_bytes, to_bytes

posix = pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def a_folder(path):
    path.mkdir()


def below_a_file(path):
    path.parent.rmdir()
    path.parent.write_text("a file")


def in_no_folder(path):
    path.parent.rmdir()


def a_link_to_itself(path):
    path.symlink_to(path)


def a_link_into_no_folder(path):
    path.symlink_to(path.parent / "none" / "file")


def a_pipe(path):
    os.mkfifo(path)


@posix
@pytest.mark.parametrize(
    "make",
    [
        a_folder,
        below_a_file,
        in_no_folder,
        a_link_to_itself,
        a_link_into_no_folder,
        a_pipe,
    ],
)
def test_a_path_that_cannot_be_read_is_refused(tmp_path, make):
    path = tmp_path / "folder" / "c"
    path.parent.mkdir()
    make(path)
    with pytest.raises(ValueError, match=r"path must be a readable file.* got"):
        Checkpoint(path).load()


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "c").touch()
    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(ValueError, match=r"readable file.*Permission denied"):
        Checkpoint(tmp_path / "c").load()


@pytest.mark.parametrize("path", [None, 5, b"bytes"])
def test_a_path_is_a_str_or_path_like(path):
    with pytest.raises(TypeError, match="path must be a str or path-like; got"):
        Checkpoint(path)


class Sabotage:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return os.abort, ()


def with_checksum(archive):
    magic = b"sknn_scratch checkpoint 4\n"
    return magic + hashlib.blake2b(archive, digest_size=32).digest() + archive


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return with_checksum(file.getvalue())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        pickle.dumps(Sabotage()),
        with_checksum(b""),
        with_checksum(b"no archive"),
        with_checksum(pickle.dumps(Sabotage())),
        npz(),
        npz(json=np.arange(3)),
        npz(json=np.array([Sabotage()], object)),
        to_bytes({}),
        to_bytes({"fit": {}, "begin": {}}),
        to_bytes({"fit": {}, "begin": {}, "state": {}}).replace(b"t 4\n", b"t 3\n"),
    ],
)
def test_a_file_that_is_not_a_checkpoint_raises(tmp_path, content):
    (tmp_path / "c").write_bytes(content)
    with pytest.raises(ValueError, match="damaged or not a checkpoint"):
        Checkpoint(tmp_path / "c").load()


def test_damage_anywhere_in_a_file_is_detected():
    state = {"array": np.arange(50.0), "stream": np.random.RandomState(0)}
    whole = to_bytes({"fit": {"a": "b"}, "begin": {}, "state": state})
    np.testing.assert_array_equal(from_bytes(whole)["state"]["array"], state["array"])
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        assert from_bytes(bytes(damaged)) is None
    assert all(from_bytes(whole[:n]) is None for n in range(0, len(whole), 97))


@posix
def test_a_new_file_is_private_and_an_existing_one_keeps_its_mode(tmp_path):
    path = tmp_path / "c"
    checkpoint = Checkpoint(path)
    checkpoint.save({})
    assert mode(path) == 0o600
    for kept in (0o644, 0o440, 0o660):
        path.chmod(kept)
        checkpoint.save({})
        assert mode(path) == kept


@posix
@pytest.mark.parametrize("dangling", [False, True])
def test_a_symbolic_link_is_kept_and_its_target_replaced(tmp_path, dangling):
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    target.parent.mkdir()
    link.symlink_to(Path("far", "target"))
    if not dangling:
        target.touch(mode=0o640)
    checkpoint = Checkpoint(link)
    checkpoint.save({})
    assert link.readlink() == Path("far", "target")
    assert target.read_bytes() == to_bytes({})
    assert mode(target) == (0o600 if dangling else 0o640)
    assert os.listdir(target.parent) == ["target"]
    checkpoint.remove()
    assert link.is_symlink()
    assert not target.exists()


@posix
def test_files_of_the_user_are_not_touched(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "c"
    victim.write_text("precious")
    for name in ("c.part", "c.tmp", ".c.part"):
        (tmp_path / name).symlink_to(victim)
    before = sorted(tmp_path.iterdir())
    checkpoint = Checkpoint(path)
    checkpoint.save({})
    checkpoint.remove_unfinished()
    checkpoint.remove()
    assert victim.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == before


def test_every_temporary_file_is_new_and_what_a_kill_left_is_removed(
    tmp_path, monkeypatch
):
    path, names = tmp_path / "a" / ("long" * 60), []
    path.parent.mkdir()

    class Killed(BaseException): ...

    def killed(part, *args, **kwargs):
        names.append(part.name)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        patch.setattr(Path, "unlink", killed)
        for _ in range(2):
            with pytest.raises(Killed):
                Checkpoint(path).save({})
    assert len(set(names)) == 2
    assert sorted(os.listdir(path.parent)) == sorted(set(names))
    Checkpoint(path.with_name("another")).remove_unfinished()
    assert len(os.listdir(path.parent)) == 2
    Checkpoint(path).remove_unfinished()
    assert os.listdir(path.parent) == []
