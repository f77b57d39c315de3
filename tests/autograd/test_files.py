"""Writing files: whole or not at all, never in place of a device, permissions kept, and errors that name the right file."""

import os
import pathlib
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from places import ROOT

import viz
from autograd import ArgumentError, OperandError, Value, load_recording, record_backward
from autograd.errors import AutogradError
from autograd.files import checked_path, write_whole
from nn import MLP
from nn.checkpoint import Checkpoint, load, save
from nn.data import xor
from nn.tables import read_csv
from nn.train import fit
from viz.rendering import save as save_dot

# Everything that writes a file: what is called with its path. The suffix says what a picture is to be.
WRITERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "recording": (".json", lambda path: record_backward(Value(1.0) * 2.0).save(path)),
    "network": (".safetensors", lambda path: save(path, Checkpoint(MLP(1, [1], rng=random.Random(0))))),
    "run": (
        ".safetensors",
        lambda path: fit(MLP(2, [2], rng=random.Random(0)), xor(), epochs=1, validation=None, progress=False, checkpoint=path),
    ),
    "picture": (".dot", lambda path: viz.save(Value(1.0) * 2.0, path)),
    "drawn picture": (".dot", lambda path: viz.draw(Value(1.0) * 2.0).save_as(path)),
    "dot": (".gv", lambda path: save_dot("digraph { x }", path)),
    "page": (".html", lambda path: viz.page(Value(1.0) * 2.0, path)),
    "page by save": (".html", lambda path: viz.save(Value(1.0) * 2.0, path)),
}
POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes, devices and permissions are POSIX's")


@pytest.fixture(params=WRITERS, ids=list(WRITERS))
def writer(request: pytest.FixtureRequest) -> tuple[str, Callable[[Any], Any]]:
    return WRITERS[request.param]


def test_every_writer_writes(writer: tuple[str, Callable[[Any], Any]], tmp_path: pathlib.Path) -> None:
    suffix, write = writer
    path = tmp_path / f"file{suffix}"
    write(path)
    assert path.stat().st_size > 10
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@POSIX
def test_no_writer_replaces_a_device_or_a_pipe(writer: tuple[str, Callable[[Any], Any]], tmp_path: pathlib.Path) -> None:
    suffix, write = writer
    expected, pipe = tmp_path / f"file{suffix}", tmp_path / f"pipe{suffix}"
    write(expected)
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    if write is not WRITERS["run"][1]:  # a run reads its file before it writes it
        reader.start()
        write(pipe)
        reader.join(30.0)
        assert received[0][:60] == expected.read_bytes()[:60]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    link = tmp_path / f"link{suffix}"
    link.symlink_to("/dev/null")
    if write is not WRITERS["run"][1]:
        write(link)
    assert link.is_symlink()
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o775])
def test_a_file_keeps_its_permissions(writer: tuple[str, Callable[[Any], Any]], tmp_path: pathlib.Path, mode: int) -> None:
    suffix, write = writer
    path = tmp_path / f"file{suffix}"
    write(path)
    usual = tmp_path / "usual"
    usual.touch()
    assert path.stat().st_mode == usual.stat().st_mode, "a new file has the permissions of new files"
    path.chmod(mode)
    link = tmp_path / f"link{suffix}"
    link.symlink_to(path.name)
    write(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
def test_owner_and_attributes_stay(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.origin", b"here")
    except (OSError, AttributeError):
        pass  # not on this file system; the owner is there to be looked at
    else:
        write_whole(path, lambda: b"new")
        assert os.getxattr(path, "user.origin") == b"here"
    if os.getuid() == 0:
        os.chown(path, 12345, 23456)
    write_whole(path, lambda: b"newer")
    assert path.read_bytes() == b"newer"
    if os.getuid() == 0:
        assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("a\0b{}", "NUL"), ("{}\0", "NUL"), ("\0", "NUL"), ("\ud800{}", "cannot be written in"), ("", "empty"), (3, "got int 3")],
)
def test_names_that_no_file_can_have(writer: tuple[str, Callable[[Any], Any]], name: Any, hint: str) -> None:
    suffix, write = writer
    bad = name.format(suffix) if isinstance(name, str) and name else name
    with pytest.raises(AutogradError, match=hint):
        write(bad)


def test_readers_too_say_which_name_it_is(tmp_path: pathlib.Path) -> None:
    readers: list[Callable[[Any], Any]] = [load_recording, load, lambda path: read_csv(path, "y")]
    for read in readers:
        with pytest.raises(AutogradError, match="NUL"):
            read("a\0b")
        with pytest.raises(AutogradError, match="got int 3"):
            read(3)
        with pytest.raises(AutogradError, match="cannot read"):
            read(tmp_path)
    assert checked_path(pathlib.Path("x")) == checked_path(b"x") == "x"


def test_errors_name_the_file_that_was_asked_for(
    writer: tuple[str, Callable[[Any], Any]], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, write = writer
    missing = tmp_path / "missing" / f"graph{suffix}"
    with pytest.raises((OSError, AutogradError), match="missing") as caught:
        write(missing)
    assert "No such folder" in str(caught.value)
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises((OSError, AutogradError), match="folder") as caught:
        write(folder)
    (tmp_path / f"loop{suffix}").symlink_to(f"loop{suffix}")
    with pytest.raises((OSError, AutogradError), match="loop"):
        write(tmp_path / f"loop{suffix}")
    path = tmp_path / f"graph{suffix}"

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path.write_bytes(b"old")
    if write is not WRITERS["run"][1]:
        with pytest.raises((OSError, AutogradError), match="No space") as caught:
            write(path)
        assert str(path) in str(caught.value)
        assert ".tmp" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".tmp")]


def test_an_error_of_the_content_is_passed_on_and_the_old_file_stays(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fails() -> bytes:
        raise OSError(2, "no program", "dot")

    with pytest.raises(OSError, match="no program: 'dot'"):
        write_whole(path, fails)
    assert path.read_bytes() == b"old"
    called: list[int] = []
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "file", lambda: b"%d" % len(called))
    assert not called


@POSIX
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="the administrator may write everything")
def test_a_write_protected_file_is_not_replaced(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        write_whole(path, lambda: b"new")
    assert path.read_bytes() == b"old"


SCRIPT = """
import sys
from autograd import Value, record_backward
print("before")
record_backward(Value(1.0) * 2.0).save({path!r})
print("after")
"""


@POSIX
@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("redirected", [False, True], ids=["pipe", "file"])
def test_the_standard_output_is_written_to(tmp_path: pathlib.Path, path: str, redirected: bool) -> None:
    if path.startswith("/proc") and not os.path.exists(path):
        pytest.skip("no /proc here")
    (tmp_path / "link").symlink_to("/dev/stdout")
    script = SCRIPT.format(path=str(tmp_path / path))
    out = tmp_path / "out"
    with out.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT, stdout=file if redirected else subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.stderr == b""
    text = out.read_text() if redirected else done.stdout.decode()
    assert text.startswith("before\n{")
    assert text.endswith("}after\n")
    assert out.is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "out"]


def test_paths_of_all_kinds_name_one_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("a", b"a", pathlib.Path("a"), os.fspath(tmp_path / "a")):
        write_whole(path, lambda: b"x")
        assert (tmp_path / "a").read_bytes() == b"x"
        (tmp_path / "a").unlink()
    with pytest.raises(OperandError):
        write_whole(1, lambda: b"x")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        write_whole("", lambda: b"x")
