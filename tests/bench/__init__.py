"""Benchmarks: `python -m tests.bench` prints a table and writes bench.json. Never run as tests:
their figures depend on the machine and on who else uses it."""
