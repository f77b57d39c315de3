"""Optimisers step for step against PyTorch's stored numbers, clipping, schedules, their memory, and their complaints."""

import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from places import TESTS

from autograd import ArgumentError, OperandError, Value
from nn import MLP, SGD, Adam, AdamW, RMSprop, clip_gradients, cross_entropy, l1, l2, optimisers
from nn.data import digits
from nn.optimisers import OPTIMISERS, Optimiser
from nn.schedules import SCHEDULES, constant, cosine, step_decay, warm_up

STORED = json.loads((TESTS / "data" / "torch_training.json").read_text(encoding="utf-8"))

MAKE: dict[str, Callable[[list[Value]], Optimiser]] = {
    "sgd": lambda ps: SGD(ps, 0.001),
    "sgd momentum": lambda ps: SGD(ps, 0.001, momentum=0.9),
    "sgd nesterov": lambda ps: SGD(ps, 0.001, momentum=0.9, nesterov=True),
    "rmsprop": lambda ps: RMSprop(ps, 0.01),
    "rmsprop decay": lambda ps: RMSprop(ps, 0.01, decay=0.9, eps=1e-6),
    "adam": lambda ps: Adam(ps, 0.1),
    "adam betas": lambda ps: Adam(ps, 0.1, beta1=0.8, beta2=0.99, eps=1e-6),
    "adamw": lambda ps: AdamW(ps, 0.1),
    "adamw decay": lambda ps: AdamW(ps, 0.1, decay=0.3),
}


def valley(x: Any, y: Any, z: Any) -> Any:
    return (1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x) + z * z * z * z


def descend(optimiser: Optimiser, steps: int) -> list[list[float]]:
    path = []
    for _ in range(steps):
        optimiser.zero_grad()
        valley(*optimiser.parameters).backward()
        optimiser.step()
        path.append([p.data for p in optimiser.parameters])
    return path


@pytest.mark.parametrize("name", MAKE)
def test_all_parameters_together_have_the_bits_of_each_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(worth: int) -> tuple[list[float], dict[str, Any]]:
        monkeypatch.setattr(optimisers, "WORTH", worth)
        draw = random.Random(7)
        ps = [Value(draw.gauss(0.0, 1.0)) for _ in range(40)]
        optimiser = MAKE[name](ps)
        for step in range(9):
            optimiser.zero_grad()
            for p in ps:
                p.grad = draw.gauss(0.0, 10.0 ** draw.randrange(-9, 3))
            if step == 4:
                ps[3].zero_grad()  # it stays behind for a step, and all are moved one by one from here on
            optimiser.step()
            if step in (2, 6):
                optimiser.restore(json.loads(json.dumps(optimiser.state())))
        return [p.data for p in ps], optimiser.state()

    pytest.importorskip("numpy")
    assert run(1) == run(100)


def test_a_division_by_zero_is_one_for_many_parameters_too() -> None:
    ps = [Value(1.0) for _ in range(40)]
    descent = Adam(ps, 0.1, eps=0.0)
    for p in ps:
        p.grad = 1e-300  # its square is 0
    with pytest.raises(ZeroDivisionError):
        descent.step()
    assert [p.data for p in ps] == [1.0] * 40


def test_everything_stored_is_compared() -> None:
    assert set(MAKE) == set(STORED["optimisers"])
    assert {type(make([Value(1.0)])) for make in MAKE.values()} == set(OPTIMISERS.values())


@pytest.mark.parametrize("name", MAKE)
def test_the_first_ten_steps_are_pytorchs(name: str) -> None:
    path = descend(MAKE[name]([Value(u) for u in STORED["start"]]), 10)
    for ours, theirs in zip(path, STORED["optimisers"][name], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", MAKE)
def test_parameters_without_a_gradient_are_left_as_pytorch_leaves_them(name: str) -> None:
    """Not decayed, not carried on by momentum, and not counted: PyTorch's numbers, in steps where a grad is None."""
    ps = [Value(u) for u in STORED["start"]]
    optimiser = MAKE[name](ps)
    for reached, theirs in zip(STORED["gaps"], STORED["with gaps"][name], strict=True):
        before = [p.data for p in ps]
        optimiser.zero_grad()
        if reached:
            valley(*(p if axis in reached else p.data for p, axis in zip(ps, "xyz", strict=True))).backward()
        clip_gradients(ps, 1e9)  # it makes no gradient where there is none
        optimiser.step()
        assert [p.data for p in ps] == pytest.approx(theirs, rel=1e-12, abs=1e-14)
        for p, there, axis in zip(ps, before, "xyz", strict=True):
            assert p.has_grad == (axis in reached)
            assert axis in reached or p.data == there


@pytest.mark.parametrize("make", [lambda p: AdamW([p], 0.1), lambda p: SGD([p], 0.1, momentum=0.9)], ids=["decay", "momentum"])
def test_a_gradient_that_is_zero_is_a_gradient(make: Callable[[Value], Optimiser]) -> None:
    p = Value(1.0)
    optimiser = make(p)
    (p * 2.0).backward()
    optimiser.step()
    before = p.data
    optimiser.zero_grad()
    optimiser.step()
    assert p.data == before
    (p * 0.0).backward()
    optimiser.step()
    assert p.data != before


def test_a_state_from_before_parameters_were_counted_is_restored() -> None:
    first = Adam([Value(u) for u in STORED["start"]], 0.1)
    descend(first, 4)
    state = first.state()
    del state["counts"]
    second = Adam([Value(p.data) for p in first.parameters], 0.1)
    second.restore(state)
    assert descend(second, 3) == descend(first, 3)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"steps": "4"}, "counts '4' steps"),
        ({"steps": -1}, "counts -1 steps"),
        ({"steps": True}, "counts True steps"),
        ({"rate": math.nan}, "rate is nan"),
        ({"rate": "0.1"}, "rate is a number"),
        ({"rate": None}, "rate is a number"),
        ({"mean": [math.nan] * 3}, "mean is no list of finite"),
        ({"mean": None}, "mean is no list of finite"),
        ({"square": ["x"] * 3}, "square is no list of finite"),
        ({"square": [0.0] * 4}, "for 4 parameters, Adam has 3"),
        ({"counts": [1.0]}, "for 1 parameters, Adam has 3"),
    ],
)
def test_a_damaged_state_changes_nothing(change: dict[str, Any], hint: str) -> None:
    adam = Adam([Value(u) for u in STORED["start"]], 0.1)
    descend(adam, 2)
    before = adam.state()
    with pytest.raises((ArgumentError, OperandError), match=hint):
        adam.restore(before | change)
    assert adam.state() == before


def test_a_wrong_setting_shows() -> None:
    path = descend(Adam([Value(u) for u in STORED["start"]], 0.1, beta2=0.99), 10)
    assert path[-1] != pytest.approx(STORED["optimisers"]["adam"][-1], rel=1e-6)


def test_a_hundred_steps_on_the_digits_cost_what_pytorchs_cost() -> None:
    """The same initial weights and batches: the costs agree to 1e-9 for 100 steps."""
    model = MLP(64, [32, 10], activation="tanh", init="xavier_uniform", rng=random.Random(0))
    data = digits()
    order = list(range(len(data.x)))
    random.Random(0).shuffle(order)
    descent = SGD(model.parameters(), 0.2)
    for step, theirs in enumerate(STORED["digits"]):
        chosen = [order[i % len(order)] for i in range(step * 16, (step + 1) * 16)]
        cost = cross_entropy([model(data.x[i]) for i in chosen], [data.y[i] for i in chosen])
        assert cost.data == pytest.approx(theirs, rel=1e-9), f"step {step}"
        descent.zero_grad()
        cost.backward()
        descent.step()


@pytest.mark.parametrize("name", MAKE)
def test_a_restored_optimiser_continues_bit_for_bit(name: str) -> None:
    whole = descend(MAKE[name]([Value(u) for u in STORED["start"]]), 10)
    first = MAKE[name]([Value(u) for u in STORED["start"]])
    descend(first, 4)
    state = json.loads(json.dumps(first.state()))
    second = MAKE[name]([Value(p.data) for p in first.parameters])
    second.restore(state)
    assert descend(second, 6) == whole[4:]


@pytest.mark.parametrize("name", MAKE)
def test_a_rate_that_a_schedule_has_brought_down_to_zero_is_restored(name: str) -> None:
    first, second = (MAKE[name]([Value(u) for u in STORED["start"]]) for _ in range(2))
    first.rate *= cosine()(100, 100)
    assert first.rate == 0.0
    second.restore(json.loads(json.dumps(first.state())))
    assert second.rate == 0.0


def test_states_of_others_are_refused() -> None:
    adam = Adam([Value(1.0)])
    with pytest.raises(ArgumentError, match=r"'SGD'.*Adam"):
        adam.restore(SGD([Value(1.0)]).state())
    with pytest.raises(ArgumentError, match="2 parameters, Adam has 1"):
        adam.restore(Adam([Value(1.0), Value(2.0)]).state())


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_frozen_parameters_stay(make: Callable[[list[Value]], Optimiser]) -> None:
    ps = [Value(u) for u in STORED["start"]]
    ps[1].frozen = True  # type: ignore[attr-defined]
    path = descend(make(ps), 3)
    assert [p[1] for p in path] == [1.0, 1.0, 1.0]
    assert path[-1][0] != STORED["start"][0]


def test_clipping() -> None:
    ps = [Value(3.0), Value(4.0)]
    for p in ps:
        p.grad = p.data
    assert clip_gradients(ps, 10.0) == 5.0
    assert [p.grad for p in ps] == [3.0, 4.0]
    assert clip_gradients(ps, 1.0) == 5.0
    assert [p.grad for p in ps] == pytest.approx([0.6, 0.8])
    for p in ps:
        p.grad = 0.0
    assert clip_gradients(ps, 1.0) == 0.0
    with pytest.raises(ArgumentError, match="above 0"):
        clip_gradients(ps, 0.0)


def test_schedules() -> None:
    assert constant()(50, 100) == 1.0
    assert [round(step_decay(10, 0.5)(s, 100), 4) for s in (0, 9, 10, 20)] == [1.0, 1.0, 0.5, 0.25]
    assert cosine(0.1)(0, 100) == 1.0
    assert cosine(0.1)(50, 100) == pytest.approx(0.55)
    assert cosine(0.1)(100, 100) == cosine(0.1)(200, 100) == pytest.approx(0.1)
    schedule = warm_up(10, cosine())
    assert [schedule(s, 110) for s in (0, 4, 9, 10)] == [0.1, 0.5, 1.0, 1.0]
    assert schedule(60, 110) == pytest.approx(0.5)
    assert set(SCHEDULES) == {"constant", "step", "cosine", "warm-up"}


def _model() -> MLP:
    return MLP(2, [1], rng=random.Random(0))


_PARAMETERS: dict[str, tuple[Callable[[], Any], str]] = {
    "a dict": (lambda: {"a": Value(1.0)}, r"got a dict with the keys 'a'; pass parameters.values\(\)$"),
    "named parameters": (lambda: _model().named_parameters(), r"with the keys 'w\^1_11', .*pass parameters.values\(\)$"),
    "gradients by name": (lambda: _model().gradient(), r"a dict with the keys.*pass model.parameters\(\)"),
    "a dict of rows": (lambda: {"w": [Value(1.0)]}, r"keys 'w'; pass \[p for row in rows.values\(\) for p in row\]$"),
    "pairs": (lambda: _model().named_parameters().items(), r"pass \[p for name, p in pairs\]$"),
    "groups": (lambda: [{"params": [Value(1.0)]}], "an optimiser for each group"),
    "a model": (_model, r"got the model MLP of \[Layer of \[LinearNeuron\(2\)\]\]; pass model.parameters\(\)$"),
    "a layer": (lambda: _model().layers[0], r"got the model Layer of \[LinearNeuron\(2\)\]; pass model.parameters\(\)$"),
    "layers": (
        lambda: _model().layers,
        r"got Layer of.* among them; pass \[p for layer in layers for p in layer.parameters\(\)\]$",
    ),
    "rows": (lambda: _model().layers[0].W, r"got list \[Value.* among them; pass \[p for row in rows for p in row\]$"),
    "a method": (lambda: _model().parameters, r"got the method parameters without a call; pass model.parameters\(\)$"),
    "numbers": (lambda: [1.0, 2.0], r"got float 1.0 among them.*\[Value\(x\) for x in xs\]$"),
    "text": (lambda: "w", "got str 'w'; pass model.parameters"),
    "nothing": (lambda: None, "got NoneType None; pass model.parameters"),
    "one": (lambda: Value(1.0), r"got Value\(data=1.0\) alone; write \[value\]$"),
}


@pytest.mark.parametrize(("given", "said"), _PARAMETERS.values(), ids=_PARAMETERS)
def test_what_is_no_list_of_parameters_is_refused_everywhere(given: Callable[[], Any], said: str) -> None:
    takers: dict[str, Callable[[Any], Any]] = {
        "SGD": SGD, "Adam": Adam, "l1": l1, "l2": l2, "clip_gradients": lambda ps: clip_gradients(ps, 1.0),
    }  # fmt: skip
    for name, take in takers.items():
        with pytest.raises(OperandError, match=f"^{name}: parameters are a list of Values, .*{said}"):
            take(given())


def test_names_are_asked_for_where_parameters_are_frozen() -> None:
    model = _model()
    with pytest.raises(OperandError, match=r"by their names, got Value.*write 'w\^1_11', or p.frozen = True"):
        model.freeze(model.parameters())  # type: ignore[arg-type]


_CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "one number": (
        lambda: cosine()(3),  # type: ignore[call-arg]
        r"^cosine\(...\)\(3\): a schedule takes two numbers.*write schedule\(3, 100\)$",
    ),
    "no number": (lambda: step_decay(10)(), r"^step_decay\(...\)\(\):.*write schedule\(0, 100\)$"),  # type: ignore[call-arg]
    "text": (lambda: constant()("3", 10), "a schedule takes two numbers"),  # type: ignore[arg-type]
    "the schedule not made": (
        lambda: cosine(3, 10),  # type: ignore[call-arg]
        r"^cosine\(3, 10\): this makes a schedule.*schedule = cosine\(...\), then schedule\(3, 10\)$",
    ),
    "the same with one number": (lambda: cosine(3), r"cosine\(last=3\).*cosine\(\)\(step, steps\)"),
    "a schedule not made, inside another": (
        lambda: warm_up(3, cosine),  # type: ignore[arg-type]
        r"warm_up\(then=<.*called to make.*nn.cosine\(\.\.\.\)",
    ),
    "a number as a schedule": (lambda: warm_up(3, 0.1), r"then=0.1.*a function \(step, steps\)"),  # type: ignore[arg-type]
    "a schedule as a number": (lambda: warm_up(cosine(), 3), "over=.*a whole number"),  # type: ignore[arg-type]
    "a factor as text": (lambda: step_decay(3, "0.1"), r"factor='0.1'.*a number above 0"),  # type: ignore[arg-type]
    "an unknown keyword": (lambda: cosine(final=0.1), r"cosine\(\) takes no final="),  # type: ignore[call-arg]
}


@pytest.mark.parametrize(("call", "hint"), _CALLS.values(), ids=_CALLS)
def test_schedules_say_how_they_are_called(call: Callable[[], Any], hint: str) -> None:
    with pytest.raises((OperandError, ArgumentError), match=hint):
        call()
    assert cosine()(step=3, steps=10) == cosine()(3, 10)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: SGD([Value(1.0)], 0.0), "rate is 0.0.*above 0"),
        (lambda: SGD([Value(1.0)], momentum=1.0), "momentum is 1.0.*below 1"),
        (lambda: SGD([Value(1.0)], nesterov=True), "momentum=0.9"),
        (lambda: RMSprop([Value(1.0)], decay=-0.1), "decay"),
        (lambda: Adam([Value(1.0)], beta1=1.5), "beta1"),
        (lambda: Adam([Value(1.0)], eps=-1.0), "eps"),
        (lambda: AdamW([Value(1.0)], decay=math.nan), "decay"),
        (lambda: Adam([]), "no parameters"),
        (lambda: step_decay(0), "every=0"),
        (lambda: cosine(2.0), "last=2.0"),
        (lambda: warm_up(0), "over=0"),
    ],
)
def test_settings_out_of_range(make: Callable[[], Any], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        make()
