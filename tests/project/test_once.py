"""One algorithm, said once: the places that add products to gradients are those in docs/architecture.md, each as often.

What is looked for is a statement that adds a product to what an item or an attribute held: parent_bar += v_bar * partial,
also where the product has a name, and where the item may not be there yet.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from house import modules, parsed
from places import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## One algorithm, said once")[2]


def listed() -> Counter[str]:
    """The places on the page, with how often."""
    rows = re.findall(r"^\| `([^`]+)` (?:`([^`]+)` )?\| (\d+) \|", PAGE, re.MULTILINE)
    return Counter({f"{file} {name}".strip(): int(times) for file, name, times in rows})


def found(text: str, file: str) -> Iterator[str]:
    """Every place in a file where a product is added to what an item or an attribute held."""
    for name, function in functions(parsed(text)):
        products = {t.id for node in ast.walk(function) if isinstance(node, ast.Assign) and is_product(node.value)
                    for t in node.targets if isinstance(t, ast.Name)}  # fmt: skip
        for node in ast.walk(function):
            for added in additions(node):
                if is_product(added) or (isinstance(added, ast.Name) and added.id in products):
                    yield f"{file} {name}"


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The functions of a module with their names, those of classes as 'Class.method'; one inside another belongs to it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node


def additions(node: ast.AST) -> Iterator[ast.expr]:
    """What a statement adds to an item or an attribute."""
    if (
        isinstance(node, ast.AugAssign)
        and isinstance(node.op, ast.Add)
        and isinstance(node.target, (ast.Subscript, ast.Attribute))
    ):
        yield node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, (ast.Subscript, ast.Attribute)):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add) and holds(part.left, target):
                        yield part.right


def holds(left: ast.expr, target: ast.expr) -> bool:
    """Whether an expression is what a target held: itself, or sums.get(key, 0.0) for sums[key]."""
    if isinstance(left, ast.Call) and isinstance(left.func, ast.Attribute) and left.func.attr == "get":
        return isinstance(target, ast.Subscript) and ast.unparse(left.func.value) == ast.unparse(target.value)
    return ast.unparse(left) == ast.unparse(target)


def is_product(node: ast.expr) -> bool:
    """A product of numbers that have names: v_bar * partial, bars[v] * abs(partial)."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and all(isinstance(part, (ast.Name, ast.Subscript, ast.Attribute, ast.Call)) for part in (node.left, node.right))
    )


def test_the_chain_rule_stands_where_the_page_says_and_nowhere_else() -> None:
    places = Counter[str]()
    for file in modules(ROOT).values():
        places.update(found(file.read_text(encoding="utf-8"), file.relative_to(ROOT).as_posix()))
    scripts = (ROOT / "viz" / "pages" / "web").glob("*.js")
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        places[script.relative_to(ROOT).as_posix()] = len(re.findall(r"\w\[\w+\] \+= (?:contribution\b|[\w.\[\]]+ \* )", text))
    assert +places == listed()


def test_the_text_that_is_emitted_is_written_in_one_place() -> None:
    written = [
        f"{file.relative_to(ROOT).as_posix()}"
        for file in modules(ROOT).values()
        for node in ast.walk(parsed(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) and re.search(r"\} \+= \{.*\} \* \{", ast.unparse(node))
        and "bars" in ast.unparse(node)
    ]  # fmt: skip
    assert written == ["autograd/stepping/emit.py"]
    assert "`autograd/stepping/emit.py` `_Page.node` | text |" in PAGE


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("parent.grad += v_bar * partial", 1),
        ("bars[p] = bars.get(p, 0.0) + bars[v] * d", 1),
        ("c = up * local\n    totals[p] = totals[p] + c if p in totals else c", 1),
        ("c = up * local\n    total = totals[p] = totals[p] + c", 1),
        ("counts[p] += 1", 0),
        ("mean[i] = mean[i] + (g - mean[i]) * (1.0 - beta)", 0),
    ],
)
def test_a_place_is_found(code: str, times: int) -> None:
    assert list(found(f"def f(a):\n    {code}\n", "x.py")) == ["x.py f"] * times
