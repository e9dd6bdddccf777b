"""The set-up program. Standard library and Python 3.9 only; `ensure_...` steps, safe to run
again, that return whether they changed something."""
