"""How long a test waits for what comes at once: it says that something hangs, and never that a machine is slow or busy."""

PATIENCE = 90.0  # seconds; what is waited for takes less than one on a quiet machine
