"""The one part of the build that pyproject.toml cannot say: the nodes in C, where there is a compiler.

The extension is optional: if it cannot be built, or is not wanted, the nodes in Python (autograd/pure.py) are used, which
compute the same. STEPGRAD_PURE=1 leaves it out.
"""

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
core = Extension(
    "autograd._core",
    ["autograd/c/core.c"],
    depends=[f"autograd/c/{name}.h" for name in ("node", "look", "operators", "rules", "sums", "sweep")],
    extra_compile_args=MICROSOFT if platform.system() == "Windows" else GNU,
    optional=True,
    py_limited_api=True,
)
setup(ext_modules=[core] if wanted else [], options={"bdist_wheel": {"py_limited_api": "cp311"}} if wanted else {})
