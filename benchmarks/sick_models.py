"""Sick models of PyTorch or JAX, looked at by stepgrad and by other tools: the tables of docs/pytorch.md and docs/jax.md.

python benchmarks/sick_models.py                prints that of PyTorch; it needs torchlens
python benchmarks/sick_models.py jax            prints that of JAX; it needs equinox
python benchmarks/sick_models.py jax --write    puts it into the page
"""

import importlib
import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "viz" / "debugger" / "lift")]
BEGIN, END = "<!-- sick models -->\n", "<!-- end of sick models -->\n"


def table(models: Any) -> str:
    """The rows, and what they come to.

    Args:
        models: the module sick_torch or sick_jax.
    """
    rows = models.rows()
    total = [sum(seen[k][1] for _, seen in rows) for k in range(len(models.LOOKS))]
    lines = [
        f"| fault | {' | '.join(models.LOOKS)} |",
        "|---|" + "---|" * len(models.LOOKS),
        *(
            f"| {described} | "
            + " | ".join(f"{kind or 'nothing'}{', the line' if right else ''}" for kind, right in seen)
            + " |"
            for described, seen in rows
        ),
        "| **the guilty line is named in** | " + " | ".join(f"**{n} of {len(rows)}**" for n in total) + " |",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    framework = "jax" if "jax" in sys.argv else "torch"
    text = table(importlib.import_module(f"sick_{framework}"))
    if "--write" in sys.argv:
        file = ROOT / "docs" / ("jax.md" if framework == "jax" else "pytorch.md")
        page = file.read_text(encoding="utf-8")
        before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
        file.write_text(page[:before] + text + page[after:], encoding="utf-8")
    print(text)
