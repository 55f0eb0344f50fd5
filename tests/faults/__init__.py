"""Tidegate under load while its processes are killed: `python -m tests.faults --help`."""
