"""PyCharm's own debugger steps through backward passes: an unmodified pydevd-pycharm, driven as PyCharm drives it.

The engine is a checkout here, the user's own code to PyCharm, so no setting of it hides what lies on the way.
"""

import importlib.util
import os
import pathlib
import sys
from collections.abc import Iterator

import pytest
from pycharm_client import PyCharm
from stepped import EMITTED, SCRIPT, expected

from autograd import Value

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("pydevd_pycharm") is None, reason="pydevd-pycharm is not installed"),
]
CODE = Value.backward.__code__
ON_THE_WAY = [("debuggers.py", n) for n in sorted({n for _, _, n in CODE.co_lines() if n} - {CODE.co_firstlineno})[:2]]
LINES = [18, 20, 21, 23, 24, 25]  # of the emitted pass
TRACINGS = {"trace function": {}, "sys.monitoring": {"USE_LOW_IMPACT_MONITORING": "True"}}


@pytest.fixture(params=[name for name in TRACINGS if name == "trace function" or sys.version_info >= (3, 12)])
def pycharm(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[PyCharm]:
    path = tmp_path / "net.py"
    path.write_text(SCRIPT, encoding="utf-8")
    connected = PyCharm(path, **TRACINGS[request.param])
    yield connected
    connected.close()


def test_step_leads_from_backward_into_the_emitted_pass_through_it_and_back(pycharm: PyCharm) -> None:
    assert pycharm.start(8) == ("net.py", 8)
    assert pycharm.step(*["into"] * 3) == [*ON_THE_WAY, (EMITTED, LINES[0])]
    assert [pycharm.evaluate(name) for name in ("x", "dy_dz", "z_bar")] == ["2.0", "0.7864477329659274", "0.0"]
    assert pathlib.Path(pycharm.path).read_text(encoding="utf-8").splitlines()[17].startswith("    z_bar += y_bar * dy_dz")
    assert pycharm.step(*["over"] * 4, "into") == [(EMITTED, n) for n in LINES[1:]]
    assert pycharm.evaluate("w_bar") == "1.5728954659318548"
    assert pycharm.step("over", "over") == [("net.py", 3), ("net.py", 4)]


@pytest.mark.parametrize("last", ["into", "over", "out"])
def test_each_step_from_the_last_line_ends_at_the_users_next_one(last: str, pycharm: PyCharm) -> None:
    pycharm.start(8)
    pycharm.step(*["into"] * 3, *["over"] * 5)
    assert pycharm.step(last, "over") == [("net.py", 3), ("net.py", 4)]
    assert pycharm.evaluate("w.grad") == "1.5728954659318548"


def test_a_breakpoint_in_the_emitted_pass_stops_in_every_later_pass(pycharm: PyCharm) -> None:
    pycharm.start(8)
    pycharm.step(*["into"] * 3)
    pycharm.set_breakpoint(pycharm.path, 24)
    assert pycharm.step("continue") == [(EMITTED, 24)]
    assert pycharm.step("continue") == [("net.py", 8)]
    assert pycharm.step("over") == [(EMITTED, 24)]  # a breakpoint is met on the way
    assert float(pycharm.evaluate("w_bar")) == pytest.approx(2 * 1.5728954659318548)
    assert pycharm.step("out") == [("net.py", 3)]


def test_a_file_that_is_not_stepped_into_is_left_out_of_the_way(tmp_path: pathlib.Path) -> None:
    """PyCharm's "Do not step into scripts", as the page of the documentation says."""
    path = tmp_path / "net.py"
    path.write_text(SCRIPT, encoding="utf-8")
    pycharm = PyCharm(path, PYDEVD_FILTERS="*/autograd/debuggers.py")
    try:
        pycharm.start(8)
        assert pycharm.step("into", "over", "out") == [(EMITTED, 18), (EMITTED, 20), ("net.py", 3)]
    finally:
        pycharm.close()


def test_who_does_not_step_gets_the_ordinary_pass(pycharm: PyCharm) -> None:
    pycharm.start(8)
    assert pycharm.step("continue", "over", "continue") == [("net.py", 8), ("net.py", 3), ("net.py", 8)]
    assert pycharm.evaluate("'autograd.stepping.emitted' in __import__('sys').modules") == "False"
    assert expected() in pycharm.output_to_the_end()


def test_a_step_over_the_function_that_calls_backward_ends_behind_it(tmp_path: pathlib.Path) -> None:
    """Also when the pass is emitted on the way, because there is a breakpoint in it."""
    path = tmp_path / "net.py"
    path.write_text(
        "from autograd import Value\nx = Value(2.0, label='x')\ny = x * 3.0\ny.label = 'y'\n"
        "def train():\n    y.backward()\n    return x.grad\ntrain()\ntrain()\ntrain()\n"
    )
    pycharm = PyCharm(path)
    try:
        pycharm.start(8)
        assert pycharm.step(*["into"] * 4)[-1][0] == EMITTED
        emitted, line = pycharm.path, pycharm.step("over")[0][1]
        assert pycharm.step("over", "out", "over") == [("net.py", 7), ("net.py", 8), ("net.py", 9)]
        pycharm.set_breakpoint(emitted, line, "x > 99.0")
        assert pycharm.step("over") == [("net.py", 10)]
        pycharm.set_breakpoint(emitted, line)
        assert pycharm.step("over", "over") == [(EMITTED, line), ("net.py", 7)]
    finally:
        pycharm.close()


def test_nothing_of_the_way_in_is_a_warning_of_pydevd(pycharm: PyCharm) -> None:
    """It objects to everybody who calls sys.settrace."""
    pycharm.start(8)
    pycharm.step(*["into"] * 3, "continue", *["into"] * 3, "continue")
    text = pycharm.output_to_the_end()
    assert expected() in text
    assert "WARNING" not in text and "Traceback" not in text


def test_an_error_in_a_hook_leads_to_the_user_and_leaves_the_gradients(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "from autograd import Value\nx = Value(2.0, label='x')\ny = x * 3.0\nz = y * y\nz.label = 'z'\n"
        "y.register_hook(lambda g: 1 / 0)\ntry:\n    z.backward()\nexcept ZeroDivisionError:\n    print(x.grad)\nprint(1)\n"
    )
    pycharm = PyCharm(path)
    try:
        pycharm.start(8)
        stops = pycharm.step(*["into"] * 3)
        assert os.path.basename(pycharm.path).startswith("backward_from_z")
        while stops[-1][0] != "net.py" or stops[-1][1] == 6:  # the hook is the user's own
            stops += pycharm.step("over")
        assert stops[-1] == ("net.py", 9)
        assert not {name for name, _ in stops} - {"debuggers.py", "backward_from_z.py", "net.py"}
        assert pycharm.evaluate("x.has_grad") == "False"
    finally:
        pycharm.close()
