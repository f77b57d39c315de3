"""`Equations`: a traced function of JAX done equation by equation with its numbers; what was computed from what is kept.

Functions that are called (jit, remat, a branch of cond, each turn of scan and while) are gone into, so that every equation
is one of JAX's primitives or a function with a rule of the user's own. An equation that only moves numbers is done on the
ids of the elements. One in a library function has no line of the user's, but the call of that function has.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from autograd.source import Place

from ..blocks import Ints
from . import refusing
from .calls import Call, Operand, Step, is_real
from .connected import Connected
from .dependence import BY_ELEMENT
from .moves import is_move, moved
from .private import done, name_of, place_of, scope_of
from .running import scalars
from .scopes import Scopes

_CALLS = ("jit", "pjit", "closed_call", "core_call", "remat", "checkpoint", "remat2")
_CHOICES = {"gt", "lt", "ge", "le", "eq", "ne", "and", "or", "not", "xor", "is_finite", "stop_gradient", "copy"}


class Equations:
    """The equations done so far.

    Args:
        whole: the name of the function that they belong to.

    Attributes:
        calls: those that computed numbers, in order, leaves among them.
        steps: all that a gradient may go through, in order.
        leaves: the arrays by whose elements the derivatives are taken.
        count: the number of scalars so far.
    """

    def __init__(self, whole: str = "") -> None:
        self.calls: list[Call] = []
        self.steps: list[Step] = []
        self.leaves: list[Operand] = []
        self.count: int = 0
        self._connected = Connected()
        self._scopes = Scopes(whole)

    def leaf(self, array: Any, label: Callable[[int], str]) -> Operand:
        """An array by whose elements the derivatives are taken."""
        call = self._note(Call("", _nothing, (), {}, array, self.count, label=label))
        self.leaves.append(Operand(array, differentiable=True, first=call.first, leaf=True))
        return self.leaves[-1]

    def run(
        self, jaxpr: Any, constants: Sequence[Any], given: Sequence[Operand], place: Place | None = None, scope: str = ""
    ) -> list[Operand]:
        """Do the equations of a jaxpr.

        Args:
            constants: the arrays that it holds.
            given: its arguments.
            place, scope: of the equation that it belongs to.
        """
        known: dict[Any, Operand] = dict(zip(jaxpr.constvars, map(Operand, constants), strict=True))
        known.update(zip(jaxpr.invars, given, strict=True))

        def read(v: Any) -> Operand:
            return Operand(np.asarray(v.val, v.aval.dtype)) if hasattr(v, "val") else known[v]

        for equation in jaxpr.eqns:
            operands = [read(v) for v in equation.invars]
            here = place_of(equation) or place
            inner = "/".join(filter(None, (scope, scope_of(equation))))
            if any(o.differentiable for o in operands):
                results = self._differentiable(equation, operands, here, inner)
            else:
                results = [Operand(array) for array in _listed(equation)(*(o.data for o in operands))]
            known.update(zip(equation.outvars, results, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def _differentiable(self, equation: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        name, params = equation.primitive.name, equation.params
        if name in _CALLS:
            body = params["jaxpr"] if "jaxpr" in params else params["call_jaxpr"]
            return self.run(*_opened(body), operands, place, self._scopes.called(scope, body, loop=False))
        if name == "cond":
            chosen = params["branches"][int(np.asarray(operands[0].data))]
            return self.run(chosen.jaxpr, chosen.consts, operands[1:], place, scope)
        if name == "while":
            return self._while(params, operands, place, scope)
        if name == "scan":
            return self._scan(params, operands, place, scope)
        return self._computed(equation, operands, place, scope)

    def _turn(self, body: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        """A turn of a loop, in a scope of its own."""
        with self._scopes.turn():
            return self.run(body.jaxpr, body.consts, operands, place, self._scopes.called(scope, body, loop=True))

    def _while(self, params: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        n, m = params["cond_nconsts"], params["body_nconsts"]
        asked, body, carried = operands[:n], operands[n : n + m], operands[n + m :]
        going = params["cond_jaxpr"]
        while bool(self.run(going.jaxpr, going.consts, [Operand(o.data) for o in (*asked, *carried)], place, scope)[0].data):
            carried = self._turn(params["body_jaxpr"], [*body, *carried], place, scope)
        return carried

    def _scan(self, params: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        n, m, body = params["num_consts"], params["num_carry"], params["jaxpr"]
        fixed, carried, sequences = operands[:n], operands[n : n + m], operands[n + m :]
        turns, collected = range(params["length"]), list[list[Operand]]()
        for k in reversed(turns) if params["reverse"] else turns:
            here = [self._row(o, k) for o in sequences]
            results = self._turn(body, [*fixed, *carried, *here], place, scope)
            carried = results[:m]
            collected.append(results[m:])
        if params["reverse"]:
            collected.reverse()
        return [*carried, *(self._stacked([row[j] for row in collected], v) for j, v in enumerate(body.out_avals[m:]))]

    def _row(self, o: Operand, k: int) -> Operand:
        """A turn's part of an array."""
        if not o.differentiable:
            return Operand(o.data[k])
        row = Operand(o.data[k], differentiable=True, leaf=o.leaf, moved=lambda: o.ids[k])
        self.steps.append(Step(lambda x: [x[k]], (o,), (row,)))
        return row

    def _stacked(self, rows: list[Operand], of: Any) -> Operand:
        """Arrays of all turns as one."""
        if not rows:
            return Operand(jax.numpy.zeros((0, *of.shape), of.dtype))
        together = Operand(jax.numpy.stack([o.data for o in rows]), any(o.differentiable for o in rows))
        if together.differentiable:
            together.moved = lambda: np.stack([o.ids for o in rows])
            self.steps.append(Step(lambda *xs: [jax.numpy.stack(xs)], tuple(rows), (together,)))
        return together

    def _computed(self, equation: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        function = _listed(equation)
        arrays = list(function(*(o.data for o in operands)))
        if is_move(equation, operands, arrays):
            through = any(o.differentiable for o in operands)

            def ids(k: int) -> Callable[[], Ints]:
                return lambda: moved(equation, operands, arrays)[k]

            results = [
                Operand(array, differentiable=True, moved=ids(k)) if through and is_real(array) else Operand(array)
                for k, array in enumerate(arrays)
            ]
        else:
            results = [self._result(equation, k, operands, array, place, scope) for k, array in enumerate(arrays)]
        if any(o.differentiable for o in results):
            self.steps.append(Step(function, tuple(operands), tuple(results)))
        return results

    def _result(self, equation: Any, k: int, operands: list[Operand], array: Any, place: Place | None, scope: str) -> Operand:
        """A result whose numbers were computed."""
        refusing.result(array, place)
        if not is_real(array) or not array.size:
            return Operand(array)
        several = equation.primitive.multiple_results
        function = (lambda *given: done(equation)(*given)[k]) if several else done(equation)
        taken = self._connected.operands(equation, k, function, operands)
        if not any(o.differentiable for o in taken):
            return Operand(array)
        by_element = _is_by_element(equation) and (
            equation.primitive.name in BY_ELEMENT or all(not o.differentiable or o.data.shape == array.shape for o in taken)
        )
        call = Call(
            name_of(equation), function, taken, equation.params, array, self.count, by_element, place, scope,
            self._scopes.turns, equation.primitive.name.startswith("custom_vjp"),
        )  # fmt: skip
        return Operand(array, differentiable=True, first=self._note(call).first)

    def _note(self, call: Call) -> Call:
        self.calls.append(call)
        self.count += scalars(call)
        return call


def _nothing(*_: Any) -> Any:
    return None


def _opened(body: Any) -> tuple[Any, Sequence[Any]]:
    return (body.jaxpr, body.consts) if hasattr(body, "consts") else (body, ())


def _listed(equation: Any) -> Callable[..., Sequence[Any]]:
    """The function of arrays that an equation is, with a list of results."""
    function = done(equation)
    return function if equation.primitive.multiple_results else lambda *arrays: [function(*arrays)]


def _is_by_element(equation: Any) -> bool:
    """True if each result is computed from one element of every operand, as in a function that is made of such equations."""
    if equation.primitive.name in BY_ELEMENT:
        return True
    body = equation.params.get("call_jaxpr")
    if body is None or not equation.primitive.name.startswith("custom"):
        return False
    (shape, *others) = {v.aval.shape for v in equation.outvars}
    return not others and all(v.aval.shape in (shape, ()) for v in equation.invars) and _only_elements(_opened(body)[0])


def _only_elements(jaxpr: Any) -> bool:
    return all(
        _only_elements(_opened(e.params["jaxpr"])[0]) if e.primitive.name in _CALLS and "jaxpr" in e.params
        else e.primitive.name in BY_ELEMENT | _CHOICES
        for e in jaxpr.eqns
    )  # fmt: skip
