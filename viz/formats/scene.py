"""`Scene`: things in a film that are seen for a time or change their colour, as rules of CSS, and as they are at a moment.

Each piece of a film is a tag that asks for a class. An animated SVG has the rules of all classes; a picture of one moment has
the pieces that are seen then, each with what its rule says.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_CLASS = re.compile(r'class="([^"]*?) ?\bk(\d+)"')
HIDDEN, VISIBLE = "visibility:hidden", "visibility:visible"


class Rule(NamedTuple):
    """The look of a class: what it is from each time on, in seconds, and what it is where nothing may move."""

    changes: list[tuple[float, str]]
    still: str

    def at(self, moment: float) -> str:
        """The look at a moment."""
        return next(look for time, look in reversed(self.changes) if time <= moment)


class Scene:
    """Rules that show things for a time; each piece of the film asks for a class.

    Args:
        seconds: the length of the film, which then begins anew.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rules: list[Rule] = []

    def shown(self, begin: float, end: float | None = None) -> str:
        """A class for what is seen from a time on, and until another or to the end of the film."""
        changes = [(0.0, HIDDEN), (begin, VISIBLE)] if begin else [(0.0, VISIBLE)]
        return self._rule([*changes, *([] if end is None else [(end, HIDDEN)])], VISIBLE if end is None else HIDDEN)

    def filled(self, colours: Iterable[tuple[float, str]]) -> str:
        """A class for what changes its colour at some times, of which 0 is the first."""
        changes = [(at, f"fill:{colour}") for at, colour in colours]
        return self._rule(changes, changes[-1][1])

    def _rule(self, changes: list[tuple[float, str]], still: str) -> str:
        self.rules.append(Rule(changes, still))
        return f"k{len(self.rules) - 1}"

    def moving(self) -> str:
        """The rules as CSS that moves, and stands still for whoever has asked for less motion."""
        rules = [*map(self._moving, range(len(self.rules)), self.rules)]
        return "".join(rules) + "@media (prefers-reduced-motion:reduce){*{animation:none!important}}"

    def _moving(self, n: int, rule: Rule) -> str:
        frames = "".join(f"{100.0 * at / self.seconds:.3f}%{{{look}}}" for at, look in rule.changes)
        return f"@keyframes k{n}{{{frames}}}.k{n}{{{rule.still};animation:k{n} {self.seconds:g}s step-end infinite}}"

    def times(self) -> list[float]:
        """The moments at which anything changes, from 0 on."""
        return sorted({0.0, *(at for rule in self.rules for at, _ in rule.changes)})

    def at(self, moment: float, pieces: Iterable[str]) -> Iterator[str]:
        """The pieces that are seen at a moment, as they look then.

        Example:
            >>> scene = Scene(4.0)
            >>> a, b = scene.shown(1.0, 2.0), scene.filled([(0.0, "red"), (3.0, "blue")])
            >>> pieces = [f'<rect class="e {a}"/>', f'<path class="{b}"/>']
            >>> list(scene.at(3.5, pieces))
            ['<path class="" style="fill:blue"/>']
            >>> list(scene.at(1.0, pieces))
            ['<rect class="e" style="visibility:visible"/>', '<path class="" style="fill:red"/>']
        """
        for piece in pieces:
            asked = _CLASS.search(piece)
            look = self.rules[int(asked[2])].at(moment) if asked else ""
            if asked and look != HIDDEN:
                yield f'{piece[: asked.start()]}class="{asked[1]}" style="{look}"{piece[asked.end() :]}'
            elif not asked:
                yield piece
