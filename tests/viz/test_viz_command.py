"""`python -m viz` as its users run it: a script in a folder, a command, a file; and what it says when a thing is not there."""

import json
import pathlib
import subprocess
import sys

import pytest
from places import ROOT

from autograd import Value, record_backward
from viz.__main__ import main
from viz.script import ScriptError, running, target, value_in

SCRIPT = """
import sys, helper
from autograd import Value, tanh
from nn import MLP

x, w = Value(2.0, label="x"), Value(helper.WEIGHT, label="w")
cost = tanh(w * x)
cost.label = "C"
half = 0.5
model = MLP(2, [3, 1])

def build():
    return cost * float(sys.argv[1]) if len(sys.argv) > 1 else cost + 1.0

if __name__ == "__main__":
    cost.backward()
    print("trained")
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "helper.py").write_text("WEIGHT = 0.25\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_draw_writes_the_picture_and_says_where(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "script.py:cost", "-o", "graph.dot"]) == 0
    assert capsys.readouterr().out == "trained\ngraph.dot\n"
    text = (folder / "graph.dot").read_text(encoding="utf-8")
    assert "C = tanh" in text
    assert "grad 1" in text
    assert "script.py:7: tanh(w * x)" in text, "sources are recorded"


def test_as_a_program_of_its_own(folder: pathlib.Path) -> None:
    command = [sys.executable, "-m", "viz", "draw", "script.py:build", "-o", "g.dot", "--", "3"]
    root = str(ROOT)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={"PYTHONPATH": root, "PATH": ""}
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "trained\ng.dot\n", "")
    assert "3" in (folder / "g.dot").read_text(encoding="utf-8")


def test_every_option_of_draw_reaches_the_picture(folder: pathlib.Path) -> None:
    net = "from nn import MLP\nc = MLP(4, [5, 2])([1.0, 2.0, 3.0, 4.0])[0]\n"
    (folder / "net.py").write_text(net, encoding="utf-8")

    def drawn(*options: str) -> str:
        assert main(["draw", "net.py:c", "-o", "g.dot", *options]) == 0
        return (folder / "g.dot").read_text(encoding="utf-8")

    assert "shape=folder" in drawn("--fold", "layer")
    assert "shape=folder" not in drawn("--fold", "none")
    assert drawn("--boxes", "5").count("shape") < drawn("--boxes", "5", "--unfold", "layer1/neuron2").count("shape")
    assert drawn("--radius", "1").count("->") < drawn("--radius", "2").count("->")
    assert drawn("--focus", "z^1_2", "--radius", "0").count("grad not computed") == 1
    assert "b¹₃" not in drawn("--path", "w^1_21", "z^2_1")
    assert "label=sum" in drawn("--terms") or "= sum" in drawn("--terms")
    assert "rankdir=TB" in drawn("--rankdir", "TB")
    assert "grad not computed" in drawn()
    assert "grad not computed" not in drawn("--backward", "--radius", "1")


def test_draw_writes_texts_for_other_programs_and_page_two_passes(folder: pathlib.Path) -> None:
    assert main(["draw", "script.py:cost", "-o", "graph.mmd", "--path", "w", "C"]) == 0
    text = (folder / "graph.mmd").read_text(encoding="utf-8")
    assert text.startswith("flowchart LR\n")
    assert '["w<br>' in text
    assert '"x<br>' not in text
    assert main(["page", "script.py:cost", "-o", "pair.html", "--beside", "script.py:build", "--step", "1"]) == 0
    assert (folder / "pair.html").read_text(encoding="utf-8").count("<iframe") == 2


def test_film_writes_both_kinds(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["film", "script.py:cost", "-o", "pass.svg", "--pace", "2"]) == 0
    assert "@keyframes" in (folder / "pass.svg").read_text(encoding="utf-8")
    assert main(["film", "script.py:cost", "-o", "pass.gif"]) == 0
    assert (folder / "pass.gif").read_bytes().startswith(b"GIF89a")
    assert main(["film", "script.py:cost", "--pace", "0"]) == 1
    assert capsys.readouterr().err == "python -m viz film: film(pace=0.0): from 0.1 to 60 seconds for a contribution\n"


def test_a_recording_is_drawn_and_opened(folder: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = Value(3.0, label="x")
    record_backward(x * x).save(folder / "run.json")
    assert main(["draw", "run.json", "-o", "g.dot"]) == 0
    assert main(["open", "run.json", "-o", "steps.html", "--no-browser"]) == 0
    assert capsys.readouterr().out == "g.dot\nsteps.html\n"
    assert (folder / "steps.html").read_text(encoding="utf-8").startswith("<!")


def test_page_writes_the_page(folder: pathlib.Path) -> None:
    assert main(["page", "script.py:cost", "-o", "steps.html", "--title", "The <cost>"]) == 0
    text = (folder / "steps.html").read_text(encoding="utf-8")
    assert "The &lt;cost&gt;" in text
    assert "script.py" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", "scirpt.py:cost"], "cannot read the script scirpt.py: No such file"),
        (["draw", "script.py:csot"], "script.py has no 'csot'. Did you mean 'cost'? Values in it: x, w, cost"),
        (["draw", "script.py"], "script.py: which value? Write script.py:NAME. Values in it: x, w, cost"),
        (["draw", "script.py:half"], "script.py: half is a float, not a Value."),
        (["draw", "script.py:model.lyaers"], "script.py: model has no 'lyaers'. Did you mean 'layers'?"),
        (["draw", "script.py:cost", "--fold", "layer"], "no scope is called 'layer'. Nothing was made inside a scope"),
        (["draw", "script.py:cost", "--focus", "y"], "no nodes are called 'y'"),
        (["draw", "script.py:cost", "-o", "graph.gif"], "'graph.gif'; the formats are svg, png, pdf, dot, gv"),
        (["draw", "script.py:cost", "-o", "missing/graph.dot"], "missing"),
        (["draw", "broken.py:cost"], "broken.py is not Python"),
        (["draw", "raising.py:cost"], "raising.py raised ZeroDivisionError: division by zero (line 2)"),
        (["page", "script.py:csot"], "python -m viz page: script.py has no 'csot'"),
        (["open", "none.json"], "python -m viz open: cannot read the recording none.json"),
        (["draw", "helper.py:cost"], "There is no Value among its global names"),
    ],
)
def test_errors_name_the_file_the_name_and_the_nearest(
    folder: pathlib.Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (folder / "broken.py").write_text("cost = (", encoding="utf-8")
    (folder / "raising.py").write_text("x = 1\ncost = x / 0\n", encoding="utf-8")
    before = sorted(folder.iterdir())
    assert main(arguments) == 1
    assert message in capsys.readouterr().err
    assert [path for path in sorted(folder.iterdir()) if path.name != "__pycache__"] == before


def test_a_script_finds_what_it_would_find_and_leaves_nothing_behind(folder: pathlib.Path) -> None:
    (folder / "look.py").write_text(
        "import sys, json, pickle, __main__\nfound = json.dumps([sys.argv, __name__, __main__.__name__])\nsys.exit(3)\n",
        encoding="utf-8",
    )
    before = sys.argv, list(sys.path), sys.modules["__main__"]
    with running("look.py", ["a", "b"]) as names:
        assert sys.argv == ["look.py", "a", "b"]
    assert json.loads(names["found"]) == [["look.py", "a", "b"], "__main__", "__main__"]
    assert (sys.argv, list(sys.path), sys.modules["__main__"]) == before
    with pytest.raises(ScriptError), running("missing.py"):
        pass
    assert (sys.argv, list(sys.path), sys.modules["__main__"]) == before


def test_what_a_function_raises_is_told_with_its_line(folder: pathlib.Path) -> None:
    (folder / "f.py").write_text("def cost():\n    return 1 / 0\n", encoding="utf-8")
    message = r"f.py: cost\(\) raised ZeroDivisionError: division by zero \(line 2\)"
    with running("f.py") as names, pytest.raises(ScriptError, match=message):
        value_in(names, "cost", "f.py")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a:b/script.py:model.cost", ("a:b/script.py", "model.cost")),
        ("C:/work/run.json", ("C:/work/run.json", "")),
        ("script.py:cost", ("script.py", "cost")),
        ("dir/script.py:model.cost", ("dir/script.py", "model.cost")),
        ("run.json", ("run.json", "")),
        ("C:\\runs\\run.json", ("C:\\runs\\run.json", "")),
    ],
)
def test_targets(text: str, parts: tuple[str, str]) -> None:
    assert target(text) == parts


@pytest.mark.parametrize(
    ("program", "words", "meant"),
    [
        ("viz", "drw a.py", "'draw'"),
        ("viz", "draw a.py:cost --focsu x", "'--focus'"),
        ("viz", "draw a.py:cost -otmp.svg --rankdri TB", "'--rankdir'"),
        ("viz", "--diagnoze a.py", "'python -m viz.debugger --diagnose train.py'"),
        ("viz", "diagnose a.py", "'python -m viz.debugger --diagnose train.py'"),
        ("viz", "debug a.py", "'python -m viz.debugger train.py'"),
        ("viz.debugger", "--diagnoze a.py", "'--diagnose'"),
        ("viz.debugger", "--braek 3 a.py", "'--break'"),
        ("viz.debugger", "--dap --dap-prot 3", "'--dap-port'"),
    ],
)
def test_what_is_misspelt_is_answered(program: str, words: str, meant: str) -> None:
    ran = subprocess.run([sys.executable, "-m", program, *words.split()], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f". Did you mean {meant}" in ran.stderr


@pytest.mark.parametrize("words", ["--zzzzz a.py", "draw a.py --zzzzz", "draw --rank TB", "draw", "draw -o"])
def test_nothing_is_meant_where_nothing_is_near_or_misspelt(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(words.split())
    assert "Did you mean" not in capsys.readouterr().err


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["draw", "--help"], ["page", "--help"], ["open", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "python -m viz draw script.py:cost" in text
    assert "neuron" in text
