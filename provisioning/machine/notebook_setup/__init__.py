"""The set-up program: idempotent `ensure_...` steps that return whether they changed anything.

Python 3.9 and its standard library only.
"""
