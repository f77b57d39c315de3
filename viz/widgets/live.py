"""`Widget`: the state that the page in a cell and Python share, as traits. The only module that needs anywidget.

Each pass has a shape - the nodes, without their numbers. A new shape goes to the page whole, another pass of the same shape as
columns of numbers, which the page draws in place: what is open, selected, and the step stay. `show` may be called in every
round of a training loop. It takes a tenth of the time at most, and leaves passes out in between; the last one is shown when
the cell ends.
"""

import asyncio
import importlib.resources
import time
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from autograd import Recording, Value
from autograd.arguments import whole
from autograd.recording.columns import Node

from ..checked import not_a_root
from ..mime import HEIGHT
from ..pages.content import content_of, numbers_of
from ..pages.page import json_of, shell, title_of
from ..pages.passes import Passes, passes_in
from ..recorded import Recorded, numbered_pass

QUICKEST = 0.1  # seconds between two passes that are shown
REST = 9.0  # after a pass, so many times what showing it took
RATE = 5e6  # characters a second that a notebook is given at most


class Selected(traitlets.Any):  # type: ignore[misc]  # of unknown type, so that mypy says the same with and without traitlets
    """A node of the pass or None. Two values are the same if they are one object: `==` would compare their numbers."""

    if TYPE_CHECKING:  # a label or a name may be set, and a node comes back

        def __get__(self, widget: Any, owner: Any = None) -> Value | Node | None: ...
        def __set__(self, widget: Any, node: object) -> None: ...

    def validate(self, widget: Any, node: Any) -> Any:
        """The node that is meant."""
        return widget.node(node)

    def set(self, widget: Any, node: Any) -> None:
        """Take a node, and tell the observers if it is another; traitlets itself would ask by `==`."""
        new, old = self.validate(widget, node), self.get(widget)
        if new is not old:
            vars(widget)["_trait_values"][self.name] = new
            widget.notify_change(traitlets.Bunch(name=self.name, old=old, new=new, owner=widget, type="change"))


class Step(traitlets.Int):  # type: ignore[misc]
    """A number of contributions of the pass that is shown."""

    def validate(self, widget: Any, step: Any) -> int:
        """The number, if there are so many."""
        return whole(step, "widget.step", 0, len(widget.recording))


class Widget(anywidget.AnyWidget):  # type: ignore[misc]
    """The interactive page in a cell; `viz.widget` makes it.

    Attributes:
        selected: the value that is selected, the very object; of a recording its node. None if nothing is, or a folded box.
            It may be set, to a value, a label, or a name such as 'v3'.
        step: the number of contributions that have been made. It may be set.
        height: pixels.
    """

    _esm = (importlib.resources.files("viz.widgets.web") / "widget.js").read_text(encoding="utf-8")
    _page = traitlets.Unicode().tag(sync=True)
    _content = traitlets.Unicode().tag(sync=True)
    _numbers = traitlets.Unicode().tag(sync=True)
    _selected = traitlets.Int(-1).tag(sync=True)
    step: Any = Step(0).tag(sync=True)
    height = traitlets.Int(HEIGHT).tag(sync=True)
    selected = Selected(None, allow_none=True)

    def __init__(self, root: Value | Recording, title: str | None = None, height: int = HEIGHT) -> None:
        begun = time.monotonic()
        self._pass = numbered_pass(root, "widget(root)")
        self._values = list(self._pass.ids or ())
        self._title = title
        self._leaves = [v for v in self._values if not v.parents]
        self._waiting: tuple[Value | Recording, list[Value], list[float]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        super().__init__(_page=shell(), _content=self._whole(passes_in(*self._pass)), height=height)
        self._rest(begun, len(self._content))

    def __repr__(self) -> str:
        return f"<Widget: step {self.step} of {len(self.recording)}>"

    @property
    def recording(self) -> Recording:
        """The pass that is shown."""
        self.flush()
        return self._pass.recording

    # --- steps -----------------------------------------------------------------------------------------------------------

    def forward(self, steps: int = 1) -> None:
        """Make contributions, at most to the end."""
        self._move(whole(steps, "forward(steps=...)", 0))

    def back(self, steps: int = 1) -> None:
        """Take contributions back, at most to the start."""
        self._move(-whole(steps, "back(steps=...)", 0))

    def _move(self, by: int) -> None:
        self.step = max(0, min(len(self.recording), self.step + by))

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page says. It may be a little behind: a step is kept inside the pass that is shown now."""
        if isinstance(step := sync_data.get("step"), int):
            sync_data = {**sync_data, "step": max(0, min(len(self.recording), step))}
        super().set_state(sync_data)

    # --- selection -------------------------------------------------------------------------------------------------------

    def node(self, wanted: Any) -> Any:
        """The node of the pass that is meant by a value, a label, a name such as 'v3', or an id; None for None.

        Raises:
            OperandError: there is none.
        """
        if wanted is None or isinstance(wanted, Node):
            return wanted
        return self._node_at(self._pass.find(wanted, "widget.selected"))

    def _node_at(self, i: int) -> Value | Node | None:
        if not 0 <= i < len(self._pass.recording.nodes):
            return None
        return self._values[i] if self._values else self._pass.recording.nodes[i]

    @traitlets.observe("_selected")  # type: ignore[untyped-decorator]
    def _chosen_there(self, _: Any) -> None:
        if self._number(self.selected) != self._selected:
            self.selected = self._node_at(self._selected)

    @traitlets.observe("selected")  # type: ignore[untyped-decorator]
    def _chosen_here(self, _: Any) -> None:
        self._selected = self._number(self.selected)

    def _number(self, node: Value | Node | None) -> int:
        if isinstance(node, Value):
            return (self._pass.ids or {}).get(node, -1)
        return -1 if node is None else node.id

    # --- passes ----------------------------------------------------------------------------------------------------------

    def show(self, root: Value | Recording) -> None:
        """Show another pass: in each round of a training loop, say, after `backward()`.

        It costs little: after a pass that is shown, those that come too soon are left out. The last one is shown when the cell
        ends, with the numbers that the leaves have now, even if a step of descent comes after.

        Args:
            root: a recorded pass, or the value to begin one at. Gradients of a value's graph stay as they are.

        Raises:
            OperandError: root is neither a `Value` nor a recording.
            GraphError: as `backward()`.
        """
        if not isinstance(root, (Value, Recording)):
            raise not_a_root(root, "widget.show(root): it shows")
        now = time.monotonic()
        if now < self._quiet_until:
            self._waiting = root, self._leaves, [v.data for v in self._leaves]  # for a step of descent may come
            self._wake(self._quiet_until - now)
        else:
            self._waiting = None
            self._take(numbered_pass(root, "widget.show(root)"), now)

    def flush(self) -> None:
        """Show the last pass now, if it is still waiting."""
        if self._waiting is None:
            return
        begun = time.monotonic()
        (root, leaves, before), self._waiting = self._waiting, None
        taken = numbered_pass(root, "widget.show(root)")
        for v, data in zip(leaves, before, strict=True):
            if taken.ids and v in taken.ids:
                taken.recording.nodes.data[taken.ids[v]] = data
        self._take(taken, begun, live=False)

    def _wake(self, seconds: float) -> None:
        """Have the pass that waits shown later, by the loop that runs the cells; in a plain program there is none."""
        if self._timer is not None:
            return
        try:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._woken)
        except RuntimeError:
            return

    def _woken(self) -> None:
        self._timer = None
        self.flush()

    def _take(self, taken: Recorded, begun: float, live: bool = True) -> None:
        """Show a pass; `live` if the gradients of its values are still those of the moment that it is shown for."""
        passes = passes_in(taken.recording, taken.ids if live else None)
        chosen, number = self.selected, self._selected
        same = _of_one_shape(taken.recording, self._pass.recording)
        if not same:
            number = (taken.ids or {}).get(chosen, -1) if isinstance(chosen, Value) else -1
        self._pass, self._values = taken, list(taken.ids or ())
        self._leaves = [v for v in self._values if not v.parents]
        with self.hold_sync():
            if same:
                self._numbers = json_of(numbers_of(passes))
            else:
                self._content, self._numbers = self._whole(passes), ""
            self.step = min(self.step, len(taken.recording))
            self.selected = self._node_at(number)
        self._rest(begun, len(self._numbers if same else self._content))

    def _whole(self, passes: Passes) -> str:
        """The content of a page."""
        return json_of(content_of(passes) | {"hosted": True, "title": self._title or title_of(passes)})

    def _rest(self, begun: float, sent: int) -> None:
        """Show no other pass for a while: showing this one took time, here and in the notebook."""
        now = time.monotonic()
        self._quiet_until = now + max(QUICKEST, REST * (now - begun), sent / RATE)


def _of_one_shape(new: Recording, old: Recording) -> bool:
    """True if two passes differ in numbers alone; they share the rest from then on."""
    a, b = new.columns, old.columns
    return new.nodes.share(old.nodes) and all(a[name] == b[name] for name in ("node", "position"))
