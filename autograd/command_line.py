"""The command lines of all packages answer a misspelt option or command with a suggestion.

`python -m nn`, `python -m viz` and `python -m viz.debugger` read their arguments with argparse, which only says that `--epocs`
is not recognised. No module of the library itself imports this one.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from .errors import did_you_mean


class CommandLine(argparse.ArgumentParser):
    """A parser of arguments whose errors end with a suggestion: the option or command that the user may have meant.

    Args:
        habits: names that other programs use -> the name of an option here, both without dashes.
        elsewhere: options and commands of another program of this library, without dashes -> the command line to write.

    Example:
        >>> p = CommandLine(prog="p", habits={"out": "save"}, usage="p")
        >>> _ = p.add_argument("--save")
        >>> p.meant(["--svae", "x"]), p.meant(["--out", "x"]), p.meant(["--save", "x"])
        (" Did you mean '--save'?", " Did you mean '--save'?", '')
    """

    def __init__(
        self, *args: Any, habits: Mapping[str, str] | None = None, elsewhere: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._habits, self._elsewhere = dict(habits or {}), dict(elsewhere or {})
        self._words: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in argparse; the words are kept for the message of `error`."""
        self._words = list(sys.argv[1:] if args is None else args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End the program with the usage, the message and the suggestion."""
        meant = self.meant(self._words)
        super().error(f"{message}.{meant}" if meant else message)

    def meant(self, words: list[str]) -> str:
        """The sentence ' Did you mean ...?' for the first word that is no option and no command, '' if none is near."""
        options, commands = _options(self), self._commands()
        for word in words:
            name = word.partition("=")[0]
            if not name.startswith("-"):
                if not commands:
                    continue
                if name not in commands:
                    return self._near(name, {c: c for c in commands} | self._elsewhere)
                options |= _options(commands[name])
                commands = {}
            elif name == "--":
                break
            elif re.match("--?[a-z]", name, re.IGNORECASE) and not self._is_option(name, options):
                known = {option.lstrip("-").replace("-", "_"): option for option in options if option.startswith("--")}
                if near := self._near(name.lstrip("-").replace("-", "_"), known | {c: c for c in commands} | self._elsewhere):
                    return near
        return ""

    def _commands(self) -> dict[str, argparse.ArgumentParser]:
        """The parsers of commands, by name."""
        tables = (action.choices for action in self._actions if isinstance(action.choices, dict))
        return {name: p for table in tables for name, p in table.items() if isinstance(p, argparse.ArgumentParser)}

    def _is_option(self, name: str, options: set[str]) -> bool:
        """True if argparse takes the word for an option: in full, shortened, or a letter directly followed by its value."""
        short = any(len(option) == 2 and name.startswith(option) for option in options)
        return short or name in options or (self.allow_abbrev and any(option.startswith(name) for option in options))

    def _near(self, name: str, known: Mapping[str, str]) -> str:
        """The sentence with names as they are written: `known` has it where that is not the name itself."""
        found = did_you_mean(self._habits.get(name, name), known)
        return re.sub(r"'(\w+)'", lambda match: repr(known[match[1]]), found)


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a parser, as a user writes it."""
    return {option for action in parser._actions for option in action.option_strings}
