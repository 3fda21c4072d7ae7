"""The recipes for CI and images, and the action, typed into a shell that has their variables."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pip_build_override import __version__

from ..support.environments import SWITCH, Target
from ..support.recipes import (
    Shell,
    action,
    blocks,
    evaluated,
    is_for_everybody,
    own_wheels,
    set_by,
)

pytestmark = pytest.mark.seam("none")

OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
WANTED = {"ingredient": "1.0"}
# What is typed instead, and why.
REPLACED = {
    # There is no index.
    "--no-binary makefun makefun==1.15.1": "declares",
    # The test may not write there.
    "/etc/": '"$HOME"/',
    "/venv": '"$HOME"/venv',
}


def shell(target: Target) -> Shell:
    return Shell(target, own_wheels(target.room / "wheels"), REPLACED)


def in_home(target: Target, path: str) -> str:
    return path.replace("/etc", str(target.room / "home"))


def _with_pipx(target: Target) -> Path:
    """Return a directory with what pipx does of the recipe: the pip of its shared libraries builds."""
    programs = target.room / "programs"
    programs.mkdir()
    pipx = programs / "pipx"
    pipx.write_text(
        "#!/bin/sh\n"
        f'case "$*" in "environment --value PIPX_SHARED_LIBS") echo "{target.environment}" ;;\n'
        '"upgrade-shared") ;;\n'
        '"install --backend pip pycowsay") [ "$PIPX_DEFAULT_BACKEND" = pip ] || exit 3\n'
        f'"{target.python}" -m pip install declares ;;\n'
        "*) exit 4 ;; esac\n",
        encoding="utf-8",
    )
    pipx.chmod(0o755)
    return programs


def _environment(dockerfile: str) -> dict[str, str]:
    return dict(re.findall(r"^ENV (\w+)=(\S+)$", dockerfile, re.MULTILINE))


def _toml(text: str) -> Any:
    from pip_build_override.rules.standards import read_toml

    return read_toml(text)


def run_action(here: Shell, target: Target, **given: str) -> tuple[int, str]:
    """Run the steps of the action as GitHub does, until one of them fails."""
    described = action()
    values = {f"inputs.{name}": str(each["default"]) for name, each in described["inputs"].items()}
    values.update({f"inputs.{name}": value for name, value in given.items()})
    said = ""
    for step in described["runs"]["steps"]:
        # The one expression that is more than a name.
        for expression in re.findall(r"\{\{ *(inputs\.version && .*?) *\}\}", str(step)):
            values[expression] = f"pip-build-override=={values['inputs.version']}"
        variables = {name: evaluated(text, values) for name, text in step["env"].items()}
        result = here.run(step["run"], variables)
        said += result.stdout + result.stderr
        if result.status:
            return result.status, said
        here.variables.update(set_by(target.room / "env"))
        outputs = set_by(target.room / "output")
        values.update(
            {f"steps.{step.get('id')}.outputs.{name}": each for name, each in outputs.items()}
        )
    return 0, said


if os.name == "posix":  # as the shells of the recipes are

    def test_images_ci_and_tools(target: Target) -> None:
        """GitLab's job, an environment made inside an image, the wheels of cibuildwheel, and pipx."""
        here = shell(target)
        # As the runner checks out.
        overrides = target.write(OVERRIDES)
        overrides.chmod(0o666)
        (job,) = (yaml.safe_load(block)["build"] for block in blocks("GitLab CI", "yaml"))
        variables = {name: in_home(target, value) for name, value in job["variables"].items()}
        result = here.run("\n".join(["umask 0000", *job["before_script"], *job["script"]]), variables)
        assert "an override would be in force" in result.succeeded().stdout
        assert "warning" not in result.stdout + result.stderr
        assert target.stamp("declares") == WANTED
        copy = Path(variables[SWITCH])
        assert is_for_everybody(overrides)
        assert not is_for_everybody(copy)
        # The line is needed: without it there is a warning, and root's pip stops.
        plain = here.run("pip install --force-reinstall declares", {SWITCH: str(overrides)})
        assert (plain.status, "everybody may write to this file" in plain.stderr) == (
            2 if os.geteuid() == 0 else 0,
            True,
        )

        first, inside, by_run = blocks("Dockerfile", "dockerfile")
        assert {SWITCH: in_home(target, _environment(first)[SWITCH])} == variables
        for block in (first, inside, by_run):
            for line in re.findall(r"^RUN (.*)$", block, re.MULTILINE):
                here.run(
                    line.replace(" declares", " --force-reinstall declares"), variables
                ).succeeded()
        asked = 'import declares; print(declares.STAMP["ingredient"])'
        assert here.run(f"/venv/bin/python -c '{asked}'").succeeded().stdout == "1.0\n"

        (block,) = blocks("cibuildwheel", "toml")
        settings = _toml(block)["tool"]["cibuildwheel"]
        assert settings["build-frontend"] == "pip"
        overrides.chmod(0o644)
        here.run(settings["before-build"], settings["environment"]).succeeded()
        # As cibuildwheel calls it, in the directory of the project.
        build = "python -m pip wheel --no-cache-dir --wheel-dir=out --no-deps declares"
        here.run(build, settings["environment"]).succeeded()
        assert target.wheel_in("out", "declares") == WANTED

        (block,) = blocks("pipx", "console")
        here.variables["PATH"] = f"{_with_pipx(target)}{os.pathsep}{here.variables['PATH']}"
        # The hook is there again only by the lines of the recipe.
        here.run("pip-build-override uninstall && pip uninstall --yes declares").succeeded()
        here.run("\n".join(re.findall(r"^\$ (.*)$", block, re.MULTILINE))).succeeded()
        assert target.stamp("declares") == WANTED

    def test_the_action(target: Target) -> None:
        here = shell(target)
        temporary = target.room / "runner"
        temporary.mkdir()
        for name in ("env", "output"):
            target.write("", name)
            here.variables[f"GITHUB_{name.upper()}"] = str(target.room / name)
        here.variables["RUNNER_TEMP"] = str(temporary)
        before = set(target.versions())
        overrides = target.write(OVERRIDES)
        overrides.chmod(0o644)
        status, said = run_action(here, target, version=__version__)
        assert status == 0, said
        assert said.endswith("an override would be in force\n")
        assert here.variables[SWITCH] == str(overrides)
        # Nothing but the hook is in the environment of the job.
        assert set(target.versions()) == before
        here.run("pip install declares").succeeded()
        assert target.stamp("declares") == WANTED
        # With a mistake in the file the job stops.
        target.write(OVERRIDES.replace("replace", "repalce"))
        (check,) = (step for step in action()["runs"]["steps"] if 'check "' in step["run"])
        (command,) = temporary.glob("*/*/pip-build-override")
        wrong = here.run(check["run"], {"COMMAND": str(command), "OVERRIDES": overrides.name})
        assert (wrong.status, "did you mean replace?" in wrong.stderr) == (1, True)

        # The steps that do the same without it.
        target.write(OVERRIDES)
        del here.variables[SWITCH]
        (_, without) = blocks("GitHub Actions", "yaml")
        for step in yaml.safe_load(without):
            result = here.run(step["run"]).succeeded()
            here.variables.update(set_by(target.room / "env"))
        assert result.stdout.endswith("an override would be in force\n")
        assert here.variables[SWITCH] == str(overrides)
