"""A tab for tests of pages. A request, a message in the console or an exception on a page fails the test that caused it."""

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsed import SETTINGS, Open

from autograd import Recording, Value
from viz.pages.page import page

Tabs = Callable[[dict[str, Any], list[Any]], Any]


@pytest.fixture(scope="module")
def tab_of(browser: Any) -> Tabs:
    """A tab of a window with such options, which is none of those in use.

    Tests take turns at it: a window of its own for each is most of what they would take.
    """
    kept: dict[str, list[Any]] = {}

    def found(options: dict[str, Any], used: list[Any]) -> Any:
        alike = kept.setdefault(repr(sorted(options.items())), [])
        free = [tab for tab in alike if tab not in used]
        if not free:
            free = [browser.new_context(**SETTINGS | options).new_page()]
            alike += free
        return free[0]

    return found


@pytest.fixture
def show(tab_of: Tabs, tmp_path: pathlib.Path) -> Iterator[Open]:
    """Write a page, open it, and hold it to silence: no request, no message, no error."""
    tabs: list[Any] = []
    sizes: list[Any] = []
    faults: list[str] = []
    noted: dict[str, Callable[[Any], Any]] = {
        "request": lambda request: faults.append(request.url) if request.url not in paths else None,
        "console": lambda message: faults.append(message.text),
        "pageerror": lambda error: faults.append(str(error)),
        "dialog": lambda dialog: faults.append(dialog.message),
    }
    paths = {"about:blank"}

    def opened(root: Value | Recording, title: str = "", made: dict[str, Any] | None = None, **options: Any) -> Any:
        """A tab with the page of a value; `made` are options of `page`, the others those of the window."""
        path = tmp_path / f"page{len(tabs)}.html"
        assert page(root, path, title=title, **(made or {})) == str(path)
        paths.add(path.as_uri())
        tab = tab_of(options, tabs)
        tabs.append(tab)
        sizes.append(tab.viewport_size)
        for event, note in noted.items():
            tab.on(event, note)
        tab.goto(path.as_uri())
        assert tab.evaluate("stepgrad.size") >= 1
        return tab

    yield opened
    for tab, size in zip(tabs, sizes, strict=True):
        tab.goto("about:blank")  # whatever the page still has to say is said
        for event, note in noted.items():
            tab.remove_listener(event, note)
        tab.mouse.move(-1, -1)
        tab.emulate_media(media="null")
        tab.set_viewport_size(size)
    assert faults == []
