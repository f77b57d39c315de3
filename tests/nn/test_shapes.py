"""Residual, recurrent and attention networks written on plain `Value`s: the examples run, learn, and show what they claim."""

import pytest

from examples import recurrent, residual, transformer


def test_the_transformer_learns_and_invents(capsys: pytest.CaptureFixture[str]) -> None:
    result = transformer.main(["--steps", "150"])
    assert result["last"] < result["first"] - 0.1
    assert result["last"] < 2.6  # guessing costs log(25) = 3.22
    assert len(result["invented"]) == 12
    assert all(len(name) <= transformer.CONTEXT for name in result["invented"])
    assert "parameters" in capsys.readouterr().out


def test_attention_looks_only_backwards() -> None:
    """A later character changes nothing before it."""
    import random

    letters = transformer.Letters(["abc"])
    theta = transformer.parameters_for(4, random.Random(0))
    ends = [transformer.logits_along(theta, letters.encode(name)[:-1]) for name in ("ab", "ac")]
    assert [[z.data for z in vector] for vector in ends[0][:2]] == [[z.data for z in vector] for vector in ends[1][:2]]
    assert [z.data for z in ends[0][2]] != [z.data for z in ends[1][2]]


def test_the_recurrent_network_remembers() -> None:
    assert recurrent.main() == 1.0


def test_residual_connections_carry_the_error() -> None:
    plain, connected = residual.main()
    assert plain < 1e-3
    assert connected > 0.1
