"""Short programs to run and read: `python -m examples.digits`. The tests run every one of them."""
