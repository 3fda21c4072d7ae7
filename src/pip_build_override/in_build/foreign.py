"""Programs that build with pypa/build as a library, in build environments that they fill themselves."""

from __future__ import annotations

import os
import shlex
import sys

from .. import rules
from ..errors import OverrideError
from ..in_pip.builds import rule_checks
from ..rules.tables import WITHOUT_ISOLATION
from .project import ProjectBuild


def check(build: ProjectBuild, selection: rules.Selection, overrides: rules.Overrides) -> None:
    """Check that no rule is about the requirements of a project that such a program builds.

    Args:
        build: The build.
        selection: The rules for it.
        overrides: All rules.

    Raises:
        OverrideError: If one is, even for all packages.
    """
    tables = list(dict.fromkeys(where for where, _ in rule_checks.idle(selection, WITHOUT_ISOLATION)))
    if not tables:
        return
    program = _program()
    raise OverrideError(
        f"{program} fills the build environment of {build.label} itself, so these cannot be in force"
        f" there: {rule_checks.without_effect(selection, WITHOUT_ISOLATION)}",
        kind="not-reached",
        where=overrides.where(*tables),
        hint=_way_out_hint(program, build, "" if tables[0].startswith("--") else overrides.shown),
    )


def _way_out_hint(program: str, build: ProjectBuild, file: str) -> str:
    directory = shlex.quote(build.original)
    # Poetry's build constraints are for dependencies of the project, not for the project itself.
    of_project = os.path.realpath(build.original) == os.path.realpath(os.getcwd())
    if program == "poetry" and file and build.package.name and not of_project:
        return (
            "let Poetry follow the rules itself: add to pyproject.toml what pip-build-override export"
            f" --to poetry --package {build.package.name} {shlex.quote(file)} prints, and run poetry"
            f" without pip-build-override; or build it with pip: pip wheel --no-deps {directory}"
        )
    return f"build it with pip instead: pip wheel --no-deps {directory}"


def _program() -> str:
    """Return the name of this program as its user knows it."""
    directory, name = os.path.split(sys.argv[0])
    return os.path.basename(directory) if name == "__main__.py" else name or "this program"
