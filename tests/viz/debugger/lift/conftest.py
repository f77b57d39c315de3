"""Tests of a framework are collected where it is installed: `make test-frameworks` installs it, and asks for their marker."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_pytorch*.py"]
