"""The peers: how each is called, in which environment it lives, and the package whose version counts."""

import os
import pathlib
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENVIRONMENTS = {"peers": ROOT / ".venv-bench", "hips": ROOT / ".venv-bench-hips"}  # `make bench-peers` makes them


@dataclass(frozen=True)
class Peer:
    """An engine in a process of its own.

    Attributes:
        name: how the command line calls it.
        title: how the table calls it.
        engine: the module in engines/.
        home: the environment it lives in; '' for the one that this program runs in.
        package: the distribution whose version is reported; '' for none.
        core: the nodes that stepgrad is asked for; '' for another engine.
    """

    name: str
    title: str
    engine: str
    home: str = ""
    package: str = ""
    core: str = ""

    def python(self) -> str:
        """Its interpreter: that of its environment, or, where there is none, the one that runs this."""
        if self.home:
            folder = ENVIRONMENTS[self.home]
            for path in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
                if path.exists():
                    return str(path)
        return sys.executable

    def environment(self) -> dict[str, str]:
        """The environment of its process: one thread, its path, and for stepgrad the nodes that are asked for.

        Only stepgrad sees the checkout: HIPS autograd has the name of our engine. The worker keeps to one core, which holds
        JAX to one thread, too.
        """
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        folders = [str(ROOT / "benchmarks"), *([str(ROOT)] if self.core else [])]
        kept = {name: text for name, text in os.environ.items() if name not in ("AUTOGRAD_CORE", "PYTHONPATH")}
        core = {"AUTOGRAD_CORE": self.core} if self.core else {}
        return kept | threads | core | {"PYTHONPATH": os.pathsep.join(folders)}


PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("compiled", "stepgrad, compiled", "ours", core="compiled"),
        Peer("pure", "stepgrad, pure", "ours", core="pure"),
        Peer("floats", "plain floats", "floats"),
        Peer("xad", "XAD", "xad", "peers", "xad"),
        Peer("casadi", "CasADi SX", "casadi", "peers", "casadi"),
        Peer("torch", "PyTorch", "torch", "peers", "torch"),
        Peer("jax", "JAX", "jax", "peers", "jax"),
        Peer("hips", "HIPS autograd", "hips", "hips", "autograd"),
        Peer("micrograd", "micrograd", "micrograd", "peers", "micrograd"),
        Peer("microgpt", "microgpt's engine", "microgpt"),
        Peer("tuples", "tuple engine", "tuples"),
        Peer("numpy", "NumPy by hand", "numpy", "peers", "numpy"),
    )
}
