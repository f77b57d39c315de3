r"""A reader of LaTeX's mathematics, strict enough that what it accepts is typeset: a test's substitute for a browser.

It knows the commands that the project writes and nothing else. It refuses what TeX refuses: braces, \left and \right or
environments that do not match, a second exponent on the same thing, a character that has to be escaped, an alignment sign
outside an environment, a command nobody has defined.
"""

import re

_COMMANDS = r"""
    \alpha \beta \gamma \delta \epsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi \rho \sigma
    \tau \upsilon \phi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Pi \Sigma \Upsilon \Phi \Psi \Omega
    \cdot \dots \ldots \infty \partial \leftarrow \langle \rangle \le \ge \ne \land \lor \bmod \ln \log \sin
    \cos \tan \arcsin \arccos \arctan \sinh \cosh \tanh \exp \sum \prod \max \min \backslash \sim \vert \ast \prime
    \ell \top \nabla \hbar \times \pm \int \odot \oplus \otimes \circ \dagger \perp \Vert \in \rightarrow \leq \geq \neq
    \approx \propto \, \; \: \! \backprime \quad \_ \% \$ \# \& \{ \}
"""
SYMBOLS = {*_COMMANDS.split(), "\\ "}
ARGUMENTS = {r"\frac": 2, r"\sqrt": 1, r"\mathrm": 1, r"\operatorname": 1}
ARGUMENTS |= {
    rf"\{accent}": 1 for accent in ("hat", "widehat", "bar", "overline", "tilde", "widetilde", "vec", "dot", "ddot", "check")
}
ARGUMENTS |= {rf"\{face}": 1 for face in ("mathbf", "mathcal", "mathit", "mathsf", "mathbb", "boldsymbol")}
DELIMITERS = {"(", ")", "|", r"\lfloor", r"\rfloor", r"\lceil", r"\rceil", r"\lVert", r"\rVert"}
ENVIRONMENTS = {"aligned": "", "array": "{l}"}
# Names that mean something to TeX, to Markdown, to a terminal, or to somebody who reads algebra.
HOSTILE = [
    "a_b", "50%", "x\\y", "$5", "a&b", "#1", "{", "}", "a^b", "~", "x y", "λ", "变量", "é", "f'", 'f"', "`", "<b>", "a|b",
    "*x*", "[0]", "w^2_13", "delta^1_2", "my_variable", "alpha_3", "a\nb", "x1*w1 + x2*w2", "\x1b[31m", "-", "2", "W[0][1]",
    "$$", "\\", "%%", "(", "‹x›", "layer1.w", "a, b", "\\end{aligned}", "$\\frac$", "w^L_1", "b^1_10,2", "]]>", "\u202e",
]  # fmt: skip
_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[{}^_&%$#~]|\s+|.", re.DOTALL)


class LatexError(AssertionError):
    """It would not be typeset."""


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _TOKEN.findall(text)
        self.at = 0

    def peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def fail(self, why: str) -> LatexError:
        before = "".join(self.tokens[max(0, self.at - 12) : self.at])
        return LatexError(f"{why} after {before!r}")

    def expect(self, token: str) -> None:
        if (got := self.next()) != token:
            raise self.fail(f"{token!r} expected, not {got!r}")

    def row(self, end: str, table: bool = False) -> int:
        """Things side by side, up to `end`; how many there were."""
        count = 0
        while (token := self.peek()) != end:
            if not token:
                raise self.fail(f"{end!r} is missing")
            if table and token in ("&", r"\\"):
                self.next()
                if token == r"\\" and self.peek() == "[":
                    self.skip_length()
                continue
            self.scripted()
            count += 1
        return count

    def skip_length(self) -> None:
        text = ""
        while not text.endswith("]"):
            text += self.next()
        if not re.fullmatch(r"\[[\d.]+ex\]", text):
            raise self.fail(f"{text!r} is no length")

    def scripted(self) -> None:
        """A thing with at most one exponent and one index."""
        if self.peek() not in ("^", "_"):
            self.thing()
        seen = set()
        while (token := self.peek()) in ("^", "_"):
            if token in seen:
                raise self.fail(f"a second {token!r}")
            seen.add(token)
            self.next()
            self.thing()

    def thing(self) -> None:
        token = self.next()
        if token == "{":
            self.row("}")
            self.next()
        elif token == r"\left":
            self.delimiter()
            self.row(r"\right")
            self.next()
            self.delimiter()
        elif token == r"\begin":
            self.environment()
        elif token == r"\text":
            self.words()
        elif token in ARGUMENTS:
            if token == r"\sqrt" and self.peek() == "[":
                while self.next() != "]":
                    pass
            for _ in range(ARGUMENTS[token]):
                self.expect("{")
                if not self.row("}"):
                    raise self.fail(f"{token} of nothing")
                self.next()
        elif token in ("%", "$", "#", "&", "~", "}", "^", "_", "'") or (token.startswith("\\") and token not in SYMBOLS):
            raise self.fail(f"unexpected {token!r}")
        elif not token:
            raise self.fail("something is missing")

    def delimiter(self) -> None:
        if (token := self.next()) not in DELIMITERS:
            raise self.fail(f"{token!r} is no delimiter")

    def name(self) -> str:
        self.expect("{")
        name = ""
        while (token := self.next()) != "}":
            name += token
        return name

    def environment(self) -> None:
        name = self.name()
        if name not in ENVIRONMENTS:
            raise self.fail(f"unknown environment {name!r}")
        for token in ENVIRONMENTS[name]:
            self.expect(token)
        self.row(r"\end", table=True)
        self.next()
        if (other := self.name()) != name:
            raise self.fail(f"{name} ends as {other}")

    def words(self) -> None:
        """Plain words: nothing in them may have a meaning for TeX."""
        self.expect("{")
        while (token := self.next()) != "}":
            if not token or token in "{^_&%$#~" or token.startswith("\\"):
                raise self.fail(f"{token!r} among words")


def check(text: str) -> None:
    """Read a piece of LaTeX's mathematics.

    Raises:
        LatexError: it would not be typeset.
    """
    parser = _Parser(text)
    while parser.peek():
        parser.scripted()


def check_markdown(page: str) -> None:
    """Read the mathematics of a page of Markdown; what is between is words.

    Raises:
        LatexError: a piece of it would not be typeset, or a dollar sign is left over.
    """
    for block in page.strip().split("\n\n"):
        if block.startswith("$$"):
            if not block.endswith("\n$$"):
                raise LatexError(f"a displayed formula does not end: {block!r}")
            check(block[2:-2])
            continue
        pieces = re.split(r"(?<!\\)\$", block)
        if len(pieces) % 2 == 0:
            raise LatexError(f"an odd number of dollar signs: {block!r}")
        for i, piece in enumerate(pieces):
            if i % 2:
                check(piece)
            elif re.search(r"[\\_*<>`\[\]|^]", piece):
                raise LatexError(f"words that Markdown would read as markup: {piece!r}")
