"""Labels that pictures, text and formulas have to show as they are written: hostile ones, and names that look like markup."""

import re

HOSTILE = [
    'say "hi"',
    '"',
    '\\"',
    "a\\",
    "\\N \\G \\L \\l \\n \\r",
    "<b>bold</b>",
    "<<b>>",
    "</text></svg><script>alert(1)</script>",
    "{x|y}",
    "a:b:c",
    "two\nlines",
    "\r\n",
    "nul\0nul",
    "\x1b[31mred",
    "&amp; &lt; &#1; &#x0; &nbsp;",
    "&",
    "]]> --> <!-- /* // #",
    "%s %% $(id) `id`",
    "漢字 😀 עברית \u202e",
    "half \ud800 a surrogate",
    "   ",
    "-> n0; n1 [label=",
    "<lambda>",
    "<",
    "x" * 40,
]


# What Python itself calls things, and what the languages that a name passes through have plans for.
ORDINARY = [
    "<lambda>", "<listcomp>", "<genexpr>", "<module>", "<locals>", "f.<locals>.g", "<a>b", "<", ">", "<>", "< a >", "<!-- -->",
    "<b", "b>", "a<b>c", "&lt;b&gt;", "node", "graph", "digraph", "subgraph", "edge", "strict", "a->b", "a--b", "a;b", "{a|b}",
    "a=b", "[0]", "\\N", "\\G", "\\l", "a\\", '"', '"a"', "'a'", "$x$", "%s", "100%", "#1", "1.5", "-", "a b", "α",
    "w^2_13",
]  # fmt: skip


def as_text(label: str) -> list[str]:
    """A label as a line of a picture: line breaks are blanks, and what XML cannot hold is U+FFFD."""
    line = " ".join(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", label).split())
    return [line] if line else []
