"""The view of a walk at a stop, for an editor: the stack, its scopes and their variables, in the form of the protocol.

Pure functions of a `Session`. The stack is the chain of nodes from the one that passes its gradient on up to the cost: each
frame is "called" by the node that sent it the largest part of its gradient. A reference to variables is a number worked out
from the node and the kind of question, so nothing has to be remembered between requests, and nothing can leak.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd import OperandError
from autograd.errors import ArgumentError

from ... import style
from ...names import told_apart
from .places import Places
from .pointing import columns_of, expressions, innermost
from .questions import rule
from .session import Session
from .sources import Conventions, source_body

Body = dict[str, Any]

NODE, CONTRIBUTIONS, PARAMETERS, FORMULA, RECEIVED, OPERANDS = range(6)
SCOPES = ((NODE, "Node"), (CONTRIBUTIONS, "Contributions"), (PARAMETERS, "Parameters"), (FORMULA, "Formula"))
_KINDS = 8  # a reference is 1 + 8 * node + kind
FRAMES, PAGE = 1000, 1000  # the most frames, and the most variables, of one answer
AHEAD = 20  # frames that are counted beyond those of an answer: an editor loads only frames that were counted


class Frame(NamedTuple):
    """A node of the chain.

    Attributes:
        node: its id.
        step: the step shown there: the current one, or the one that contributes to the frame below; None if there is no such
            step.
    """

    node: int
    step: int | None


class Stopped:
    """A walk that stands still at one position.

    Args:
        session: the walk.

    Attributes:
        places: the nodes of the pass by line and name.
    """

    def __init__(self, session: Session) -> None:
        self.session: Session = session
        self.places: Places = session.places
        self._at = session.position, session.leaf
        step = None if session.leaf is not None or not len(session) else min(session.position, len(session) - 1)
        self._chain = [Frame(session.node, step)]
        self._steps = {session.node: step}

    def is_here(self, session: Session) -> bool:
        """True if a walk is still at this position."""
        return session is self.session and self._at == (session.position, session.leaf)

    # --- the chain ---------------------------------------------------------------------------------------------------

    def chain(self, length: int) -> list[Frame]:
        """The first frames of the chain; fewer if it ends before."""
        session, root = self.session, len(self.session.recording.nodes) - 1
        while len(self._chain) < length and self._chain[-1].node != root:
            received = session.received(self._chain[-1].node)
            sizes = session.columns.contribution
            largest = max(received, key=lambda k: (sizes[k] != sizes[k], abs(sizes[k])))  # nan comes first
            frame = Frame(int(session.columns.node[largest]), largest)
            self._chain.append(frame)
            self._steps[frame.node] = largest
        return self._chain[:length]

    def step_of(self, node: int) -> int | None:
        """The step shown at a node: the one in the chain, else its first; None if the node passes nothing on."""
        if node in self._steps:
            return self._steps[node]
        return next(iter(self.session.passed_on(node)), None)

    def numbers(self, node: int) -> Body:
        """The numbers that an expression can name at a node: see `Session.numbers`."""
        step = self.step_of(node)
        if step is not None and self.session.columns.node[step] == node:
            return self.session.numbers(step)
        if step is None and self.session.is_complete(node) and (received := self.session.received(node)):
            return self.session.numbers(received[-1], node)  # a leaf: the numbers of the last contribution to it
        nodes = self.session.recording.nodes
        return {
            "data": nodes.data[node], "grad": self.session.gradient(node), "label": nodes.label[node], "op": nodes.op(node),
            "scope": nodes.scope[node], "node": node, "step": self.session.position,
        }  # fmt: skip

    # --- stack -------------------------------------------------------------------------------------------------------

    def stack(self, start: int, levels: int, client: Conventions) -> Body:
        """The body of `stackTrace`.

        Args:
            start: the first frame.
            levels: the number of frames; 0 for all. An answer has at most `FRAMES`.
        """
        last = start + min(levels or FRAMES, FRAMES)
        chain = self.chain(last + AHEAD)
        frames = [self._frame(frame, client) for frame in chain[start:last]]
        # A total beyond the given frames tells the client that there are more, without a walk to the end of the chain.
        return {"stackFrames": frames, "totalFrames": len(chain)}

    def made_at(self, path: str, line: int, column: int) -> int | None:
        """The last node made by the innermost expression at a place of the source; None if no expression there made one.

        Args:
            path: the file.
            line: the line, from 1.
            column: the column, from 0.
        """
        found = innermost(expressions(self.places, path, line), column)
        return found.nodes[-1] if found else None

    def _frame(self, frame: Frame, client: Conventions) -> Body:
        body: Body = {"id": frame.node + 1, "name": self.title(frame.node), "line": 0, "column": 0}
        place = self.location(frame.node, client)
        return body | (place or {"presentationHint": "subtle"})

    def location(self, node: int, client: Conventions) -> Body | None:
        """The place of the expression that made a node; None if it was not recorded. The arguments are those of `stack`."""
        place = self.session.recording.nodes.source(node)
        if place is None:
            return None
        column, end = columns_of(self.session.recording.texts, place)
        line, file = place.line - 1 + client.first_line, source_body(place.file, self.places, client.path)
        body = {"line": line, "column": column + client.first_column, "source": file}
        return body | {"endLine": line, "endColumn": end + client.first_column} if end else body

    def title(self, node: int) -> str:
        """The text for a node in the stack: z¹₂ = dot."""
        op = self.session.recording.nodes.op(node)
        return f"{self.places.name(node)} = {op}" if op else self.places.name(node)

    def frame_node(self, identity: int | None) -> int:
        """The node of a frame; None stands for the top frame.

        Raises:
            ArgumentError: there is no such frame.
        """
        if not identity:
            return self._chain[0].node
        if not 0 < identity <= len(self.session.recording.nodes):
            raise ArgumentError(f"there is no frame {identity}")
        return identity - 1

    # --- scopes and variables ----------------------------------------------------------------------------------------

    def scopes(self, frame: int) -> Body:
        """The body of `scopes`."""
        node = self.frame_node(frame)
        found = []
        for kind, name in SCOPES:
            scope: Body = {"name": name, "variablesReference": reference(node, kind), "expensive": False}
            if kind in (CONTRIBUTIONS, PARAMETERS):
                scope["indexedVariables"] = len(self._members(node, kind))
            found.append(scope)
        found[0]["presentationHint"] = "locals"
        return {"scopes": found}

    def variables(self, number: int, start: int, count: int, only: str = "") -> Body:
        """The body of `variables`.

        Args:
            number: the reference.
            start, count: the part of the indexed variables; count 0 for all. An answer has at most `PAGE`.
            only: 'indexed' or 'named' for one kind, '' for both.
        """
        node, kind = self.referred(number)
        if kind in (NODE, FORMULA):
            named = self._node(node) if kind == NODE else self._formula(node)
            return {"variables": [] if only == "indexed" else named}
        if only == "named":
            return {"variables": []}
        members = self._members(node, kind)[max(start, 0) :][: min(count or PAGE, PAGE)]
        write = {CONTRIBUTIONS: self._passed, RECEIVED: self._received, PARAMETERS: self.summary, OPERANDS: self._operand}[kind]
        return {"variables": [write(member) for member in members]}

    def referred(self, number: int) -> tuple[int, int]:
        """The node and the kind of a reference.

        Raises:
            ArgumentError: no variables have this reference.
        """
        node, kind = divmod(number - 1, _KINDS)
        if not 0 <= node < len(self.session.recording.nodes) or kind > OPERANDS:
            raise ArgumentError(f"there are no variables {number}")
        return node, kind

    def _members(self, node: int, kind: int) -> Sequence[Any]:
        if kind == PARAMETERS:
            return self.places.parameters
        if kind == OPERANDS:
            return self.session.recording.nodes.operands_of(node)
        return self.session.passed_on(node) if kind == CONTRIBUTIONS else self.session.received(node)

    def _node(self, node: int) -> list[Body]:
        session, nodes = self.session, self.session.recording.nodes
        place = nodes.source(node)
        received = len(session.received(node))
        operands = nodes.start[node + 1] - nodes.start[node]
        found = [
            variable("data", repr(nodes.data[node]), evaluate=f"{self.typed(node)}.data"),
            variable(
                "grad", self.gradient(node), reference(node, RECEIVED) if received else 0, received, f"{self.typed(node)}.grad"
            ),
        ]
        if operands:
            of = f"{nodes.op(node)} of {style.counted(operands, 'operand')}"
            found.append(variable("op", of, reference(node, OPERANDS), operands))
        found += [variable("label", nodes.label[node])] if nodes.label[node] else []
        found += [variable("scope", nodes.scope[node])] if nodes.scope[node] else []
        found.append(variable("id", f"v{node}"))
        if place:
            found.append(variable("made at", style.source(place)) | {"valueLocationReference": node + 1})
        return found

    def gradient(self, node: int, digits: int | None = None) -> str:
        """The text for a node's gradient here; it says if more contributions will come.

        Args:
            digits: the number of digits; None for all.
        """
        gradient = self.session.gradient(node)
        if gradient is None:
            return "not reached yet" if self.session.received(node) else "never reached"
        shown = repr(gradient) if digits is None else style.number(gradient, digits)
        return shown if self.session.is_complete(node) else f"{shown} so far"

    def typed(self, node: int) -> str:
        """A name of a node that a user can type."""
        nodes = self.session.recording.nodes
        label, number = nodes.label[node], f"v{node}"
        if label and label not in nodes.shared_labels:
            return label
        return told_apart(number, node) if number in nodes.shared_labels else number

    def summary(self, node: int) -> Body:
        """A node as a variable that can be opened."""
        data = style.number(self.session.recording.nodes.data[node], 6)
        shown = f"grad {self.gradient(node, 6)}, data {data}"
        made = self.session.recording.nodes.source(node)
        more = {"declarationLocationReference": node + 1} if made else {}
        return variable(self.places.name(node), shown, reference(node, NODE), evaluate=self.typed(node)) | more

    def _operand(self, operand: int | float) -> Body:
        return self.summary(operand) if isinstance(operand, int) else variable("constant", repr(operand))

    def _passed(self, step: int) -> Body:
        """The variable for a contribution on the side of its node: it names the receiver."""
        session = self.session
        parent = int(session.columns.parent[step])
        return variable(f"{self.places.name(parent)}.grad", self._product(step), reference(parent, NODE))

    def _received(self, step: int) -> Body:
        """The variable for a contribution on the side of its parent: it names the sender."""
        node = int(self.session.columns.node[step])
        return variable(f"from {self.places.name(node)}", self._product(step), reference(node, NODE))

    def _product(self, step: int) -> str:
        """A contribution in numbers, after the sign of `when`; with the total if it differs from the contribution."""
        s, c = self.session, self.session.columns
        local, upstream, contribution, total = (
            style.number(column[step]) for column in (c.local, c.upstream, c.contribution, c.total)
        )
        text = f"{when(step, s.position)} {local} × {upstream} = {contribution}"
        return text if total == contribution else f"{text}, total {total}"

    def _formula(self, node: int) -> list[Body]:
        nodes = self.session.recording.nodes
        names = [self.places.name(o) if isinstance(o, int) else style.number(o) for o in nodes.operands_of(node)[:9]]
        cut = [*names[:8], "…"] if len(names) > 8 else names
        found = [variable("forward", f"{self.places.name(node)} = {nodes.op(node)}({', '.join(cut)})")] if names else []
        step = self.step_of(node)
        if step is not None:
            written = rule(self.session.recording, self.session.recording[step])
            found += [variable("rule", written.symbols), variable("contribution", written.numbers)]
        way = [frame.node for frame in self.chain(9)]
        if node in way and len(way) > 1:
            rest = " → ".join(map(self.places.name, way[way.index(node) :]))
            found.append(variable("way to the cost", rest + (" → …" if len(way) > 8 else "")))
        return found

    def node_of(self, name: str, number: int) -> int | None:
        """The node that a variable is about; None for a plain text.

        Args:
            name: the name of the variable.
            number: the reference under which it was listed; 0 if `name` is an expression.

        Raises:
            ArgumentError, OperandError: no node or reference has that name.
        """
        if not number:
            return self.places.find(name.removesuffix(".grad"))
        node, kind = self.referred(number)
        if kind == NODE and name == "grad":
            return node
        if kind in (NODE, FORMULA):
            return None
        try:
            return self.places.find(name.removeprefix("from ").removesuffix(".grad"))
        except OperandError:
            return None


def when(step: int, position: int) -> str:
    """The sign for a contribution that has happened (✓), comes next (→), or comes later (·)."""
    return "✓" if step < position else "→" if step == position else "·"


def reference(node: int, kind: int) -> int:
    """The number with which an editor asks for variables."""
    return 1 + _KINDS * node + kind


def variable(name: str, value: str, number: int = 0, indexed: int = 0, evaluate: str = "") -> Body:
    """A variable in the form of the protocol; all variables are read only."""
    body: Body = {
        "name": name, "value": value, "variablesReference": number, "presentationHint": {"attributes": ["readOnly"]},
    }  # fmt: skip
    if indexed:
        body["indexedVariables"] = indexed
    if evaluate:
        body["evaluateName"] = evaluate
    return body
