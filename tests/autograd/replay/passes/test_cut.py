"""Terms are cut apart and become lanes: which are alike, what differs between them, and what stays outside."""

import pytest

from autograd.replay.passes.batch import batched
from autograd.replay.passes.cut import rolled
from autograd.replay.passes.hoist import hoisted
from autograd.replay.passes.rolled import Rolled, Sum, parse_rolled
from autograd.replay.passes.sums import sums
from autograd.replay.tape import Tape


def terms(inputs: int, body: list[str], count: int, end: str = "out {sum}") -> Tape:
    """A tape of alike terms: in `body` a {0} is the number of a term's first node, {1} of its second, and {i} of the term."""
    lines, n, roots = [f"in {inputs}"], inputs, []
    for i in range(count):
        names = [f"v{n + k}" for k in range(len(body))]
        lines += [f"{name} = {text.format(*names, i=i)}" for name, text in zip(names, body, strict=True)]
        n += len(body)
        roots.append(names[-1])
    lines.append(f"v{n} = sum {' '.join(roots)}")
    return Tape.parse("\n".join([*lines, *end.format(sum=f"v{n}", next=f"v{n + 1}").split("; ")]))


def written(text: str) -> str:
    """The text of a program, without the blanks that indent it here."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return "\n".join(line if line.startswith(("pool", "samples", "lanes", "out")) else f"    {line}" for line in lines)


def test_alike_terms_become_lanes_with_columns_for_what_differs() -> None:
    tape = terms(5, ["mul v{i} v4", "add {0} {i}.5", "tanh {1}"], 4)
    assert str(rolled(tape, wide=4)) == written("""
        pool 6 of which inputs 5
        lanes 4
            v0 = slots 0:4
            v1 = slot 4
            v2 = numbers 0.5 1.5 2.5 3.5
            v3 = mul v0 v1
            v4 = add v3 v2
            v5 = tanh v4
            sum v5 -> 5
        out 5
    """)


def test_the_mean_of_terms_is_their_sum_divided() -> None:
    tape = Tape.parse("in 4\nv4 = exp v0\nv5 = exp v1\nv6 = exp v2\nv7 = exp v3\nv8 = mean v4 v5 v6 v7\nout v8")
    assert str(rolled(tape, wide=4)).endswith(
        "    sum v1 -> 4\nlanes 1\n    v0 = slot 4\n    v1 = div v0 4.0\n    each v1 -> 5\nout 5"
    )


def test_what_several_terms_use_runs_before_them_and_what_needs_their_sum_after() -> None:
    tape = Tape.parse(
        "in 5\nv5 = exp v4\nv6 = mul v0 v5\nv7 = mul v1 v5\nv8 = mul v2 v5\nv9 = mul v3 v5\nv10 = sum v6 v7 v8 v9 v4\n"
        "v11 = mul v10 v5\nout v11"
    )
    assert str(rolled(tape, wide=4)) == written("""
        pool 8 of which inputs 5
        lanes 1
            v0 = slot 4
            v1 = exp v0
            each v1 -> 5
        lanes 4
            v0 = slots 0:4
            v1 = slot 5
            v2 = mul v0 v1
            sum v2 -> 6
        lanes 1
            v0 = slot 4
            v1 = slot 5
            v2 = slot 6
            v3 = sum v2 v0
            v4 = mul v3 v1
            each v4 -> 7
        out 7
    """)


def test_an_operand_that_is_another_node_in_each_lane_is_picked() -> None:
    lines, n = ["in 4"], 4
    for i in range(4):
        lines += [f"v{n} = exp v{i}", f"v{n + 1} = tanh v{i}", f"v{n + 2} = maximum v{n} v{n + 1}"]
        lines.append(f"v{n + 3} = sub v{n + 2} v{n + i % 2}")
        n += 4
    tape = Tape.parse("\n".join([*lines, "v20 = sum v7 v11 v15 v19", "out v20"]))
    assert "v6 = sub v4 v5" in str(rolled(tape, wide=4))
    assert "v5 = pick v2 v3 v1" in str(rolled(tape, wide=4))
    assert "v1 = numbers 0.0 1.0 0.0 1.0" in str(rolled(tape, wide=4))


def test_terms_of_two_kinds_are_two_sections_and_odd_ones_run_alone() -> None:
    lines = ["in 9", *(f"v{9 + i} = {'exp' if i % 2 else 'tanh'} v{i}" for i in range(8)), "v17 = sin v8"]
    tape = Tape.parse("\n".join([*lines, "v18 = sum v9 v10 v11 v12 v13 v14 v15 v16 v17", "out v18"]))
    program = rolled(tape)
    assert [section.lanes for section in program.sections] == [4, 4, 1]
    assert [section.body.names for section in program.sections] == [["tanh"], ["exp"], ["sin", "sum"]]


def test_results_that_are_not_added_up_have_a_slot_for_each_lane() -> None:
    tape = Tape.parse("in 4\nv4 = exp v0\nv5 = exp v1\nv6 = exp v2\nv7 = exp v3\nv8 = logsumexp v4 v5 v6 v7\nout v8")
    assert "    each v1 -> 4:8\n" in str(rolled(tape, wide=4))


def test_a_sum_within_a_cost_is_found_behind_other_operations() -> None:
    tape = terms(8, ["mul v{i} v{i}"], 8, "{next} = mul {sum} 0.125; out {next}")
    assert [section.lanes for section in rolled(tape).sections] == [8, 1]


def test_the_term_that_a_chain_begins_with_is_a_lane_like_the_others() -> None:
    lines, n, total = ["in 10"], 10, ""
    for i in range(10):
        lines += [f"v{n} = exp v{i}", f"v{n + 1} = tanh v{i}", f"v{n + 2} = add v{n} v{n + 1}"]
        term, n = f"v{n + 2}", n + 3
        if total:
            lines.append(f"v{n} = add {total} {term}")
            term, n = f"v{n}", n + 1
        total = term
    program = rolled(sums(Tape.parse("\n".join([*lines, f"out {total}"]))))
    assert [section.lanes for section in program.sections] == [10]


def test_the_text_of_a_program_reads_back() -> None:
    tape = terms(5, ["mul v{i} v4", "add {0} {i}.5", "pow {1} -inf"], 4, "{next} = exp {sum}; out {next} {sum} 0.5")
    program = rolled(tape, wide=4)
    again = parse_rolled(str(program))
    assert isinstance(again, Rolled)
    assert str(again) == str(program)
    assert isinstance(again.sections[0].sinks[0], Sum)


def test_the_text_of_a_batch_with_guards_reads_back() -> None:
    tape = Tape.parse("in 2\nv2 = mul v0 v1\nguard v2 > 0.5 true\nv3 = exp v2\nout v3")
    for summed in (True, False):
        program = batched(tape, ["uniform", "sample"], summed)
        assert str(parse_rolled(str(program))) == str(program)
        assert parse_rolled(str(program)).components == (1, 0)
        assert f"guard {0 if summed else 1} > 0.5 true" in str(program)


def test_what_is_the_same_in_all_lanes_comes_before_them_once() -> None:
    tape = terms(5, ["exp v4", "mul {0} v{i}", "add {1} {0}"], 4)
    assert str(hoisted(rolled(tape, wide=4))) == written("""
        pool 7 of which inputs 5
        lanes 1
            v0 = slot 4
            v1 = exp v0
            each v1 -> 6
        lanes 4
            v0 = slots 0:4
            v1 = slot 6
            v2 = mul v1 v0
            v3 = add v2 v1
            sum v3 -> 5
        out 5
    """)


@pytest.mark.parametrize("summed", [True, False])
def test_a_batch_has_a_lane_for_each_sample(summed: bool) -> None:
    tape = Tape.parse("in 4\nv4 = mul v0 v1\nv5 = exp v0\nv6 = pick v4 v5 v1 v3\nout v6")
    program = batched(tape, ["uniform", "sample", "sample", "label"], summed)
    assert str(program) == written(f"""
        pool {3 if summed else 2} of which inputs 1
        samples of 2 components and 1 labels, {0 if summed else 1} results of each
        lanes 1
            v0 = slot 0
            v1 = exp v0
            each v1 -> {2 if summed else 1}
        lanes of a batch
            v0 = slot 0
            v1 = sample 0
            v2 = label 0
            v3 = slot {2 if summed else 1}
            v4 = mul v0 v1
            v5 = pick v4 v3 v1 v2
            {"sum v5 -> 1" if summed else "each v5 ->"}
        out {"1" if summed else ""}
    """)
