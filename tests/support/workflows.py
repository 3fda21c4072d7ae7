"""Workflows for GitHub Actions, as far as a shell can do what GitHub does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Mapping

WORKFLOW = Path(__file__).parents[2] / "config-examples" / "matrix-workflow.yml"


def steps_of(workflow: Any, job: str) -> list[dict[str, Any]]:
    """The steps of a job.

    Args:
        workflow: As read from YAML.
        job: Its key.
    """
    steps: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return steps


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Replace the expressions that name a value of the matrix.

    Args:
        text: With ``${{ matrix.NAME }}``.
        values: The values of one job.
    """
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: values[found[1]], text)


def variables_of(step: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that a step sets.

    Args:
        step: The step.
        values: The values of its job.
    """
    return {name: with_values(text, values) for name, text in step.get("env", {}).items()}


def shell_words(step: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """The words of the one command of a step, as a shell passes them on.

    Args:
        step: The step.
        values: The values of its job.
    """
    variables = variables_of(step, values)
    command = with_values(step["run"], values).replace("\\\n", " ")
    return [
        re.sub(r"\$(\w+)", lambda found: variables[found[1]], word) for word in shlex.split(command)
    ]
