"""The one part of the build that pyproject.toml cannot say: what is in C, where there is a compiler.

The extensions are optional: if they cannot be built, or are not wanted, the nodes in Python (autograd/pure.py) and replay in
Python are used, which compute the same. STEPGRAD_PURE=1 leaves them out.
"""

import glob
import os
import platform
import sysconfig

from setuptools import Extension, setup

GNU = ["-O2", "-fno-math-errno", "-ffp-contract=off"]  # never -ffast-math, never -march: the bits are those of Python's floats
MICROSOFT = ["/O2", "/fp:precise"]

wanted = (
    not os.environ.get("STEPGRAD_PURE")
    and platform.python_implementation() == "CPython"
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
)


def extension(name: str, folder: str) -> Extension:
    """One module in C, from the sources in a folder; it is made again when one of the headers has changed."""
    return Extension(
        name,
        sorted(glob.glob(f"{folder}/*.c")),
        depends=sorted({*glob.glob("autograd/c/*.h"), *glob.glob(f"{folder}/*.h")}),
        extra_compile_args=MICROSOFT if platform.system() == "Windows" else GNU,
        optional=True,
        py_limited_api=True,
    )


extensions = [
    extension("autograd._core", "autograd/c"),
    extension("autograd.replay.native._tape", "autograd/replay/native/c"),
]
setup(ext_modules=extensions if wanted else [], options={"bdist_wheel": {"py_limited_api": "cp311"}} if wanted else {})
