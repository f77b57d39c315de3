"""A level for duals that a test makes by hand: in progress until the test ends (conftest.py takes it out)."""

from autograd import levels


def new_level() -> int:
    """A level above all existing ones."""
    number = next(levels._numbers)
    levels.IN_PROGRESS[number] = None
    return number
