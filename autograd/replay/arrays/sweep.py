"""The groups of a section as array operations, forward, and back for the gradients.

Forward, a group is one operation, or a few. A group of dots whose members see the same inputs is a matrix product. Back, the
groups are visited from the last to the first, and each gives its operands the product of its gradient and its partials.
"""

from typing import Any

import numpy as np

from ...primitives.table import lookup
from ..passes.groups import GROUP, Group, Grouped, Part
from ..passes.rolled import Section, Sum
from .adjoints import Adjoints, store
from .formulas import Formulas, partials_of, value_of
from .lines import ALL, NONE, ONE, Array, Line, Lines
from .parts import Reading
from .products import is_matrix_product, pairs, product


class Sweep:
    """One section: its lines forward, and its lines back.

    Args:
        section, groups: what it computes.
        lines: takes the lines.
        pool, gradients, samples, sample_gradients, labels, results: the arrays of the whole program.
    """

    def __init__(self, section: Section, groups: Grouped, lines: Lines, arrays: "Shared") -> None:
        self.section, self.groups, self.lines, self.arrays = section, groups.groups, lines, arrays
        self.outputs = groups.outputs
        self.values: list[Any] = []
        samples, labels, gradients = (
            lines.view(whole, f"{{0}}{turn}[:, a:b]", (rows,), ALL)
            for whole, rows, turn in (
                (arrays.samples, arrays.components[0], ".T" * arrays.by_rows),
                (arrays.labels, arrays.components[1], ""),
                (arrays.sample_gradients, arrays.components[0], ""),
            )
        )
        self.reading = Reading(lines, arrays.pool, samples, labels, self.values)
        self.formulas = Formulas(lines, arrays.fast)
        self.adjoints = Adjoints(self.reading, section.lanes, arrays.gradients, gradients if arrays.by_sample else None)
        self._number = 0  # of the group that is being visited
        self._kept: dict[int, Any] = {}  # what a group's rule needs again on the way back

    # --- forward ---------------------------------------------------------------------------------------------------------

    def forward(self) -> None:
        """The values of all groups, and what they hand on to the pool."""
        for number, group in enumerate(self.groups):
            self._number = number
            rule = _FORWARD.get(group.name)
            value = rule(self, group) if rule is not None else self._by_row(group)
            self.values.append(self._sized(value, group.size))
        for (of, member), sink in zip(self.outputs, self.section.sinks, strict=True):
            self._hand_on(of, member, sink)

    def _sized(self, value: Any, size: int) -> Any:
        """A value with a row for each member, although all may be equal."""
        lanes = ONE if self.section.lanes == 1 else ALL
        if isinstance(value, Array) and value.shape == (size,) and value.lanes == lanes:
            return value
        return self.lines.line("copyto({out}, {0})", (value,), (size,), lanes)

    def _by_row(self, group: Group) -> Any:
        us = self._kept[self._number] = [self.reading.part(part) for part in group.parts]
        return value_of(self.formulas, lookup(group.name), us)

    def _hand_on(self, group: int, member: int, sink: Any) -> None:
        constant = group < 0
        value = self.section.body.constants[member] if constant else self.reading.rows(self.values[group], np.array([member]))
        if isinstance(sink, Sum):
            total = self.adjoints.over_lanes(value)
            view = self.reading.slots(self.arrays.pool, np.array([sink.slot]), NONE)
            self.lines.change("total", (total, view), self.arrays.pool)
        elif self.section.lanes == 0:
            out = self.lines.new((1,), ALL)
            out.how = f"r{len(self.arrays.results)}[None, a:b]"
            self.arrays.results.append(out)
            store(self.lines, value, out)
        else:
            index = sink.slots[None, :]
            by_lane = self.reading.even_by_lane(self.arrays.pool, index)
            if by_lane is None:
                place = self.lines.constant(index, ALL)
                self.lines.change("{out}[{0}] = {1}", (place, value), self.arrays.pool)
            else:
                self.lines.change("copyto({1}, {0})", (value, by_lane), self.arrays.pool)

    # --- back ------------------------------------------------------------------------------------------------------------

    def seeds(self, number_of: Any, results: int) -> None:
        """The gradients of the results.

        Args:
            number_of: gives a number for a slot whose gradient is known, else None.
            results: how many results of each sample there are: the first has a gradient, and what guards look at has none.
        """
        passed = 0  # results of each sample
        for (group, member), sink in zip(self.outputs, self.section.sinks, strict=True):
            slots = np.array([[sink.slot]]) if isinstance(sink, Sum) else sink.slots[None, :]
            passed += not slots.size
            if group < 0:
                continue
            if not slots.size:
                if passed <= min(results, 1):
                    self.adjoints.give(Part(GROUP, group, np.array([member])), 1.0)
                continue
            known = [number_of(slot) for slot in slots.ravel().tolist()]
            if None not in known:
                seed: Any = known[0] if len(set(known)) == 1 else self.lines.constant(np.array([known]), ALL)
            elif isinstance(sink, Sum) or self.section.lanes == 1:
                seed = self.reading.slots(self.arrays.gradients, slots[:, 0], ONE)
            else:
                seed = self.reading.even_by_lane(self.arrays.gradients, slots)
                if seed is None:
                    place = self.lines.constant(slots, ALL)
                    seed = self.lines.line("take({0}, {1}, 0, {out}, 'clip')", (self.arrays.gradients, place), (1,), ALL)
            self.adjoints.give(Part(GROUP, group, np.array([member])), seed)

    def back(self) -> None:
        """The sweep from the last group to the first."""
        for number in range(len(self.groups) - 1, -1, -1):
            self._number = number
            group = self.groups[self._number]
            v_bar = self.adjoints.of(self._number, self.values[self._number])
            if v_bar is None or (not isinstance(v_bar, Array) and v_bar == 0.0):
                continue
            rule = _BACK.get(group.name)
            if rule is not None:
                rule(self, group, v_bar)
            elif any(self.adjoints.wants(part) for part in group.parts):
                us = self._kept[self._number]
                given = partials_of(self.formulas, lookup(group.name), self.values[self._number], us)
                for part, partial in zip(group.parts, given, strict=True):
                    if self.adjoints.wants(part):
                        self.adjoints.give(part, product(v_bar, partial))
        self.adjoints.give_pool()

    def _detach(self, group: Group) -> Any:
        u = self.reading.part(group.parts[0])
        return self.lines.call("copyto({out}, {0})", u) if isinstance(u, Array) else u

    def _detach_back(self, _group: Group, _v_bar: Any) -> None:
        """Nothing goes back."""

    # --- rules of primitives with any number of operands -----------------------------------------------------------------

    def _stacked(self, group: Group) -> Array:
        """All operands of each member as an array of members, operands and lanes."""
        pieces = [self.reading.part(part) for part in group.parts]
        widths = [part.rows.shape[1] for part in group.parts]
        if len(pieces) == 1 and isinstance(pieces[0], Array) and pieces[0].shape == (group.size, widths[0]):
            return pieces[0]
        lanes = ONE if self.section.lanes == 1 else ALL
        out = self.lines.new((group.size, sum(widths)), lanes)
        at = 0
        for piece, width in zip(pieces, widths, strict=True):
            view = self.lines.view(out, f"{{0}}[:, {at}:{at + width}]", (group.size, width), lanes)
            self.lines.change("copyto({1}, {0})", (piece, view), out)
            at += width
        return out

    def _reduced(self, ufunc: str, stacked: Array, keep: bool = False) -> Array:
        shape = (stacked.shape[0], 1) if keep else stacked.shape[:1]
        return self.lines.line(f"{ufunc}.reduce({{0}}, 1, None, {{out}}, {keep})", (stacked,), shape, stacked.lanes)

    def _apart(self, group: Group, stacked: Array) -> None:
        """Give every part its columns of an array of contributions."""
        at = 0
        for part in group.parts:
            width = part.rows.shape[1]
            if self.adjoints.wants(part):
                view = stacked
                if len(group.parts) > 1:
                    view = self.lines.view(stacked, f"{{0}}[:, {at}:{at + width}]", (group.size, width), stacked.lanes)
                self.adjoints.give(part, view)
            at += width

    def _column(self, array: Any) -> Any:
        """A row per member as a column, to go with an array that has a second axis for the operands."""
        if not isinstance(array, Array):
            return array
        return self.lines.view(array, "{0}[:, None]", (*array.shape, 1), array.lanes)

    def _sum(self, group: Group) -> Any:
        total: Any = None
        for part in group.parts:
            if part.rows.shape[1] == 1:
                piece = self.reading.part(part._replace(rows=part.rows[:, 0]))
            else:
                piece = self.reading.part(part)
                if not isinstance(piece, Array):
                    piece = piece * part.rows.shape[1]
                elif piece.shape[1] == 1:
                    many = self.lines.call("multiply({0}, {1}, {out})", piece, float(part.rows.shape[1]))
                    piece = self.lines.view(many, "{0}[:, 0]", piece.shape[:1], piece.lanes)
                else:
                    piece = self._reduced("add", piece)
            total = piece if total is None else total + piece
        return total

    def _sum_back(self, group: Group, v_bar: Any) -> None:
        for part in group.parts:
            self.adjoints.give(part, self._column(v_bar))

    def _mean(self, group: Group) -> Any:
        return self.formulas.div(self._sum(group), float(_operands(group)))

    def _mean_back(self, group: Group, v_bar: Any) -> None:
        self._sum_back(group, self.formulas.div(v_bar, float(_operands(group))))

    def _dot(self, group: Group) -> Any:
        total: Any = self.reading.part(group.parts[-1])
        for weights, inputs in pairs(group):
            piece = self._product(weights, inputs)
            total = piece if not isinstance(total, Array) and total == 0.0 else piece + total
        return total

    def _product(self, weights: Part, inputs: Part) -> Any:
        if is_matrix_product(weights, inputs):
            W, X = self._matrices(weights, inputs)
            return self.lines.line("matmul({0}, {1}, {out})", (W, X), W.shape[:1], X.lanes)
        w, x = self.reading.part(weights), self.reading.part(inputs)
        both = (
            self.formulas.lines.call("multiply({0}, {1}, {out})", w, x)
            if isinstance(w, Array) or isinstance(x, Array)
            else w * x
        )
        full = (
            self.adjoints.full(both, weights.rows.shape[:1] + inputs.rows.shape[1:2]) if not isinstance(both, Array) else both
        )
        if full.shape[1] == 1 and weights.rows.shape[1] > 1:
            full = self.adjoints.full(full, (full.shape[0], weights.rows.shape[1]))
        return self._reduced("add", full)

    def _matrices(self, weights: Part, inputs: Part) -> tuple[Array, Array]:
        W = self.reading.part(weights, NONE)
        if W.shape != weights.rows.shape:
            W = self.lines.line("copyto({out}, {0})", (W,), weights.rows.shape, NONE)
        X = self.reading.part(inputs._replace(rows=inputs.rows[0]))
        if not isinstance(X, Array) or X.shape != inputs.rows.shape[1:2]:
            X = self.adjoints.full(X, inputs.rows.shape[1:2])
        return W, X

    def _dot_back(self, group: Group, v_bar: Any) -> None:
        self.adjoints.give(group.parts[-1], v_bar)
        for weights, inputs in pairs(group):
            if is_matrix_product(weights, inputs):
                self._matrix_back(weights, inputs, v_bar)
                continue
            w, x, column = self.reading.part(weights), self.reading.part(inputs), self._column(v_bar)
            for part, other in ((weights, x), (inputs, w)):
                if self.adjoints.wants(part):
                    self.adjoints.give(part, self._wide(product(column, other)))

    def _wide(self, amount: Any) -> Any:
        """A contribution with the axes of the part's members and positions."""
        return amount if not isinstance(amount, Array) or len(amount.shape) == 2 else self._column(amount)

    def _matrix_back(self, weights: Part, inputs: Part, v_bar: Any) -> None:
        W, X = self._matrices(weights, inputs)
        y_bar = self.adjoints.full(v_bar, W.shape[:1])
        if self.adjoints.wants(weights):
            columns = self.lines.view(X, "{0}.T", X.shape, X.lanes)
            amount = Array(self.lines, W.shape, NONE)
            amount.line = Line("matmul({0}, {1}, {out})", (y_bar, columns), amount, own=False)
            y_bar.reads += 1
            columns.reads += 1
            self.lines.lines.append(amount.line)
            self.adjoints.give_summed(weights, amount)
        if self.adjoints.wants(inputs):
            rows = self.lines.view(W, "{0}.T", W.shape[::-1], NONE)
            amount = self.lines.line("matmul({0}, {1}, {out})", (rows, y_bar), W.shape[1:], y_bar.lanes)
            self.adjoints.give(inputs._replace(rows=inputs.rows[0]), amount)

    def _extreme(self, group: Group) -> Any:
        stacked = self._kept[self._number] = self._stacked(group)
        return self._reduced(group.name, stacked)

    def _extreme_back(self, group: Group, v_bar: Any) -> None:
        stacked = self._kept[self._number]
        hits = self.lines.call("equal({0}, {1}, {out})", stacked, self._column(self.values[self._number]))
        share = self.formulas.div(v_bar, self._reduced("add", hits))
        self._apart(group, hits * self._column(share))

    def _logsumexp(self, group: Group) -> Any:
        stacked = self._stacked(group)
        top = self._reduced("maximum", stacked, keep=True)
        top = self.formulas.where(self.lines.call("isinf({0}, {out})", top, kind="bool"), 0.0, top)
        shares = self.formulas.exp(stacked - top)
        total = self._reduced("add", shares)
        self._kept[self._number] = shares, total
        return self.formulas.log(total) + self.lines.view(top, "{0}[:, 0]", top.shape[:1], top.lanes)

    def _logsumexp_back(self, group: Group, v_bar: Any) -> None:
        shares, total = self._kept[self._number]
        self._apart(group, shares * self._column(self.formulas.div(v_bar, total)))

    def _norm(self, group: Group) -> Any:
        stacked = self._stacked(group)
        size = self.formulas.abs(stacked)
        top = self._reduced("maximum", size, keep=True)
        safe = self.formulas.where((top == 0.0) | self.lines.call("isinf({0}, {out})", top, kind="bool"), 1.0, top)
        scaled = self.formulas.div(stacked, safe)
        self._kept[self._number] = stacked
        return self.formulas.sqrt(self._reduced("add", scaled * scaled)) * self.lines.view(
            safe, "{0}[:, 0]", safe.shape[:1], safe.lanes
        )

    def _norm_back(self, group: Group, v_bar: Any) -> None:
        out = self._column(self.values[self._number])
        share = self.formulas.where(out == 0.0, 0.0, self.formulas.div(self._kept[self._number], out))
        self._apart(group, share * self._column(v_bar))

    def _prod(self, group: Group) -> Any:
        stacked = self._kept[self._number] = self._stacked(group)
        return self._reduced("multiply", stacked)

    def _prod_back(self, group: Group, v_bar: Any) -> None:
        stacked = self._kept[self._number]
        others = self.lines.line("others({0}, {out})", (stacked,), stacked.shape, stacked.lanes)
        self._apart(group, others * self._column(v_bar))

    def _pick(self, group: Group) -> Any:
        stacked = self._stacked_candidates(group)
        size, count = stacked.shape
        which, lanes = self.reading.part(group.parts[-1]), stacked.lanes
        if isinstance(which, Array) and which.data is not None:  # known before the first call
            place = self.lines.view(which, f"places({{0}}, {size}, {count})", (size,), lanes)
        else:
            if which.kind != "int":
                which = self.lines.line("copyto({out}, {0}, 'unsafe')", (which,), which.shape, which.lanes, "int")
            offset = self.lines.view(which, f"places(zeros((1, n), int64), {size}, {count})", (size,), lanes)
            place = self.lines.line("multiply({0}, {1}, {out})", (which, "n"), which.shape, lanes, "int", own=True)
            place = self.lines.line("add({0}, {1}, {out})", (place, offset), (size,), lanes, "int", own=True)
        flat = self.lines.view(stacked, "{0}.reshape(-1)", (), "flat")
        self._kept[self._number] = place, stacked
        return self.lines.line("take({0}, {1}, 0, {out}, 'clip')", (flat, place), (size,), lanes)

    def _stacked_candidates(self, group: Group) -> Array:
        stacked = self._stacked(group._replace(parts=group.parts[:-1]))
        if stacked.base is None:
            return stacked
        return self.lines.line("copyto({out}, {0})", (stacked,), stacked.shape, stacked.lanes)

    def _pick_back(self, group: Group, v_bar: Any) -> None:
        place, stacked = self._kept[self._number]
        amount = self.lines.new(stacked.shape, stacked.lanes)
        self.lines.change("{out}.fill(0.0)", (), amount)
        flat = self.lines.view(amount, "{0}.reshape(-1)", (), "flat")
        self.lines.change("{1}[{0}] = {2}", (place, flat, v_bar), amount)
        self._apart(group._replace(parts=group.parts[:-1]), amount)


class Shared:
    """The arrays of the whole program.

    Args:
        components: the numbers of components of a sample, and of its labels.
        by_sample: whether the gradients of the samples are wanted.
        by_rows: whether the samples are the rows of their array, as they come: best for matrix products, which take either.
        fast: as in `Formulas`.

    Attributes:
        pool, gradients: a column of numbers, and their gradients.
        samples, sample_gradients, labels: those of a batch, a row per component.
        results: per result of each sample its array.
    """

    def __init__(self, components: tuple[int, int], by_sample: bool, by_rows: bool, fast: bool) -> None:
        nowhere = Lines(-1, single=False)
        self.components, self.by_sample, self.by_rows, self.fast = components, by_sample, by_rows, fast
        self.pool, self.gradients, self.samples, self.sample_gradients = (Array(nowhere, (), "flat") for _ in range(4))
        self.labels = Array(nowhere, (), "flat", "int")
        self.results: list[Array] = []


def _operands(group: Group) -> int:
    return sum(part.rows.shape[1] for part in group.parts)


_FORWARD = {
    "sum": Sweep._sum, "mean": Sweep._mean, "dot": Sweep._dot, "maximum": Sweep._extreme, "minimum": Sweep._extreme,
    "logsumexp": Sweep._logsumexp, "norm": Sweep._norm, "prod": Sweep._prod, "pick": Sweep._pick, "detach": Sweep._detach,
}  # fmt: skip
_BACK = {
    "sum": Sweep._sum_back, "mean": Sweep._mean_back, "dot": Sweep._dot_back, "maximum": Sweep._extreme_back,
    "minimum": Sweep._extreme_back, "logsumexp": Sweep._logsumexp_back, "norm": Sweep._norm_back, "prod": Sweep._prod_back,
    "pick": Sweep._pick_back, "detach": Sweep._detach_back,
}  # fmt: skip
