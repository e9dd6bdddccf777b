"""Benchmarks: `python -m tests.bench` prints a table and writes bench.json.

They are no tests, since their figures depend on the computer and on other programs on it.
"""
