"""What tables set for a build backend: environment variables and configuration settings (PEP 517)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, ContextManager, Mapping, MutableMapping

from ... import switch
from ...rules.tables import CONFIG_SETTINGS, ENV

if TYPE_CHECKING:
    from ...rules import Selection
    from .package_build import PackageBuild

_PATH = "PATH"


def choose(build: PackageBuild, selection: Selection) -> None:
    """Note what the tables of a package set for its build backend."""
    build.variables = selection.values(ENV)
    build.config_settings = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in selection.values(CONFIG_SETTINGS).items()
    }


def effective(build: PackageBuild) -> dict[str, object]:
    """Return the configuration settings of a build: those of the user, and those of its tables."""
    return {**build.given_settings, **build.config_settings}


def replaced(build: PackageBuild) -> dict[str, object]:
    """Return the settings of the user that those of the tables replace, by their names."""
    given = build.given_settings
    return {
        name: given[name]
        for name, value in build.config_settings.items()
        if name in given and given[name] != value
    }


def variables_of(
    build: PackageBuild, environ: MutableMapping[str, str] = os.environ
) -> ContextManager[None]:
    """Return a context with the environment variables of a build, in which its build backend runs.

    A pip that the backend starts restores them, because they are not for what that pip builds.

    Args:
        build: The build.
        environ: The environment variables with which the backend is started.
    """
    wanted = dict(build.variables)
    if _PATH in wanted:
        wanted[_PATH] = _path(environ.get(_PATH, ""), build.outer_path, wanted[_PATH] or "")
    if wanted:
        # The same variables may be set already, by an outer call for this build.
        outside = json.loads(environ.get(switch.OUTSIDE) or "{}")
        before = {name: environ.get(name) for name in wanted}
        wanted[switch.OUTSIDE] = json.dumps({**before, **outside})
    return switch.Changed(wanted, environ)


def _path(current: str, outer: str, wanted: str) -> str:
    """Return a PATH on which what the build environment contains still comes first.

    Args:
        current: PATH in the build environment.
        outer: PATH outside of it.
        wanted: What the table sets.
    """
    ours = current[: len(current) - len(outer)] if outer and current.endswith(outer) else current
    return os.pathsep.join(filter(None, (ours.rstrip(os.pathsep), wanted)))


def merged(build: PackageBuild, given: Mapping[str, object] | None) -> dict[str, object]:
    """Return the configuration settings for a hook.

    Args:
        build: The build.
        given: What pip gives the hook.
    """
    return {**(given or {}), **build.config_settings}
