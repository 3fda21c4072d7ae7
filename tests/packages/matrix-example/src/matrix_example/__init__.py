"""Sums over a window that moves along an array."""

from ._rolling import BUILT_WITH, rolling_sum

__all__ = ["BUILT_WITH", "rolling_sum"]
