"""Tests of a framework are collected where it is installed: `make test-frameworks` installs it, and asks for their marker."""

import importlib.util

FILES = {"torch": "test_pytorch*.py", "jax": "test_jax*.py"}
collect_ignore_glob = [files for framework, files in FILES.items() if not importlib.util.find_spec(framework)]
