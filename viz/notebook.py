"""Things of the engine and of networks at the end of a cell: passes, histories, data, networks, lists of values.

`import viz` tells the notebook. Neither the engine nor the networks know of it, and networks need not be imported for it.
"""

from typing import Any

from autograd import Recording, Value

from . import style
from .mime import ROWS, Bundle, bitmap, safely, shows, shows_lists, table
from .networks.network import network
from .pages.page import Page, page
from .plots.axes import png
from .plots.training import cost

STEPS = 50_000  # contributions of a pass whose page is shown without being asked for
SAMPLES = 8  # rows of data


def page_of(recording: Recording, step: int = 0) -> Bundle:
    """The page of a pass, opened at a step; nothing if it is large."""
    return {} if len(recording) > STEPS else Page(page(recording, step=step)).forms()


def _history(history: Any) -> Bundle:
    last = "".join(f", {name} {style.number(x)}" for name, x in history.last.items() if name not in ("epoch", "step", "rate"))
    steps, epochs = style.counted(len(history.steps), "step"), style.counted(len(history.epochs), "epoch")
    text = f"<History of {steps} in {epochs}{last}; {history.stopped or 'not finished'}>"
    return {"text/plain": text} | safely(lambda h: bitmap(png(cost(h))), history)


def _data(data: Any) -> Bundle:
    target = "class" if data.classes else "target"
    targets = [data.classes[y] if data.classes else _cell(y) for y in data.y[:SAMPLES]]
    rows = [[*map(_cell, x), y] for x, y in zip(data.x, targets, strict=False)]
    columns = data.columns if len(data.columns) == len(data.x[0]) else [f"x{i}" for i in range(1, len(data.x[0]) + 1)]
    size = f"{style.counted(len(data.x), 'sample')} of {style.counted(len(data.x[0]), 'number')}"
    classes = f"; classes: {', '.join(data.classes)}" if data.classes else ""
    first = f"; the first {SAMPLES} are shown" if len(data.x) > SAMPLES else ""
    return {"text/plain": f"<Data: {size}{classes}>", "text/html": table([*columns, target], rows, f"{size}{classes}{first}")}


def _cell(x: Any) -> str:
    return style.number(x) if isinstance(x, (int, float)) else str(x)


def _network(model: Any) -> Bundle:
    made: Bundle = network(model).forms()
    return made | {"text/plain": repr(model)}


def _values(values: list[Value]) -> Bundle:
    rows = [[v.label and style.name(v.label), v.op and style.operation(v.op), style.number(v.data, 6),
             style.number(v.grad, 6) if v.has_grad else "not computed"] for v in values[:ROWS]]  # fmt: skip
    more = f"{style.counted(len(values), 'value')}; the first {ROWS} are shown" if len(values) > ROWS else ""
    return {"text/html": table(["name", "operation", "data", "grad"], rows, more)}


def tell() -> None:
    """Tell the notebook how these things are shown."""
    shows(Recording, page_of)
    shows_lists(Value, _values)
    shows("nn.history.History", _history)
    shows("nn.data.Data", _data)
    shows("nn.layers.MLP", _network)
