"""Every error the engine raises, in one small tree.

Each class also derives from the built-in exception that Python itself would raise there, so that ordinary `except
TypeError` keeps working. A message says what happened with the values, why, and what to write instead.

    AutogradError
     +- OperandError (TypeError)            something that is not a number where a number belongs
     |   +- LostGradientError               a `Value` about to be turned into a plain float, its gradient dropped
     +- ArgumentError (ValueError)          the right type, but an impossible value, length or name
     +- GraphError (ValueError)             a graph that cannot be differentiated: a cycle, a foreign parent, stale data
     +- PrimitiveError (ValueError)         a row of the table that is malformed, or a name that is not in it
     +- NonFiniteError (ArithmeticError)    `strict()`: the forward operation that made the first nan or inf
     +- ForeignNameError (AttributeError)   a name of another library: the message says what to write here
     +- ForeignImportError (ImportError)    the same in an import
     +- GradientCheckError (AssertionError) `check_gradients`: two ways of differentiating disagree
     +- RecordingError (ValueError)         a recording file that is missing, damaged or of another version
     +- ReplayError (ValueError)            `compile`: a function that cannot be replayed, and why

Four warnings, once a line each, say what is allowed and seldom meant:

    IdentityWarning (UserWarning)           a comparison or a truth value by the number, where the node may have been meant
    GradientCheckWarning (UserWarning)      `check_gradients`: differences cannot tell whether a derivative is right
    StaleDataWarning (UserWarning)          a backward pass over a node whose number was assigned after the forward pass
    ReplayWarning (UserWarning)             a compiled function runs as it is written, because replaying it does not pay
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any


class AutogradError(Exception):
    """The root of the tree: catch this to catch everything stepgrad raises on purpose."""


class OperandError(AutogradError, TypeError):
    """Something that is not a real number was given where a number or a `Value` belongs."""


class _NodeError(AutogradError):
    """An error about one node, which it keeps."""

    def __init__(self, message: str, node: Any = None) -> None:
        super().__init__(message)
        self.node = node


class LostGradientError(_NodeError, OperandError):
    """A `Value` was about to be turned into a plain float, which would silently drop its gradient.

    Attributes:
        node: the `Value`.
    """


class ArgumentError(AutogradError, ValueError):
    """An argument of the right type whose value, length or name is impossible."""


class GraphError(_NodeError, ValueError):
    """The graph cannot be differentiated: it has a cycle, a foreign parent, or data changed since the forward pass.

    Attributes:
        node: the `Value` that cannot be differentiated, for a debugger to look at.
    """


class PrimitiveError(AutogradError, ValueError):
    """A primitive's row is malformed, or no primitive has that name."""


class NonFiniteError(_NodeError, ArithmeticError):
    """`strict()`: a forward operation made a nan or an inf.

    Attributes:
        node: the `Value` that holds it, its operands and its source, for a debugger to look at.
    """


class GradientCheckError(AutogradError, AssertionError):
    """`check_gradients` found two ways of differentiating that disagree; the message names the likely culprit.

    Attributes:
        claimed: the derivative by the rules.
        other: the derivative by the other way: differences, or the rules in forward mode.
    """

    def __init__(self, message: str, claimed: float = math.nan, other: float = math.nan) -> None:
        super().__init__(message)
        self.claimed, self.other = claimed, other


class ForeignNameError(AutogradError, AttributeError):
    """An attribute that does not exist here, by a name that another library has; the message says what to write."""


class ForeignImportError(AutogradError, ImportError):
    """An import of something that does not exist here, by a name that another library has; the message says what to write."""


class RecordingError(AutogradError, ValueError):
    """A recording file is missing, damaged, or of a version this program does not read."""


class ReplayError(AutogradError, ValueError):
    """A function cannot be replayed: it depends on something that no recording holds, or does what no replay would do."""


class IdentityWarning(UserWarning):
    """A `Value` was compared or tested by its number, but code written for micrograd means the node itself.

    It is given for two different `Value`s that compare equal, and for a `Value` of 0 that counts as false, outside functions
    that are being differentiated. Where numbers are meant, say so (`a.data == b.data`), or silence it for the program:

        warnings.filterwarnings("ignore", category=autograd.IdentityWarning)
    """


class GradientCheckWarning(UserWarning):
    """`check_gradients` cannot tell: at a kink, a jump or the edge of a domain, or where rounding hides the answer."""


class StaleDataWarning(UserWarning):
    """A pass goes through a node whose `.data` was assigned after the forward pass: its derivatives belong to the old data."""


class ReplayWarning(UserWarning):
    """A compiled function goes on by running the function itself, because its decisions differ too often to be replayed."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The sentence ' Did you mean ...?' for a misspelt name or one of another library, or '' when nothing is near.

    >>> did_you_mean("tahn", ["tan", "tanh", "exp"])
    " Did you mean 'tan' or 'tanh'?"
    >>> did_you_mean("swish", ["tanh", "silu"])  # what other libraries call it
    " Did you mean 'silu'?"
    """
    import difflib  # only a misspelt name pays for it

    from .synonyms import SYNONYMS

    names = list(known)
    near = [ours for ours in SYNONYMS.get(name, ()) if ours in names] or difflib.get_close_matches(name, names, n=3)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def shown(thing: object) -> str:
    """An argument in a few characters.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."
    """
    text = repr(thing)
    return text if len(text) <= 60 else f"{text[:57]}..."


def described(thing: object) -> str:
    """An argument in a few characters, with the name of its type.

    >>> described(0.5), described([0.5]), described(range(3))
    ('float 0.5', 'list [0.5]', 'range(0, 3)')
    """
    text, kind = shown(thing), type(thing).__name__
    # A text or a list may hold the word by chance.
    return text if kind in text and text[0] not in "'\"[({" else f"{kind} {text}"


def not_a_number(thing: object, place: str) -> OperandError:
    """The error for an operand that is no real number, with the remedy for the usual suspects."""
    remedy = "give a real number (int, float, bool, a numpy scalar) or a Value"
    if thing is None:
        remedy = "None often comes from a function that forgot its `return`; give a number or a Value"
    elif isinstance(thing, (str, bytes)):
        remedy = f"convert text first: float({thing!r})"
    elif isinstance(thing, complex):
        remedy = "the engine is real: differentiate the real and the imaginary part separately"
    elif isinstance(thing, (list, tuple, dict, set)):
        remedy = "apply the operation to each element, or use a function of many numbers: sum, dot, norm, maximum"
    elif getattr(thing, "ndim", 0):
        remedy = "apply the operation to each element, or give a list of Values made of it"
    elif isinstance(thing, (range, Iterator)):
        remedy = "make it a list first: list(...)"
    elif callable(getattr(thing, "parameters", None)):
        remedy = "a model is no number; give its parameters, model.parameters(), or call it, model(x)"
    elif callable(thing):
        name = getattr(thing, "__name__", "f")
        remedy = f"a function is no number; give its result, {'f' if name == '<lambda>' else name}(...)"
    return OperandError(f"{place}: expected a real number or a Value, got {described(thing)}; {remedy}")
