"""Numbers with their nouns, for messages and everything that a person reads."""


def plural(n: int | None, what: str) -> str:
    """A noun for a number of things, None for one that is not known.

    >>> plural(1, "number"), plural(0, "class"), plural(3, "box"), plural(2, "epoch")
    ('number', 'classes', 'boxes', 'epochs')
    """
    hissing = what.endswith(("s", "ch", "x")) and not what.endswith("epoch")
    return what if n == 1 else f"{what}es" if hissing else f"{what}s"


def counted(n: int, what: str) -> str:
    """A number with its noun.

    >>> counted(1, "parameter"), counted(3000, "parameter"), counted(0, "pass")
    ('1 parameter', '3,000 parameters', '0 passes')
    """
    return f"{n:,} {plural(n, what)}"
