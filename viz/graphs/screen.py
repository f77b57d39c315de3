"""The size at which an SVG is shown: less than that of the picture where it then fits on a screen and letters stay legible."""

import re

SIDE = 1425.0  # points, 1900 pixels: a larger picture is shown smaller
LEAST = 0.75  # of its size: the letters in boxes then have 11 pixels
_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def fitted(svg: str) -> str:
    """An SVG with a width and a height that fit on a screen; its inside stays as it is.

    >>> fitted('<svg width="1500pt" height="300pt" viewBox="0 0 1500 300"/>')
    '<svg width="1425pt" height="285pt" viewBox="0 0 1500 300"/>'
    >>> fitted('<svg width="4000pt" height="300pt"/>'), fitted('<svg width="400pt" height="300pt"/>')
    ('<svg width="3000pt" height="225pt"/>', '<svg width="400pt" height="300pt"/>')
    """

    def sized(size: re.Match[str]) -> str:
        width, height = float(size[1]), float(size[2])
        scale = max(LEAST, min(1.0, SIDE / max(width, height)))
        return f'<svg width="{width * scale:.0f}pt" height="{height * scale:.0f}pt"'

    return _SIZE.sub(sized, svg, count=1)
