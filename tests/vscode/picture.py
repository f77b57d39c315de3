"""Debug a neuron in Visual Studio Code as a person would, hold it to what has to be seen, and take a picture.

    python picture.py URL OUT.png

run.sh starts the server. A breakpoint on line 6 and one on the operation tanh are set by keys, F5 runs to the second, some rows
are opened and questions typed. What has to be there is asserted; that nothing pops up is, too.
"""

import sys
import time
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
STACK = ["z = add", "a = tanh", "v6 = sub", "C = pow"]
EXACT = 160  # of the 256 colours of the picture: the most frequent stay what they are


class Editor:
    """A window of Visual Studio Code."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str, wait: float = 0.3) -> None:
        """Press keys."""
        for key in keys:
            self.page.keyboard.press(key)
            time.sleep(wait)

    def type(self, text: str, *keys: str) -> None:
        """Type a text, then press keys."""
        self.page.keyboard.type(text, delay=15)
        time.sleep(0.6)
        self.press(*keys)

    def command(self, name: str) -> None:
        """A command of the palette."""
        self.press("F1", wait=0.8)
        self.type(name, "Enter")
        time.sleep(1.0)

    def pane(self, title: str) -> Locator:
        """A pane of the side bar, by its title."""
        return self.page.locator(f'.pane:has(> .pane-header[aria-label^="{title}"])')

    def rows(self, title: str) -> list[str]:
        """What is written in the rows of a pane."""
        return [row.get_attribute("aria-label") or "" for row in self.pane(title).locator(".monaco-list-row").all()]

    def drag(self, x: float, y: float, dx: float, dy: float) -> None:
        """Drag something."""
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + dx / 2, y + dy / 2, steps=4)
        mouse.move(x + dx, y + dy, steps=6)
        mouse.up()
        time.sleep(0.4)

    def twist(self, label: str) -> None:
        """Open a variable."""
        row = self.pane("Variables").locator(f'.monaco-list-row[aria-label^="{label}"]').first
        if row.get_attribute("aria-expanded") != "true":
            row.locator(".monaco-tl-twistie").click()
            time.sleep(0.6)

    def say(self, text: str) -> None:
        """Type into the debug console."""
        self.page.locator(".repl-input-wrapper .monaco-editor").click()
        self.type(text, "Escape", "Enter")
        time.sleep(0.6)


def until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait for something that has to come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} does not come"
        time.sleep(0.2)


def debug(editor: Editor) -> None:
    """From the file in the explorer to the second stop, with everything open that the picture shows."""
    page = editor.page
    page.locator('.explorer-folders-view .monaco-list-row[aria-label^="neuron.py"]').dblclick(timeout=60_000)
    time.sleep(4.0)
    editor.press("Control+g")
    editor.type("6", "Enter", "F9")
    editor.press("F5")
    until(lambda: bool(editor.rows("Call Stack")), "a stop")
    editor.command("Debug: Function Breakpoint")
    editor.type("tanh", "Enter")
    side = page.locator(".part.sidebar").bounding_box()
    assert side
    editor.drag(side["x"] + side["width"], 400, 585 - side["width"], 0)
    for watched in ("C", "w.grad", "abs(contribution) < 1"):
        editor.pane("Watch").locator(".pane-header").hover()
        page.locator('.action-label[aria-label="Add Expression"]').first.click()
        editor.type(watched, "Enter")
    watch, variables = editor.pane("Watch").bounding_box(), editor.pane("Variables").bounding_box()
    panel = page.locator(".part.panel").bounding_box()
    assert watch and variables and panel
    editor.drag(watch["x"] + 200, watch["y"], 0, 428 - variables["height"])
    editor.drag(900, panel["y"], 0, -60)
    for _ in range(2):  # tanh, then line 6
        editor.press("F5")
        time.sleep(1.5)
    for row in ("Scope Contributions", "Scope Parameters", "grad"):
        editor.twist(row)
    for question in ("why z", "rule", "check w"):
        editor.say(question)
    toolbar = page.locator(".debug-toolbar .drag-area").bounding_box()
    assert toolbar
    editor.drag(toolbar["x"] + 5, toolbar["y"] + 10, 380, 0)  # off the tab
    page.mouse.move(1000, 480)
    time.sleep(1.5)


def hold(editor: Editor) -> None:
    """What has to be seen at the second stop."""
    stack = editor.rows("Call Stack")
    assert [name for name in STACK if any(name in row for row in stack)] == STACK, stack
    assert any("grad" in row and "-0.8460334845482674" in row for row in editor.rows("Variables")), editor.rows("Variables")
    answers = editor.page.locator(".repl").inner_text()
    assert "they agree" in answers, answers
    popped_up = [one.inner_text() for one in editor.page.locator(".notification-list-item").all()]
    assert popped_up == [], popped_up


def small(file: str) -> None:
    """Give the picture 256 colours, of which the most frequent stay exactly what they are."""
    image = Image.open(file).convert("RGB")
    colours = image.getcolors(1 << 24)
    assert colours
    often = [colour for _, colour in sorted(colours, reverse=True)[:EXACT]]
    rest = image.quantize(256 - EXACT, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in often for part in colour] + rest[: 3 * (256 - EXACT)])  # type: ignore[attr-defined]
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)


def main(url: str, out: str) -> None:
    """Take the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        for _ in range(30):  # the server takes a moment
            try:
                page.goto(url)
                break
            except Exception:  # noqa: BLE001 - it does not listen yet
                time.sleep(1.0)
        editor = Editor(page)
        debug(editor)
        hold(editor)
        page.screenshot(path=out)
        editor.press("Shift+F5")
        browser.close()
    small(out)
    print(f"debugged a neuron in Visual Studio Code; the picture is {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
