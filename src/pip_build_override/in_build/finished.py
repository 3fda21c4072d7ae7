"""Checks of what pypa/build has built against the rules that were chosen for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import rules
from ..errors import OverrideError
from ..in_pip.internals import specifiers
from ..in_pip.internals.file_names import version_in_file_name, without_ending
from ..rules.standards import normalise
from .project import SDIST

if TYPE_CHECKING:
    from .project import ProjectBuild


def check_identity(
    build: ProjectBuild, distribution: str, artifact: str, overrides: rules.Overrides
) -> None:
    """Compare the name and version used to choose the tables with those of what was built.

    Args:
        build: the build.
        distribution: what was built.
        artifact: its path.
        overrides: the rules.

    Raises:
        OverrideError: if they would have selected other tables, or none.
    """
    file_name = os.path.basename(artifact)
    assumed = build.package
    if distribution == SDIST:
        name = (without_ending(file_name) or "").rpartition("-")[0]
    else:
        name = file_name.partition("-")[0]
    name = normalise(name)
    version = version_in_file_name(file_name, name) or ""
    build.package = rules.package(assumed.name or name, version or assumed.version)
    by_name = {normalise(assumed.name), name}
    if assumed.name and len(by_name) > 1 and any(map(overrides.named_tables, by_name)):
        raise OverrideError(
            f"the sources are named {assumed.name}, but {file_name}, which was built from them, names"
            f" {name}, so the rules for {assumed.name} would be applied to {name}",
            kind="name-mismatch",
            where=overrides.shown,
            hint=f'write name = "{name}" under [project] in pyproject.toml, and name its table'
            f" package.{name}",
        )
    if rules.needs_version(overrides, assumed.name) and not specifiers.same_version(
        assumed.version, version
    ):
        tables = build.plan.selection.own_tables if build.plan is not None else ()
        raise OverrideError(
            f"the tables for {assumed.name} were chosen for version {assumed.version}, but"
            f" {file_name}, which was built from it, has version {version}",
            kind="version-mismatch",
            where=overrides.where(*(table.where for table in tables)) or overrides.shown,
            hint=f"use a table without a version, package.{assumed.name}",
        )


def remove(artifact: str) -> None:
    """Remove what was built under the wrong rules, if it is there.

    Args:
        artifact: its path.
    """
    try:
        os.unlink(artifact)
    except OSError:
        pass
