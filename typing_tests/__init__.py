"""What type checkers make of the public names: each `assert_type` is held by mypy, by pyright, and by running it.

mypy (`make types`) and pyright (tests/test_types.py) read these files; the same test runs them and compares each value with
the type that is claimed for it, so that no annotation can please the checkers and be wrong. A line that ends in an ignored
error is a mistake that a checker has to find: an ignore that finds nothing is an error itself.
"""
