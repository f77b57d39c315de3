"""Docstrings as Markdown: prose as prose, sections as lists, examples as sessions; signatures broken where they are long.

The docstrings of this project have one form: a meaning, then paragraphs, then sections (Args, Attributes, Returns, Raises,
Warns, Example) whose lines are indented. What `make_reference` writes is made of these pieces.
"""

import enum
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from overloads import overloads

WIDTH = 88
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Warns|Example):")
_LISTED = ("Args", "Attributes", "Raises")
_ITEM = re.compile(r"((?:\*{0,2}[\w.]+)(?:, \*{0,2}[\w.]+)*): (.*)")


def entry(name: str, thing: Any, level: int = 3) -> str:
    """A heading, the signature, or one for each kind of arguments, and the docstring."""
    text = prose(inspect.getdoc(thing) or "").strip()
    calls = "\n".join(f"{name}{written(one)}" for one in overloads(thing)) or f"{name}{signature(thing)}"
    return f"{'#' * level} {escaped(name)}\n\n```python\n{calls}\n```\n\n{text}\n\n"


def prose(doc: str) -> str:
    """A whole docstring as Markdown."""
    return "\n".join(_blocks(doc.splitlines()))


def first(doc: str) -> str:
    """Its first paragraph, on one line, for a cell of a table."""
    return escaped(" ".join(doc.partition("\n\n")[0].split())).replace("|", r"\|")


def attributes(doc: str) -> set[str]:
    """The names in its section Attributes."""
    section = doc.partition("\nAttributes:\n")[2].partition("\n\n")[0]
    return {name for names in re.findall(r"^    ([\w, ]+): ", section, re.MULTILINE) for name in names.split(", ")}


def escaped(text: str) -> str:
    """Text in which Markdown finds nothing to do but code in backticks."""
    pieces = re.split(r"(`[^`]*`)", text)
    marked = (p if i % 2 else re.sub(r"([*_$\\\[\]])", r"\\\1", p).replace("<", "&lt;") for i, p in enumerate(pieces))
    return "".join(marked)


def _blocks(lines: list[str]) -> Iterator[str]:
    section = ""
    while lines:
        line = lines.pop(0)
        match = _SECTION.fullmatch(line)
        if match:
            section = match[1]
            inside = []
            while lines and (not lines[0] or lines[0].startswith("    ")):
                inside.append(lines.pop(0)[4:])
            yield from _section(section, inside)
        else:
            yield escaped(line)


def _section(name: str, lines: list[str]) -> Iterator[str]:
    while lines and not lines[-1]:
        lines.pop()
    if name == "Example":
        yield from ("```python", *lines, "```", "")
    elif name in _LISTED:
        yield from (f"**{name}**", "", *_items(lines), "")
    else:
        yield from (f"**{name}** {escaped(' '.join(' '.join(lines).split()))}", "")


def _items(lines: list[str]) -> Iterator[str]:
    for line in lines:
        match = _ITEM.fullmatch(line)
        if match:
            yield f"* `{match[1]}`: {escaped(match[2])}"
        else:
            yield f"  {escaped(line.strip())}"


def signature(thing: Callable[..., Any]) -> str:
    """The text for how it is called."""
    if isinstance(thing, type) and issubclass(thing, enum.Enum):
        return "(name: str)"  # enum's own signature makes new enums
    try:
        parts = inspect.signature(thing)
    except ValueError:
        return ""
    return written(parts)


def written(parts: inspect.Signature) -> str:
    """A signature as text; one argument a line where it would not fit on one."""
    text = _readable(str(parts))
    if len(text) <= WIDTH:
        return text
    shown = [_readable(str(parameter)) for parameter in _separated(parts)]
    result = _readable(str(inspect.Signature(return_annotation=parts.return_annotation)))[2:]
    return "(\n" + "".join(f"    {argument},\n" for argument in shown) + f"){result}"


def _separated(parts: inspect.Signature) -> Iterator[inspect.Parameter | str]:
    starred = False
    for parameter in parts.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            yield "*"
        starred = starred or parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        yield parameter


def _readable(text: str) -> str:
    """Without what Python adds for itself: addresses, quotation marks around types, the paths of modules."""
    text = re.sub(r"<module '([\w.]+)' from [^>]*>", r"\1", text)
    text = re.sub(r"<object object at 0x[0-9a-f]+>", "...", re.sub(r"(: |-> )'([^']*)'", r"\1\2", text))
    text = re.sub(r"<function (\w+)(?:\.<locals>[\w.<>]*)? at 0x[0-9a-f]+>", r"\1", text).replace("<factory>", "...")
    text = re.sub(r"(?<=[\[ ])'([A-Z]\w+)'(?=[\],])", r"\1", text)
    return re.sub(r"\b(?:typing|collections\.abc|pathlib|(?:autograd|nn|viz)(?:\.\w+)*)\.", "", text)
