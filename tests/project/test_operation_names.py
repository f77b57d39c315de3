"""Properties of operations are columns of the table: no module outside it keeps a set of operations' names, or asks for one.

What asks `op in ("tanh", "sigmoid")` does not see the activation that somebody has defined with `define_primitive`. So names
of operations that are compared, or collected, are looked for in the syntax of every module, and each place where there are some
has a reason here.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from house import modules, parsed
from places import ROOT

from autograd import TABLE

NAMES = frozenset(TABLE)

# Words that operations share with other things: a program called dot, a command called step. They count in company only.
WORDS = frozenset({"dot", "step", "log", "where", "sum", "mean", "square", "round", "sign", "identity"})

EXCEPTIONS = {
    "autograd/__init__.py": "the functions that hide a builtin are no part of *",
    "autograd/compiled.py": "Python's operators, by the names of their methods",
    "autograd/micrograd.py": "the graph as micrograd would have built it: of its own four operations",
    "autograd/operators.py": "Python's operators, which have signs instead of names",
    "autograd/pure.py": "the rows behind Python's operators, looked up once",
    "autograd/primitives/arrays.py": "the functions that NumPy brings along",
    "autograd/primitives/c_loops.py": "the functions that make one number of many, which become loops",
    "autograd/primitives/c_rules.py": "the functions that C's library brings along, and what it writes for others",
    "autograd/primitives/readers.py": "the functions that the floats bring along, as ieee.py and special.py have them",
    "autograd/primitives/straight.py": "the functions that `math` brings along, and Python's operators",
    "autograd/replay/arrays/export.py": "the functions that JAX and PyTorch bring along, and Python's operators",
    "autograd/replay/arrays/formulas.py": "the functions that NumPy brings along, and shorter ways to a few slopes",
    "autograd/replay/arrays/lines.py": "Python's operators",
    "autograd/replay/arrays/source.py": "NumPy's names that hide Python's own",
    "autograd/replay/arrays/sweep.py": "the functions that make one number of many, as NumPy has them along an axis",
    "autograd/replay/native/c_text.py": "the functions that make one number of many, as C has them",
    "autograd/replay/native/lane_rows.py": "the functions that C's library brings along, over lanes",
    "autograd/replay/native/lanes.py": "a power of 2, which is a square over lanes",
    "autograd/replay/passes/fold.py": "Python's operators, where IEEE 754 has a neutral operand",
    "nn/backprop.py": "backpropagation by hand, as the course has it: functions and their slopes on arrays of NumPy",
    "viz/debugger/diagnoses/checks/angles.py": "the functions of an angle, for degrees where radians belong",
    "viz/debugger/diagnoses/checks/flow.py": "the one step function with a twin that has no steps: // and /",
    "viz/debugger/diagnoses/checks/reach.py": "the two activations that are tried in place of another",
    "viz/debugger/diagnoses/evidence/edges.py": "advice in words; a row without some is answered by its column `domain`",
    "viz/debugger/diagnoses/evidence/exactly.py": "the functions that decimals have, or get, of fifty digits",
    "viz/debugger/lift/pytorch/dependence.py": "the names that PyTorch has for its own operations",
    "viz/names.py": "the commands of LaTeX",
    "viz/symbols.py": "the functions and accents for which LaTeX has commands",
    "viz/formulas/notation.py": "Python's operators in the text of a rule, and what anybody does to u * 1",
}


def places(text: str) -> Iterator[tuple[int, str]]:
    """Where names of operations are compared or collected: the line, and the names."""
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Compare):
            found = _names(node.left, *node.comparators)
            if not re.search(r"\b(ops?|row|primitive)\b", ast.unparse(node)):  # it may be about something else
                found -= WORDS
        elif isinstance(node, ast.MatchValue):
            found = _names(node.value) - WORDS
        elif isinstance(node, (ast.Set, ast.List, ast.Tuple, ast.Dict)):
            found = _names(*(filter(None, node.keys) if isinstance(node, ast.Dict) else node.elts))
            found = found if len(found) > (2 if found <= WORDS else 1) else set()
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = set(node.value.split())
            found = words if len(words) > 2 and words <= NAMES else set()
        else:
            continue
        if found:
            yield getattr(node, "lineno", 0), " ".join(sorted(found))


def _names(*nodes: ast.expr) -> set[str]:
    """The names of operations among constants."""
    inside = [n for node in nodes for n in (node.elts if isinstance(node, (ast.Tuple, ast.Set, ast.List)) else [node])]
    return {n.value for n in inside if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value in NAMES}


def test_no_module_outside_the_table_keeps_names_of_operations() -> None:
    found: dict[str, list[tuple[int, str]]] = {}
    for path in modules(ROOT).values():
        name = path.relative_to(ROOT).as_posix()
        if name != "autograd/primitives/table.py":
            found[name] = list(places(path.read_text(encoding="utf-8")))
    assert {name: hits for name, hits in found.items() if hits and name not in EXCEPTIONS} == {}


def test_an_exception_is_still_one() -> None:
    for name in EXCEPTIONS:
        assert list(places((ROOT / name).read_text(encoding="utf-8"))), f"{name} has no names of operations any more"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("if op == 'tanh': pass", "tanh"),
        ("if op in ('relu', other): pass", "relu"),
        ("S = frozenset({'add', 'sub'})", "add sub"),
        ("S = {'exp': 1, 'log': 2}", "exp log"),
        ("S = frozenset('floor ceil trunc'.split())", "ceil floor trunc"),
        ("match op:\n    case 'sigmoid': pass", "sigmoid"),
        ("if kind == 'dot': pass", ""),
        ("TABLE['tanh']", ""),
    ],
)
def test_what_counts_as_a_name(text: str, names: str) -> None:
    assert " ".join(found for _, found in places(text)) == names


def test_the_page_has_none_either() -> None:
    """In the page's own code an operation is what is written on a box."""
    for path in (ROOT / "viz/pages/web").glob("*.js"):
        compared = re.findall(r"""[=!]==? *['"](\w+)['"]""", path.read_text(encoding="utf-8"))
        assert not NAMES.intersection(compared) - {"step"}, path.name
