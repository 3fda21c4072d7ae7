"""The workflows of config-examples and of docs, read as GitHub reads them, with a real plan."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pip_build_override.cli.main import _parser_of
from pip_build_override.matrix.cells import Cell
from pip_build_override.matrix.listing import github
from pip_build_override.matrix.plan import Plan

from ..support.workflows import WORKFLOW, shell_words, steps_of, with_values
from .matrices import interpreters

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs" / "matrix.md").read_text(encoding="utf-8"), re.DOTALL
)
CELL = Cell("3.11", (("numpy", "1.26.4"),), (("numpy", "2.0.2"),), name="py311-numpy1.26")
PLAN = Plan("p", tuple(interpreters("3.11")), (CELL,))
# Those of the project's own workflows, which name them by digest and so cannot be read by everybody.
ACTIONS = {
    f"{name}@{major}"
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
    for name, major in re.findall(r"uses: (\S+)@\S+  # (v\d+)\.", path.read_text(encoding="utf-8"))
}


@pytest.fixture(params=["example", "docs"])
def workflow(request: pytest.FixtureRequest) -> Any:
    if request.param == "example":
        return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    (block,) = BLOCKS
    return yaml.safe_load(block)


def test_the_cells_become_jobs(workflow: Any) -> None:
    plan, test = workflow["jobs"]["plan"], workflow["jobs"]["test"]
    assert test["needs"] == "plan"
    assert test["strategy"]["matrix"] == "${{ fromJSON(needs.plan.outputs.matrix) }}"
    assert plan["outputs"] == {"matrix": "${{ steps.plan.outputs.matrix }}"}
    assert [step["id"] for step in plan["steps"] if "id" in step] == ["plan"]
    # What GitHub makes of the line: one job for each entry of include.
    (values,) = json.loads(github(PLAN))["include"]
    assert with_values(test["name"], values) == CELL.name
    assert set(re.findall(r"matrix\.(\w+)", json.dumps(test))) == set(values)


def test_each_cell_is_one_command(workflow: Any) -> None:
    (values,) = json.loads(github(PLAN))["include"]
    (step,) = (each for each in steps_of(workflow, "test") if "override matrix" in each.get("run", ""))
    words = shell_words(step, values)
    assert words[:2] == ["pip-build-override", "matrix"]
    before = words[2 : words.index("--")]
    args = _parser_of("matrix").parse_args(before)
    assert (args.vary, args.build, args.python) == (["numpy=1.26.4"], "2.0.2", "3.11")
    assert words[words.index("--") + 1 :] == ["pytest"]


def test_the_steps(workflow: Any) -> None:
    steps = [*steps_of(workflow, "plan"), *steps_of(workflow, "test")]
    used = {step["uses"] for step in steps if "uses" in step}
    assert used <= ACTIONS
    for step in steps:
        # An assignment on a line of its own is the only one whose status counts.
        assert not re.search(r'echo ".*\$\(', step.get("run", ""))
    setup = next(step for step in steps if "setup-python" in step.get("uses", ""))
    assert setup["with"] == {"python-version": "${{ matrix.python }}"}
