"""The titles of frames in an SVG by Graphviz, in front of the arrows.

Graphviz draws them behind, and an arrow that comes in near a corner would go through the word. Each is written once more at the
end, on a rim of paper; people who hear the picture hear one.
"""

import re

from .. import style

_FRAME = re.compile(r'<g id="clust\d+" class="cluster">.*?</g>', re.DOTALL)
_TEXT = re.compile(r"<text (.*?</text>)", re.DOTALL)
_END = re.compile(r"</g>\s*</svg>\s*$")


def in_front(svg: str) -> str:
    """An SVG in which no arrow goes through the title of a frame.

    >>> in_front('<svg><g><g id="clust1" class="cluster"><text x="1">layer1</text></g></g></svg>').count("layer1")
    2
    """
    titles = [text for frame in _FRAME.findall(svg) for text in _TEXT.findall(frame)]
    end = _END.search(svg)
    if not titles or not end:
        return svg
    rim = f'stroke="{style.PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    written = "\n".join(f"<text {rim} {text}" for text in titles)
    return f'{svg[: end.start()]}<g class="titles" aria-hidden="true">\n{written}\n</g>\n{end[0]}'
