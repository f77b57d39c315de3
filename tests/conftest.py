"""What every test needs: primitives that a test defines are gone when it ends."""

from collections.abc import Iterator

import pytest

from autograd.operators import Tracer
from autograd.primitives import TABLE


@pytest.fixture(autouse=True)
def _table_as_it_was() -> Iterator[None]:
    rows, methods = set(TABLE), set(vars(Tracer))
    yield
    for name in set(TABLE) - rows:
        del TABLE[name]
    for name in set(vars(Tracer)) - methods:
        delattr(Tracer, name)
