"""The recipes of ``docs/continuous-integration.md``, as far as a shell can follow them."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any, Mapping

import yaml

import pip_build_override

from .environments import SOURCE, TIMEOUT_SECONDS, Result, Target
from .stampbackend import write_wheel
from .store import index_wheel

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "continuous-integration.md"
ACTION = ROOT / "action.yml"
DEPENDENCIES = ("filelock==3.16.1", "packaging==24.2", "tomli==2.0.1", "tomlkit==0.13.2")

_EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def blocks(section: str, language: str) -> list[str]:
    """Return the blocks of code in a section of the page.

    Args:
        section: Its title.
        language: The language of the blocks.
    """
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def action() -> Any:
    """Return the action, as read from YAML."""
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))


def evaluated(text: str, values: Mapping[str, str]) -> str:
    """Replace the expressions in a text of the action.

    Args:
        text: The text.
        values: What the expressions are, as they are written.
    """
    return _EXPRESSION.sub(lambda found: values[found[1]], text)


def own_wheels(folder: Path) -> Path:
    """Put a wheel of the sources, and those of what it needs, into a directory.

    Args:
        folder: The directory.

    Returns:
        The directory.
    """
    folder.mkdir()
    version = pip_build_override.__version__
    package = SOURCE / "pip_build_override"
    files = {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8")
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    files[f"pip_build_override-{version}.dist-info/entry_points.txt"] = (
        "[console_scripts]\npip-build-override = pip_build_override.cli.main:main\n"
    )
    requires = ["pip>=21.2", "packaging", "tomli; python_version < '3.11'", "filelock", "tomlkit"]
    write_wheel(str(folder), "pip-build-override", version, files, requires=requires)
    for requirement in DEPENDENCIES:
        wheel = index_wheel(requirement)
        (folder / wheel.name).symlink_to(wheel)
    return folder


class Shell:
    """A shell on a machine whose ``python`` and ``pip`` are those of an environment.

    Args:
        target: The environment.
        wheels: A directory of wheels that pip finds besides those of the environment's index.
        replaced: Parts of commands, with what is typed instead.
    """

    def __init__(self, target: Target, wheels: Path, replaced: Mapping[str, str]) -> None:
        self.target = target
        self.replaced = replaced
        self.variables = {
            **target.variables(),
            # A blank separates two of them.
            "PIP_FIND_LINKS": f"{target.index} {wheels}",
            # It takes longer than all the rest.
            "PIP_NO_COMPILE": "1",
        }
        # The environments of the tests have no scripts, and the pip of another one is not meant.
        pip = target.python.parent / "pip"
        pip.write_text(f"#!/bin/sh\nexec '{target.python}' -m pip \"$@\"\n", encoding="utf-8")
        pip.chmod(0o755)
        self.variables["PATH"] = f"{target.python.parent}{os.pathsep}{self.variables['PATH']}"
        # If none of it is found, nothing else is installed into.
        self.variables["PIP_REQUIRE_VIRTUALENV"] = "1"

    def typed(self, text: str) -> str:
        """Return what is typed instead of a text of a recipe."""
        for part, other in self.replaced.items():
            text = text.replace(part, other)
        return text

    def run(self, script: str, variables: Mapping[str, str] | None = None) -> Result:
        """Run lines as GitHub and GitLab do: until one of them fails.

        Args:
            script: The lines.
            variables: More environment variables.
        """
        script = self.typed(script)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.target.room,
            env={**self.variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
        return Result((script,), done.returncode, done.stdout, done.stderr)


def set_by(path: Path) -> dict[str, str]:
    """Return the variables in a file such as that of GITHUB_ENV, and empty it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("", encoding="utf-8")
    return dict(line.split("=", 1) for line in lines)


def is_for_everybody(path: Path) -> bool:
    """Return whether everybody may write to a file."""
    return bool(path.stat().st_mode & stat.S_IWOTH)
