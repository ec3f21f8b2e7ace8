"""The demo's history: `python -m stack.seed`, or `seed()`."""

from stack.seed.history import seed

__all__ = ["seed"]
