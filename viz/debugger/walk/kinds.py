"""The kinds of breakpoint: the nodes of a pass that each is about, and its written form. A new kind is a row here.

    line        where the gradient of a node that a line made is complete
    label       where the gradient of a node is complete whose label matches a pattern: w^1_*
    op          where the gradient of a node is complete that an operation made: tanh
    node        where the gradient of one node is complete; it is named by its label, 'v7' or its id
    scope       where the walk goes into a scope
    gradient    a data breakpoint: where the gradient of a node changes
    exception   the first of something bad: nan, inf, forward (a value that is not finite), vanishing, exploding

The prompt, its help, its completions and the function breakpoints of an editor offer the kinds that have a written form.
arrivals.py works out the positions in a pass; breakpoints of a new kind stop where the gradient of a node is complete.
"""

import fnmatch
import itertools
import os
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from autograd.errors import did_you_mean

from .places import Places, all_of, in_scope


class Kind(NamedTuple):
    """A kind of breakpoint.

    Attributes:
        nodes: the nodes of a pass that a breakpoint is about, given the text after the colon.
        known: the texts that can stand after the colon, for completions and for guesses at a misspelt one.
        written: an example or two; '' for a kind that has a command of its own.
        about: a description of the nodes, for the help.
    """

    nodes: Callable[[Places, str], frozenset[int]]
    known: Callable[[Places], Iterable[str]] = lambda _: ()
    written: str = ""
    about: str = ""


def _of_line(places: Places, what: str) -> frozenset[int]:
    path, _, line = what.rpartition(":")
    return frozenset(places.file(path).get(int(line), ()))


def _of_label(places: Places, what: str) -> frozenset[int]:
    matches = re.compile(fnmatch.translate(what)).match
    return all_of(places.labelled(label) for label in places.labels if label == what or matches(label))


def _of_scope(places: Places, what: str) -> frozenset[int]:
    return all_of(ids for scope, ids in places.scopes.items() if in_scope(scope, what))


def _of_node(places: Places, what: str) -> frozenset[int]:
    return frozenset([places.find(what)])


KINDS = {
    "line": Kind(_of_line, written="train.py:12, 12", about="a source line (of the current file)"),
    "label": Kind(_of_label, lambda places: places.labels, "w^1_2, z^1_*", "a label, or a pattern of labels"),
    "op": Kind(lambda places, what: frozenset(places.operations.get(what, ())), lambda places: places.operations,
               "op:tanh, tanh", "every node made by an operation"),
    "scope": Kind(_of_scope, lambda places: places.scopes, "scope:layer1", "the way into a scope: layer1, layer1/neuron2"),
    "node": Kind(_of_node, lambda places: places.labels, "node:v7, v7", "one node"),
    "gradient": Kind(_of_node),
    "exception": Kind(lambda *_: frozenset()),
}  # fmt: skip

NAMED = tuple(name for name, kind in KINDS.items() if kind.written and name != "line")  # can be written as KIND:NAME

_MOST = 10_000  # names of a kind among which a misspelt one is looked for


def known(places: Places, kind: str) -> list[str]:
    """The texts that can stand after the name of a kind and a colon.

    >>> from autograd import Value, record_backward, tanh
    >>> known(Places(record_backward(tanh(Value(2.0, label="w")))), "op")
    ['tanh']
    """
    return [word for word in KINDS[kind].known(places) if word] if kind in NAMED else []


def similar(places: Places, what: str, kinds: Iterable[str] = NAMED) -> str:
    """' Did you mean ...?', with the nearest text among those of some kinds."""
    words = itertools.chain.from_iterable(itertools.islice(known(places, kind), _MOST) for kind in kinds)
    return did_you_mean(what, list(dict.fromkeys(words)))


def why_none(places: Places, kind: str, what: str) -> str:
    """The reason why a breakpoint of a kind is about no node."""
    if kind == "line":
        path, _, line = what.rpartition(":")
        near = places.near(path, int(line))
        at = f"; the nearest line that made one is {near}" if near else "" if places.lines else "; sources were not recorded"
        return f"no value was made on line {line} of {os.path.basename(path)}{at}"
    return f"no node has the {kind} {what!r}.{similar(places, what, [kind])}"
