"""`python -m viz`: pictures and pages of a script's graph, or of a recording, from the command line."""

import argparse
import pathlib
import sys
import tempfile
import webbrowser
from collections.abc import Sequence
from typing import Any

from autograd import Recording, Value
from autograd.command_line import CommandLine
from autograd.errors import AutogradError

from . import script
from .formats.writing import TEXTS, film
from .graphs.choice import BOXES
from .graphs.draw import draw
from .pages.page import page
from .saving import save

ABOUT = """\
Pictures and pages of a script's graph, or of a recording:

    python -m viz draw script.py:cost -o graph.svg --fold layer
    python -m viz page script.py:cost -o steps.html
    python -m viz film script.py:cost -o pass.gif
    python -m viz open recording.json

Arguments of the script come after `--`: python -m viz draw train.py:cost -- --epochs 3
"""

# Commands of the debugger that users try as `python -m viz`.
_DEBUGGER = {
    name: f"python -m viz.debugger {option}".rstrip() + " train.py"
    for name, option in {"diagnose": "--diagnose", "tui": "--tui", "debug": "", "debugger": "", "step": ""}.items()
}


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    main = CommandLine(
        prog="python -m viz",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        elsewhere=_DEBUGGER,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="draw | page | film | open")
    what = "script.py:NAME, a Value of the script (or a function that returns one); or a recording, run.json"

    drawing = commands.add_parser(
        "draw", help="a picture: .svg, .png, .pdf, .dot, or .mmd (Mermaid), .tex, .json (Netron), .graphml"
    )
    drawing.add_argument("target", help=what)
    drawing.add_argument("-o", "--out", default="graph.svg", help="the file to write (default: %(default)s)")
    drawing.add_argument(
        "--fold",
        action="append",
        metavar="SCOPE",
        help="show as one box each: layer, neuron, layer2/neuron1, ...; may be repeated; 'none' folds nothing (default: as "
        "much as it takes to be readable)",
    )
    drawing.add_argument("--unfold", action="append", default=[], metavar="SCOPE", help="open these; may be repeated")
    drawing.add_argument("--focus", metavar="NODE", help="only what is near this node: its label, or v7")
    drawing.add_argument("--radius", type=int, metavar="N", help="how many operations away is near")
    drawing.add_argument("--path", nargs=2, metavar=("WEIGHT", "COST"), help="only what lies between two nodes")
    drawing.add_argument("--terms", action="store_true", help="write dot products out as products and their sum")
    drawing.add_argument("--boxes", type=int, default=BOXES, help="how many boxes are readable (default: %(default)s)")
    drawing.add_argument("--rankdir", choices=["LR", "TB", "RL", "BT"], help="direction (default: the one that fits best)")
    drawing.add_argument("--size", nargs=2, type=float, metavar=("WIDTH", "HEIGHT"), help="inches that it is to fit into")
    drawing.add_argument("--dpi", type=float, help="pixels of a PNG to the inch (default: 144)")

    paging = commands.add_parser("page", help="the interactive page: graph and backward pass, step by step")
    paging.add_argument("target", help=what)
    paging.add_argument("-o", "--out", default="steps.html", help="the file to write (default: %(default)s)")
    paging.add_argument("--title", default="", help="the heading of the page")
    paging.add_argument("--step", type=int, default=0, metavar="N", help="contributions after which it opens (default: none)")
    paging.add_argument("--beside", metavar="TARGET", help="another value or recording, on a page that stays in step with it")

    filming = commands.add_parser("film", help="the backward pass as an animated picture: .svg, .gif")
    filming.add_argument("target", help=what)
    filming.add_argument("-o", "--out", default="pass.svg", help="the file to write (default: %(default)s)")
    filming.add_argument("--pace", type=float, default=1.2, metavar="SECONDS", help="for a contribution (default: %(default)s)")
    filming.set_defaults(backward=False)  # a film runs its own

    opening = commands.add_parser("open", help="a recording as a page, in the browser")
    opening.add_argument("target", metavar="recording", help="what Recording.save wrote")
    opening.add_argument("-o", "--out", help="the page to write (default: one in the folder for temporary files)")
    opening.add_argument("--no-browser", action="store_true", help="write the page, and do not show it")
    for command in (drawing, paging):
        command.add_argument("--backward", action="store_true", help="run the backward pass first: the script has not")
    return main


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all went well, 1 with a message otherwise."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    end = given.index("--") if "--" in given else len(given)
    options = parser().parse_args(given[:end])
    options.arguments = given[end + 1 :]  # argparse would take them for its own
    try:
        path = {"draw": _draw, "page": _page, "film": _film, "open": _open}[options.command](options)
    except (AutogradError, OSError) as error:
        print(f"python -m viz {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    print(path)
    return 0


def _root(options: argparse.Namespace, target: str) -> Value | Recording:
    """The value of a script, or the recording, that a target names."""
    path, name = script.target(target)
    if not name and pathlib.Path(path).suffix != ".py":
        return _opened(path)
    with script.running(path, options.arguments) as names:
        value = script.value_in(names, name, path)
    if options.backward:
        value.backward()
    return value


def _opened(path: str) -> Recording:
    from .debugger.program.opening import opened  # pictures of scripts do not need the debugger

    recording, notes = opened(path)
    for note in notes:
        print(note, file=sys.stderr)
    return recording


def _draw(options: argparse.Namespace) -> pathlib.Path:
    root = _root(options, options.target)
    chosen: dict[str, Any] = {
        "names": {},
        "fold": "none" if options.fold == ["none"] else options.fold,
        "unfold": options.unfold,
        "focus": options.focus,
        "radius": options.radius,
        "path": tuple(options.path) if options.path else None,
        "terms": options.terms,
        "boxes": options.boxes,
    }
    if pathlib.Path(options.out).suffix.lower() in TEXTS:  # these have no size, and no direction
        return save(root, options.out, **chosen)
    size = tuple(options.size) if options.size else None
    picture = draw(root, **chosen, rankdir=options.rankdir, size=size, dpi=options.dpi)
    written: pathlib.Path = picture.save_as(options.out)
    if picture.view and picture.view.folded:
        print(picture.view.folded, file=sys.stderr)
    return written


def _page(options: argparse.Namespace) -> pathlib.Path:
    from .debugger.diagnoses.diagnose import diagnose

    root = _root(options, options.target)
    if options.beside is None:
        found = diagnose(root)
        title = options.title or options.target
        return pathlib.Path(page(root, options.out, title=title, step=options.step, findings=found))
    titles = (options.title or options.target, options.beside)
    return pathlib.Path(page(root, options.out, title=titles, step=options.step, beside=_root(options, options.beside)))


def _film(options: argparse.Namespace) -> pathlib.Path:
    return pathlib.Path(film(_root(options, options.target), options.out, pace=options.pace))


def _open(options: argparse.Namespace) -> pathlib.Path:
    from .debugger.diagnoses.diagnose import diagnose

    recording = _opened(options.target)
    name = pathlib.Path(options.target).stem + ".html"
    out = pathlib.Path(options.out) if options.out else pathlib.Path(tempfile.mkdtemp(prefix="stepgrad-"), name)
    path = pathlib.Path(page(recording, out, title=options.target, findings=diagnose(recording)))
    if not options.no_browser:
        webbrowser.open(path.resolve().as_uri())
    return path


if __name__ == "__main__":
    sys.exit(main())
