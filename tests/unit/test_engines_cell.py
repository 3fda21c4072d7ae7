"""The run of one cell: what its result says, whatever the engine is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.engines.cell import CellRun
from pip_build_override.matrix.results import PASSED

from .matrices import cell


@pytest.mark.parametrize(
    ("asked", "reused"),
    [
        ([("w", True)], True),
        ([("w", False)], False),
        # The environment is made again, and then the wheel is there.
        ([("w", False), ("w", True)], False),
        ([("w", False), ("w", True), ("w", True)], False),
        ([("v", False), ("w", True)], True),
    ],
)
def test_a_wheel_of_this_run_is_not_one_of_an_earlier_run(
    asked: list[tuple[str, bool]], reused: bool, tmp_path: Path
) -> None:
    run = CellRun(str(tmp_path), cell("3.9", "1.0"))
    run.begin()
    for path, there in asked:
        run.has_wheel(path, {"numpy": "2.0.2"}, reused=there)
    result = run.ends(PASSED)
    assert result.reused is reused
    assert result.wheel == asked[-1][0]
