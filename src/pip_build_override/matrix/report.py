"""The report of a matrix, for programs: a JSON document, with a schema in ``schemas``."""

from __future__ import annotations

from typing import Mapping, Sequence

from ..files import Json
from .cells import Cell
from .floors import Floor
from .plan import Plan
from .results import Result

FORMAT = 1
"""Increase this if a field is removed or changes its meaning."""

KIND = "pip-build-override matrix"
"""What the document is, so that no other file is overwritten by one."""


def report(plan: Plan, results: Mapping[str, Result], floors: Sequence[Floor]) -> Json:
    """Return the report.

    Args:
        plan: The plan.
        results: What came of each cell, by its name.
        floors: What is known of the oldest versions.
    """
    return {
        "format": FORMAT,
        "kind": KIND,
        "project": plan.project,
        "day": None if plan.day is None else plan.day.isoformat(),
        "command": list(plan.command),
        "cells": [_cell(cell, results[cell.name]) for cell in plan.cells],
        "floors": [floor.to_json() for floor in floors],
    }


def is_report(document: object) -> bool:
    """Return whether a JSON document is a report."""
    return isinstance(document, dict) and document.get("kind") == KIND


def _cell(cell: Cell, result: Result) -> Json:
    found = result.to_json()
    del found["format"], found["cell"]
    return {
        "name": cell.name,
        "python": cell.python,
        "runs": dict(cell.runs),
        "built": dict(cell.built),
        **found,
    }
