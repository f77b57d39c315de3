"""Names of other libraries: every miss says what to write, and what it says can be written.

The names are those that people who come from micrograd, PyTorch, JAX, HIPS autograd, Keras, optax and tinygrad guess.
"""

import copy
import importlib
import importlib.util
import inspect
import pickle
import pydoc
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd
import nn
import viz
from autograd import ForeignImportError, ForeignNameError, OperandError, Value, foreign
from autograd.errors import did_you_mean
from autograd.operators import Tracer
from autograd.synonyms import SYNONYMS
from nn import MLP, SGD, Adam, AdamW, Layer, Neuron, RMSprop
from nn.foreign import MODULE, NN, OPTIMISER
from nn.layers import activation_function
from nn.module import Module
from nn.optimisers import Optimiser
from viz.foreign import DEBUGGER, PLOTS, VIZ

# Guessed by people; per package. Each is missing here, and has to be taught.
GUESSED = {
    "autograd": """
        Variable tensor Tensor engine numpy scipy gradcheck elementwise_grad make_vjp make_jvp make_hvp deriv check_grads
        primitive defvjp Function jacfwd jacrev vmap jit stop_gradient custom_vjp lax enable_grad inference_mode manual_seed
        detect_anomaly optim nn functional backward diff clip max min gammaln psi expit log_softmax draw_dot checkpoint
        test_util fsum matmul zeros hessian_vector_product linspace make_jaxpr Scalar
    """,
    "nn": """
        Linear Dense Sequential ReLU Tanh Sigmoid Softmax GELU MSELoss BCELoss BCEWithLogitsLoss CrossEntropyLoss NLLLoss L1Loss
        Parameter Dropout BatchNorm1d Conv2d LSTM Embedding functional optim init utils clip_grad_norm_ lr_scheduler StepLR
        DataLoader Optimizer Adagrad mse_loss relu save load fit modules linen adam Value engine ModuleList
    """,
    "viz.plots": "loss history plot gradient grad_flow histogram network curve",
    "viz.debugger": "run set_trace pdb post_mortem Debugger explain gradcheck",
    "viz": """
        run set_trace diagnose watching graph dot view
        render draw_dot make_dot show render plot visualize display trace to_svg savefig
        export tree explain animate
    """,
}
VALUE_GUESSES = """
    item value val numpy tolist backwards backprop gradient requires_grad is_leaf grad_fn children prev zero_ detach_ clone
    shape dtype device cpu cuda T sum mean max min dot reshape clip sub mul div add name swish draw show retain_grad
    softmax argmax cumsum rsqrt neg norm
"""
MODEL_GUESSES = "forward state_dict load_state_dict save load eval to cuda fit predict params weight bias requires_grad_ apply"


@pytest.mark.parametrize(("package", "name"), [(package, name) for package, names in GUESSED.items() for name in names.split()])
def test_a_name_of_a_package(package: str, name: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(ForeignNameError, match=f"^{package} has no {name!r}: "):
        getattr(module, name)
    assert not hasattr(module, name)
    assert name not in dir(module)
    with pytest.raises(ForeignImportError, match=f"^{package} has no {name!r}: ") as caught:
        exec(f"from {package} import {name}")
    assert isinstance(caught.value, ImportError)
    with pytest.raises(ForeignImportError):
        exec(f"import {package}.{name}.more as m")


def test_a_misspelt_name_of_a_package_in_a_package() -> None:
    """The import of what is not there is asked of the package it was to be in, not of the one around that."""
    with pytest.raises(ForeignNameError, match=r"^viz.debugger has no 'diagnoze'. Did you mean 'diagnose'\?$"):
        getattr(viz.debugger, "diagnoze")  # noqa: B009 - mypy knows better
    with pytest.raises(ForeignImportError, match=r"^viz.debugger has no 'diagnoze'. Did you mean 'diagnose'\?$"):
        exec("import viz.debugger.diagnoze")
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'viz.debugger.zzzz'$"):
        exec("import viz.debugger.zzzz")


@pytest.mark.parametrize("name", VALUE_GUESSES.split())
def test_a_name_of_a_value(name: str) -> None:
    x = Value(2.0)
    with pytest.raises(ForeignNameError, match=f"^a Value has no {name!r}: ") as caught:
        getattr(x, name)
    assert isinstance(caught.value, AttributeError)
    assert caught.value.name == name
    assert getattr(x, name, 7) == 7
    assert not hasattr(x, name)
    assert not hasattr(Value, name)
    assert name not in dir(x)


@pytest.mark.parametrize("name", MODEL_GUESSES.split())
@pytest.mark.parametrize("model", [MLP(1, [1]), Layer(1, 1), Neuron(1)], ids=["mlp", "layer", "neuron"])
def test_a_name_of_a_model(model: Module, name: str) -> None:
    with pytest.raises(ForeignNameError, match=f"a Module has no {name!r}: "):
        getattr(model, name)
    assert name not in dir(model)


@pytest.mark.parametrize("name", ["lr", "param_groups", "state_dict", "load_state_dict", "minimize"])
def test_a_name_of_an_optimiser(name: str) -> None:
    with pytest.raises(ForeignNameError, match=f"an optimiser has no {name!r}: "):
        getattr(SGD([Value(1.0)]), name)


# --- what is said is true ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "owner"),
    [
        (foreign.AUTOGRAD, autograd),
        (foreign.VALUE, Value),
        (NN, nn),
        (MODULE, MLP),
        (OPTIMISER, SGD),
        (VIZ, viz),
        (DEBUGGER, viz.debugger),
        (PLOTS, viz.plots),
    ],
    ids=["autograd", "Value", "nn", "Module", "Optimiser", "viz", "viz.debugger", "viz.plots"],
)
def test_no_table_hides_what_is_there(names: dict[str, str], owner: Any) -> None:
    """A name that was added here since is to be taken from the table."""
    assert not {name for name in names if hasattr(owner, name)}


def test_synonyms_lead_to_names_that_exist() -> None:
    from nn.costs import COSTS
    from nn.initial import INITIALISATIONS
    from nn.optimisers import OPTIMISERS
    from nn.settings import Settings

    keywords = {p for f in (SGD, Adam, AdamW, RMSprop, MLP, Layer, Neuron, Value, nn.clip_gradients, autograd.check_gradients,
                            autograd.grad, autograd.gradients) for p in inspect.signature(f).parameters}  # fmt: skip
    known = {"linear", "softmax", "seed"} | set(autograd.TABLE) | set(INITIALISATIONS) | set(COSTS) | set(OPTIMISERS) | keywords
    known |= set(Settings.__dataclass_fields__)
    for theirs, ours in SYNONYMS.items():
        assert set(ours) <= known, theirs


ADVICE: dict[str, Callable[[Any], Any]] = {
    "v.item()": lambda v: v.data,
    "v.is_leaf": lambda v: not v.parents,
    "v.zero_()": lambda v: v.zero_grad(),
    "v.clip(0, 1)": lambda v: v.clamp(0, 1),
    "v.swish()": lambda v: v.silu(),
    "v.clone()": copy.copy,
    "log_softmax": lambda v: [x - autograd.logsumexp([v, 1.0]) for x in (v, 1.0)],
    "logit": lambda v: autograd.log(v) - autograd.log1p(-v),
    "mish": lambda v: v * autograd.tanh(autograd.softplus(v)),
    "relu6": lambda v: autograd.clamp(v, 0, 6),
    "elementwise_grad": lambda _: [autograd.derivative(autograd.sin)(x) for x in (1.0, 2.0)],
    "make_vjp": lambda _: autograd.vjp(autograd.sin, 1.0),
    "make_jvp": lambda _: autograd.jvp(autograd.sin, (1.0,), (1.0,)),
    "make_hvp": lambda _: autograd.hvp(autograd.sin, (1.0,), (1.0,)),
    "gradcheck": lambda _: autograd.check_gradients(autograd.sin, 0.5),
    "Linear": lambda _: Layer(2, 3, activation="linear"),
    "Sequential": lambda _: MLP(2, [16, 1], activation="tanh"),
    "clip_grad_norm_": lambda _: nn.clip_gradients(MLP(2, [1]).parameters(), 1.0),
    "state_dict": lambda _: {name: p.data for name, p in MLP(2, [1]).named_parameters().items()},
    "MSELoss": lambda v: nn.mean_squared_error([v], [1.0]),
    "CrossEntropyLoss": lambda v: nn.cross_entropy([v, 1.0], 0),
    "BCELoss": lambda v: nn.binary_cross_entropy([v], [1]),
    "draw_dot": viz.draw,
    "show": viz.page,
    "StepLR": lambda _: nn.step_decay(10),
    "OneCycleLR": lambda _: nn.warm_up(100, nn.cosine()),
    "Optimizer": lambda _: Optimiser,
}


@pytest.mark.parametrize("miss", ADVICE)
def test_what_is_advised_runs(miss: str) -> None:
    ADVICE[miss](Value(0.5))


def test_a_model_is_saved_as_advised(tmp_path: Any) -> None:
    from nn.checkpoint import Checkpoint, load, save

    model = MLP(2, [2, 1])
    save(tmp_path / "model.safetensors", Checkpoint(model))
    assert [p.data for p in load(tmp_path / "model.safetensors").model.parameters()] == [p.data for p in model.parameters()]


# --- keywords and arguments ----------------------------------------------------------------------------------------------

PARAMETERS = [Value(1.0)]  # Value itself and backward() are left out: to look at keywords costs the calls that have none
CALLS = {
    "SGD(PARAMETERS, lr=0.1)": r"SGD\(\) takes no lr=. Did you mean 'rate'\?",
    "Adam(PARAMETERS, lr=0.1)": "Did you mean 'rate'",
    "Adam(PARAMETERS, betas=(0.9, 0.99))": "Did you mean 'beta1' or 'beta2'",
    "AdamW(PARAMETERS, weight_decay=0.1)": r"AdamW\(\) .* Did you mean 'decay'",
    "SGD(PARAMETERS, weight_decay=0.1)": "AdamW.parameters, decay",
    "RMSprop(PARAMETERS, alpha=0.9)": "Did you mean 'decay'",
    "SGD(params=PARAMETERS)": "Did you mean 'parameters'",
    "SGD(PARAMETERS, momentun=0.9)": "Did you mean 'momentum'",
    'MLP(2, [3, 1], act="tanh")': "Did you mean 'activation'",
    "MLP(2, [3, 1], nonlin=False)": "Did you mean 'activation'",
    "MLP(2, hidden_sizes=[3])": "Did you mean 'nouts'",
    "MLP(2, 3)": r"write MLP\(2, \[3\]\)",
    "MLP(2, 3, 1)": r"write MLP\(2, \[3, 1\]\)",
    "MLP([2, 3, 1])": r"write MLP\(2, \[3, 1\]\)",
    "MLP((2, 3))": r"write MLP\(2, \[3\]\)",
    'MLP(2, [3, 1], "tanh")': r"write MLP\(2, \[3, 1\]\)",
    "Layer(2, 3, bias=False)": "Every neuron has a bias",
    "autograd.grad(abs, argnum=0)": "Did you mean 'argnums'",
    "autograd.grad(abs, has_aux=True)": "in a list outside",
    "autograd.check_gradients(abs, 1.0, tol=1.0)": "Did you mean 'rtol' or 'atol'",
    'nn.cross_entropy([1.0, 2.0], 0, reduction="sum")': "means over the batch",
    "SGD(PARAMETERS, zzz=1)": "It takes parameters, rate, momentum, nesterov",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_with_other_libraries_arguments(call: str) -> None:
    with pytest.raises(OperandError, match=CALLS[call]) as caught:
        eval(call)
    # One traceback is enough: Python's own message says nothing more.
    assert caught.value.__suppress_context__ or not caught.value.__context__


def test_a_type_error_of_another_kind_stays_what_it_is() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        SGD()  # type: ignore[call-arg]
    with pytest.raises(OperandError, match="parameters are a list of Values"):
        SGD([1.0])  # type: ignore[list-item]
    assert AdamW(PARAMETERS, beta1=0.8).beta1 == 0.8


@pytest.mark.parametrize(
    ("name", "ours"),
    [("swish", "silu"), ("ReLU", "relu"), ("LeakyReLU", "leaky_relu"), ("none", "linear")],
)
def test_activations_by_other_names(name: str, ours: str) -> None:
    with pytest.raises(autograd.ArgumentError, match=f"Did you mean .*{ours!r}"):
        activation_function(name)


def test_settings_costs_and_initialisations_by_other_names() -> None:
    data = nn.data.xor(40)
    for settings, said in (({"lr": 0.1}, "'rate'"), ({"batch_size": 3}, "'batch'"), ({"cost": "mse"}, "'mean_squared_error'"),
                           ({"optimizer": "adam"}, "'optimiser'"), ({"optimiser": "Adam"}, "'adam'")):  # fmt: skip
        with pytest.raises(autograd.ArgumentError, match=f"Did you mean {said}"):
            nn.train.fit(MLP(2, [2]), data, progress=False, **settings)
    with pytest.raises(autograd.ArgumentError, match="'he_normal'"):
        MLP(2, [1], init="kaiming_normal")


# --- what is not in the way ----------------------------------------------------------------------------------------------


def test_attributes_of_ones_own_come_first() -> None:
    x = Value(1.0)
    x.name = "mine"  # type: ignore[attr-defined]
    assert x.name == "mine"  # type: ignore[attr-defined]
    assert "name" in dir(x)

    class Net(MLP):
        def forward(self, x: Any) -> Any:
            return self(x)

    net = Net(1, [1])
    net.training = True  # type: ignore[attr-defined]
    assert net.forward([1.0]).data == net([1.0]).data
    assert {"forward", "training"} <= set(dir(net))
    assert copy.deepcopy(net).training is True  # type: ignore[attr-defined]


def test_values_are_copied_pickled_and_printed_as_before() -> None:
    x = Value(2.0, label="x")
    y = copy.deepcopy(x * x)
    assert pickle.loads(pickle.dumps(y)).data == 4.0
    assert "write v.data" not in pydoc.plain(pydoc.render_doc(Value))
    assert not any(isinstance(thing, foreign.Missing) for thing in vars(x).values())
    with pytest.raises(AttributeError, match="'Value' object has no attribute 'grd'"):
        x.grd  # type: ignore[attr-defined]


def test_unknown_names_are_pythons_own_matter() -> None:
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'xyzzy'") as caught:
        getattr(autograd, "xyzzy")  # noqa: B009 - type checkers know that it is not there
    assert type(caught.value) is AttributeError
    with pytest.raises(ImportError, match="cannot import name 'xyzzy'"):
        exec("from autograd import xyzzy")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'autograd\.xyzzy'"):
        importlib.import_module("autograd.xyzzy")
    assert importlib.util.find_spec("nn.xyzzy") is None
    assert importlib.util.find_spec("viz.style") is not None
    with pytest.raises(ForeignImportError, match=r"viz\.draw is no module: write `from viz import draw`"):
        importlib.import_module("viz.draw")
    assert not hasattr(autograd, "__wrapped__")


def test_misspelt_names_of_packages() -> None:
    with pytest.raises(ForeignNameError, match="Did you mean 'hessian'"):
        getattr(autograd, "hesian")  # noqa: B009
    with pytest.raises(ForeignImportError, match=r"Did you mean .*'AdamW'"):
        exec("from nn import Adamw")
    assert did_you_mean("qqqqq", ["tanh"]) == ""


def test_modules_are_there_when_asked_for() -> None:
    code = (
        "import nn, viz; print(nn.train.fit.__name__, nn.checkpoint.save.__name__, nn.data.xor.__name__, viz.debugger.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "fit save xor viz.debugger\n"


def test_the_traceback_ends_with_our_sentence_alone() -> None:
    """Python appends a guess of its own to an AttributeError that knows its object; ours says what to write."""
    done = subprocess.run(
        [sys.executable, "-c", "import autograd; autograd.Value(1.0).backwards()"], capture_output=True, text=True
    )
    last = done.stderr.splitlines()[-1]
    assert last == "autograd.errors.ForeignNameError: a Value has no 'backwards': write y.backward()"


def test_a_class_without_a_getattr_keeps_attributes_quick() -> None:
    """The reason why the misses are descriptors: no class of the engine has a __getattr__."""
    for kind in (*Value.__mro__, *MLP.__mro__, *Tracer.__mro__):
        assert "__getattr__" not in vars(kind)


def test_a_name_that_a_room_does_not_have_is_no_missing_room() -> None:
    with pytest.raises(ImportError, match=r"cannot import name 'gradients_checked' from 'autograd\.checking'"):
        exec("from autograd.checking import gradients_checked")
