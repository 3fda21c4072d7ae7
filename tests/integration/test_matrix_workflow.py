"""The shell lines of the example workflow, run as the jobs of a runner would run them."""

from __future__ import annotations

import json
import os
import shlex

import pytest
import yaml

from ..support.environments import Target, tool
from ..support.virtualenvs import VIRTUALENV
from ..support.workflows import WORKFLOW, steps_of, variables_of, with_values
from .test_nox import MINOR, PROJECT

pytestmark = pytest.mark.seam("none")
# As GitHub starts it for a step without a shell of its own.
SHELL = ("bash", "-e", "-c")

if os.name == "posix":  # as the runners of the example are

    def test_the_jobs(target: Target) -> None:
        # The index of the tests has no numpy.
        workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8").replace("numpy", "ingredient"))
        target.write(PROJECT.replace('">=3.8"', f'"=={MINOR}.*"'), "pyproject.toml")
        output = target.write("", "output")
        commands = target.room / "commands"
        commands.mkdir()
        command = commands / "pip-build-override"
        command.write_text(
            f'#!/bin/sh\nexec {" ".join(map(shlex.quote, tool()))} "$@"\n', encoding="utf-8"
        )
        command.chmod(0o755)
        settings = {
            "PATH": os.pathsep.join([str(commands), os.environ["PATH"]]),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(target.room / "summary.md"),
            **VIRTUALENV,
        }

        (plan,) = (step for step in steps_of(workflow, "plan") if step.get("id") == "plan")
        target.execute(*SHELL, plan["run"], settings=settings).succeeded()
        key, _, line = output.read_text(encoding="utf-8").strip().partition("=")
        assert key == "matrix"
        jobs = json.loads(line)["include"]
        assert [job["ingredient"] for job in jobs] == ["3.0"]

        # A job ends if there is no plan.
        nothing = plan["run"].replace("oldest,minors,latest", "9.*")
        assert target.execute(*SHELL, nothing, settings=settings).status == 2

        (step,) = (
            each for each in steps_of(workflow, "test") if "override matrix" in each.get("run", "")
        )
        tests = "python -c 'import p; print(p.STAMP)'"
        run = with_values(step["run"], jobs[0]).replace("-- pytest", f"-- {tests}")
        settings.update(variables_of(step, jobs[0]))
        target.execute(*SHELL, run, settings=settings).succeeded()
        assert "ingredient 3.0" in (target.room / "summary.md").read_text(encoding="utf-8")
        assert (target.room / "junit.xml").exists()
