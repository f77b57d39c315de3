"""Recordings opened later and elsewhere: the script was edited, moved, or is not there; the file is of an older version.

The oracle is the text of the script at the time when it ran, which each test holds itself.
"""

import json
import linecache
import pathlib
import runpy
from typing import Any

import pytest
from dap_client import Client

from autograd import ArgumentError, Recording, RecordingError, load_recording
from viz.__main__ import main as viz_command
from viz.debugger.editor.arguments import Arguments
from viz.debugger.editor.launching import attachment_of
from viz.debugger.program.opening import opened
from viz.debugger.terminal.command_line import main
from viz.debugger.walk.places import Places

SCRIPT = """\
from autograd import Value, record_backward, record_sources, tanh
with record_sources():
    w = Value(0.5, label="w")
    rate = 0.1
    z = w * 3.0
    y = tanh(z)
record_backward(y).save("run.json")
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder 'nets' with a script and the recording that it has saved; it is the working directory."""
    folder = tmp_path / "nets"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    monkeypatch.chdir(folder)
    runpy.run_path(str(folder / "train.py"))
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments]) == 0
    return capsys.readouterr().out


def files(recording: Recording) -> set[str]:
    return {source.file for node in recording.nodes if (source := node.source)}


def commands(*texts: str) -> list[str]:
    return [part for text in (*texts, "q") for part in ("-c", text)]


def test_a_script_that_is_as_it_was_is_opened_without_a_word(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, *commands("l"), str(folder / "run.json"))
    assert "changed" not in out
    assert "train.py:6 -> y = tanh(z)" in out
    assert "4         rate = 0.1" in out  # the file itself, so the lines between are there too


def test_lines_that_made_nodes_are_those_of_the_recording(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text("# a line more\n" + SCRIPT.replace("tanh(z)", "exp(z)"))
    out = shown(capsys, *commands("l"), str(folder / "run.json"))
    assert out.count("has changed since this pass was recorded; the lines shown are those of the recording") == 1
    assert "train.py:6 -> y = tanh(z)\n" in out
    assert "   6  ->     y = tanh(z)" in out
    assert "exp(z)" not in out and "z = w * 3.0" in out
    assert "^^^^^^^" in out


def test_another_line_that_changed_is_said_and_shown_as_it_is(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text(SCRIPT.replace("0.1", "0.2"))
    out = shown(capsys, *commands("l"), str(folder / "run.json"))
    assert out.count("has changed since this pass was recorded; the lines that made values have not") == 1
    assert "rate = 0.2" in out


def test_ends_of_lines_are_no_change(folder: pathlib.Path) -> None:
    (folder / "train.py").write_bytes(SCRIPT.replace("\n", "\r\n").encode())
    assert opened(str(folder / "run.json"))[1] == []


def test_every_command_that_opens_a_recording_says_it(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").write_text(SCRIPT.replace("tanh(z)", "exp(z)"))
    out = str(folder / "page.html")
    for command in (
        ["open", str(folder / "run.json"), "--no-browser", "-o", out],
        ["page", str(folder / "run.json"), "-o", out],
    ):
        assert viz_command(command) == 0
        assert capsys.readouterr().err.count("train.py has changed since") == 1
    main(["--diagnose", str(folder / "run.json")])
    assert capsys.readouterr().err.count("train.py has changed since") == 1


def test_a_script_that_is_gone_can_still_be_read(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.py").unlink()
    out = shown(capsys, *commands("b train.py:5", "c"), str(folder / "run.json"))
    assert "train.py:5 -> z = w * 3.0" in out  # the whole line, not the expression alone
    assert "changed" not in out


def test_another_checkout_is_found_by_itself(
    folder: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "elsewhere" / "copy"
    other.mkdir(parents=True)
    folder.rename(other / "nets")
    (other / "nets" / "run.json").rename(other / "run.json")
    monkeypatch.chdir(tmp_path)
    recording, notes = opened(str(other / "run.json"))  # beside the recording: nets/train.py
    assert notes == []
    assert files(recording) == {str(other / "nets" / "train.py")}
    place = f"{other}/nets/train.py:5"
    out = shown(capsys, *commands(f"b {place}", "c"), str(other / "run.json"))
    assert "train.py:5 -> z = w * 3.0" in out and "no value was made" not in out


def test_a_path_is_mapped(folder: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "elsewhere" / "networks"
    other.mkdir(parents=True)
    (folder / "train.py").rename(other / "train.py")
    recording = folder / "run.json"
    for old, new in ((folder, other), (folder / "train.py", other / "train.py"), (f"{folder}/", f"{other}/")):
        assert {s.file for n in opened(str(recording), [f"{old}={new}"])[0].nodes if (s := n.source)} == {
            str(other / "train.py")
        }
    out = shown(capsys, "--map", f"{folder}={other}", *commands(f"b {other}/train.py:5", "c", "l"), str(recording))
    assert "train.py:5 -> z = w * 3.0" in out
    assert "rate = 0.1" in out


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("nonsense", "write OLD=NEW"),
        ("=new", "write OLD=NEW"),
        ("/home/nobody=/x", r"no file of the recording is in /home/nobody; it names .*train\.py"),
        ("/=/x", "write OLD=NEW"),
    ],
)
def test_a_mapping_that_is_none_is_refused(folder: pathlib.Path, mapping: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        opened(str(folder / "run.json"), [mapping])


def test_a_mapping_is_for_recordings(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--map", "a=b", str(folder / "train.py")])
    assert "--map is for recordings" in capsys.readouterr().err


def renamed(folder: pathlib.Path, *files: str) -> Recording:
    """The recording with its nodes spread over files of another machine."""
    content = json.loads((folder / "run.json").read_text())
    content["files"] = {}
    sourced = [node for node in content["nodes"] if node[6]]
    for i, node in enumerate(sourced):
        node[6][0] = files[i % len(files)]
    (folder / "other.json").write_text(json.dumps(content))
    return load_recording(folder / "other.json")


def test_breakpoints_bind_by_the_end_of_the_path(folder: pathlib.Path) -> None:
    places = Places(renamed(folder, "/home/ann/p/a/model.py", "/home/ann/p/b/model.py", "C:\\p\\train.py"))
    assert places.meant("/work/p/a/model.py") == "/home/ann/p/a/model.py"
    assert places.meant("/work/p/b/model.py") == "/home/ann/p/b/model.py"
    assert places.meant("/work/p/train.py") == "C:\\p\\train.py"
    assert places.meant("/work/model.py") is None  # which of the two nobody can tell
    assert places.meant("/work/p/rain.py") is None


def test_a_file_that_is_here_is_no_other_one(folder: pathlib.Path) -> None:
    places = Places(opened(str(folder / "run.json"))[0])
    assert places.meant(str(folder / "train.py")) == str(folder / "train.py")
    assert places.meant("/elsewhere/train.py") is None


def test_recordings_of_older_versions_are_read(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads((folder / "run.json").read_text())
    del content["files"]
    (folder / "old.json").write_text(json.dumps(content))
    (folder / "train.py").unlink()
    linecache.clearcache()  # which has it from the run
    out = shown(capsys, *commands("l"), str(folder / "old.json"))
    assert "train.py:6 -> tanh(z)" in out  # they kept the expressions
    assert "   5     w * 3.0" in out


@pytest.mark.parametrize(
    "files",
    [
        [], {"a.py": {}}, {"a.py": {"checksum": -1, "lines": {}}}, {"a.py": {"checksum": 1, "lines": []}},
        {"a.py": {"checksum": 1, "lines": {"0": ""}}}, {"a.py": {"checksum": 1, "lines": {"x": ""}}},
        {"a.py": {"checksum": 1, "lines": {"1": 5}}}, {"a.py": {"checksum": 1, "lines": {"1": "a\nb"}}},
        {"a.py": None}, {"a.py": {"checksum": "1", "lines": {}}}, {"a.py": {"checksum": 1, "lines": {"9999999999": ""}}},
    ],
)  # fmt: skip
def test_damaged_texts_are_refused(folder: pathlib.Path, files: Any) -> None:
    content = json.loads((folder / "run.json").read_text()) | {"files": files}
    (folder / "run.json").write_text(json.dumps(content))
    with pytest.raises(RecordingError, match="damaged"):
        load_recording(folder / "run.json")


def test_a_line_far_away_takes_no_memory(folder: pathlib.Path) -> None:
    content = json.loads((folder / "run.json").read_text())
    content["files"] = {"/nowhere.py": {"checksum": 1, "lines": {"999999999": "x"}}}
    (folder / "run.json").write_text(json.dumps(content))
    texts = load_recording(folder / "run.json").texts
    assert len(texts.lines("/nowhere.py")) <= 100_000
    assert texts.line("/nowhere.py", 999999999) == "x"


def test_a_recording_of_a_recording_keeps_what_was_kept(folder: pathlib.Path) -> None:
    (folder / "train.py").write_text("pass\n")
    load_recording(folder / "run.json").save(folder / "again.json")
    assert load_recording(folder / "again.json").texts.line(str(folder / "train.py"), 6) == "    y = tanh(z)"


def test_an_editor_is_told_and_shown_what_was_recorded(folder: pathlib.Path) -> None:
    (folder / "train.py").write_text("# more\n" + SCRIPT)
    with Client() as client:
        client.body("initialize")
        client.body("attach", recording=str(folder / "run.json"), stopOnEntry=True)
        client.body("configurationDone")
        assert "has changed since this pass was recorded" in client.event("output")["output"]
        client.event("stopped")
        frame = client.body("stackTrace", threadId=1)["stackFrames"][0]
        assert "path" not in frame["source"] and "has changed" in frame["source"]["origin"]
        number = frame["source"]["sourceReference"]
        text = client.body("source", sourceReference=number, source=frame["source"])["content"]
        assert text.splitlines()[frame["line"] - 1] == "    y = tanh(z)"
        assert text.splitlines()[frame["line"] - 1][frame["column"] - 1 : frame["endColumn"] - 1] == "tanh(z)"


def test_an_editor_maps_paths(folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    roots = [{"remoteRoot": "/home/ann", "localRoot": "sub"}]
    asked = Arguments({"recording": str(folder / "run.json"), "cwd": str(tmp_path), "pathMappings": roots})
    assert attachment_of(asked).arguments == (f"/home/ann={tmp_path / 'sub'}",)


def test_a_path_with_a_zero_in_a_mapping_is_refused(folder: pathlib.Path) -> None:
    roots = [{"remoteRoot": "/home/ann\0", "localRoot": "sub"}]
    with pytest.raises(ArgumentError, match="pathMappings"):
        attachment_of(Arguments({"recording": str(folder / "run.json"), "pathMappings": roots}))
