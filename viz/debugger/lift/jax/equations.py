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

from . import refusing
from .calls import Call, Operand, is_real
from .dependence import BY_ELEMENT
from .moves import moved
from .partials import depends
from .private import done, name_of, place_of, scope_of

_CALLS = ("jit", "pjit", "closed_call", "core_call", "remat", "checkpoint", "remat2")
_CHOICES = {"gt", "lt", "ge", "le", "eq", "ne", "and", "or", "not", "xor", "is_finite", "stop_gradient", "copy"}


class Equations:
    """The equations done so far.

    Attributes:
        calls: those that computed numbers, in order, leaves among them.
        count: the number of scalars so far.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.count: int = 0
        self._depends: dict[tuple[int, tuple[int, ...], int], list[bool]] = {}
        self._equations: list[Any] = []  # kept, so that no address is used twice

    def leaf(self, array: Any, label: Callable[[int], str]) -> Operand:
        """An array by whose elements the derivatives are taken."""
        return Operand(array, self._note(Call("", _nothing, (), {}, array, self.count, label=label)).ids, leaf=True)

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
            if all(o.ids is None for o in operands):
                found = done(equation)(*(o.data for o in operands))
                results = [Operand(array) for array in (found if equation.primitive.multiple_results else [found])]
            else:
                results = self._differentiable(equation, operands, here, inner)
            known.update(zip(equation.outvars, results, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def _differentiable(self, equation: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        name, params = equation.primitive.name, equation.params
        if name in _CALLS:
            body = params["jaxpr"] if "jaxpr" in params else params["call_jaxpr"]
            return self.run(*_opened(body), operands, place, scope)
        if name == "cond":
            chosen = params["branches"][int(np.asarray(operands[0].data))]
            return self.run(chosen.jaxpr, chosen.consts, operands[1:], place, scope)
        if name == "while":
            return self._while(params, operands, place, scope)
        if name == "scan":
            return self._scan(params, operands, place, scope)
        return self._computed(equation, operands, place, scope)

    def _while(self, params: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        n, m = params["cond_nconsts"], params["body_nconsts"]
        asked, body, carried = operands[:n], operands[n : n + m], operands[n + m :]
        going, step = params["cond_jaxpr"], params["body_jaxpr"]
        while bool(self.run(going.jaxpr, going.consts, [Operand(o.data) for o in (*asked, *carried)], place, scope)[0].data):
            carried = self.run(step.jaxpr, step.consts, [*body, *carried], place, scope)
        return carried

    def _scan(self, params: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        n, m, body = params["num_consts"], params["num_carry"], params["jaxpr"]
        fixed, carried, sequences = operands[:n], operands[n : n + m], operands[n + m :]
        turns, collected = range(params["length"]), list[list[Operand]]()
        for k in reversed(turns) if params["reverse"] else turns:
            here = [Operand(o.data[k], None if o.ids is None else o.ids[k], o.leaf) for o in sequences]
            results = self.run(body.jaxpr, body.consts, [*fixed, *carried, *here], place, scope)
            carried = results[:m]
            collected.append(results[m:])
        if params["reverse"]:
            collected.reverse()
        return [*carried, *(_stacked([row[j] for row in collected], v) for j, v in enumerate(body.out_avals[m:]))]

    def _computed(self, equation: Any, operands: list[Operand], place: Place | None, scope: str) -> list[Operand]:
        name, function, several = equation.primitive.name, done(equation), equation.primitive.multiple_results
        found = function(*(o.data for o in operands))
        arrays = list(found) if several else [found]
        ids = moved(equation, operands, arrays)
        if ids is not None:
            return [Operand(array, i if (i >= 0).any() else None) for array, i in zip(arrays, ids, strict=True)]
        results = []
        for k, array in enumerate(arrays):
            refusing.result(array, place)
            if not is_real(array) or not array.size:
                results.append(Operand(array))
                continue
            one = (lambda *given, k=k: function(*given)[k]) if several else function
            taken = self._with_derivative(equation, k, one, operands)
            if all(o.ids is None for o in taken):
                results.append(Operand(array))
                continue
            by_element = _is_by_element(equation) and (
                name in BY_ELEMENT or all(o.ids is None or o.data.shape == array.shape for o in taken)
            )
            call = Call(name_of(equation), one, taken, equation.params, array, self.count, by_element, place, scope)
            results.append(Operand(array, self._note(call).ids))
        return results

    def _with_derivative(
        self, equation: Any, result: int, function: Callable[..., Any], operands: list[Operand]
    ) -> tuple[Operand, ...]:
        """The operands; those that JAX has no derivative by are plain numbers."""
        on = tuple(k for k, o in enumerate(operands) if o.ids is not None and is_real(o.data))
        key = id(equation), on, result
        if key not in self._depends:
            self._equations.append(equation)
            own = equation.primitive.name.startswith("custom_vjp")  # it has no derivative in forward mode to be looked at
            self._depends[key] = [True] * len(on) if own else depends(function, [o.data for o in operands], on)
        there = {k for k, yes in zip(on, self._depends[key], strict=True) if yes}
        return tuple(o if k in there else Operand(o.data) for k, o in enumerate(operands))

    def _note(self, call: Call) -> Call:
        self.calls.append(call)
        self.count += call.data.size
        return call


def _nothing(*_: Any) -> Any:
    return None


def _opened(body: Any) -> tuple[Any, Sequence[Any]]:
    return (body.jaxpr, body.consts) if hasattr(body, "consts") else (body, ())


def _stacked(rows: list[Operand], of: Any) -> Operand:
    """Arrays of all turns as one."""
    if not rows:
        return Operand(jax.numpy.zeros((0, *of.shape), of.dtype))
    ids = None if all(o.ids is None for o in rows) else np.stack([o.known for o in rows])
    return Operand(jax.numpy.stack([o.data for o in rows]), ids)


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
