"""Editable installations that are rebuilt when they are imported, and need their build tools then."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ...rules.standards import read_toml
from ..internals.objects import backend_name, config_settings, source_directory

if TYPE_CHECKING:
    from ..internals.protocols import InstallRequirement

_REBUILD = "editable.rebuild"


def rebuilding_backend(req: InstallRequirement) -> str:
    """Return the build backend that rebuilds a package at its import, or "" if none does.

    meson-python always does. scikit-build-core does if its setting ``editable.rebuild`` is true.
    """
    backend = backend_name(req).partition(":")[0]
    if backend == "mesonpy":
        return "meson-python"
    if backend.partition(".")[0] == "scikit_build_core" and _scikit_rebuilds(req):
        return "scikit-build-core"
    return ""


def _scikit_rebuilds(req: InstallRequirement) -> bool:
    settings = config_settings(req)
    for key in (_REBUILD, f"skbuild.{_REBUILD}"):
        if key in settings:
            return _is_true(settings[key])
    variable = os.environ.get("SKBUILD_EDITABLE_REBUILD")
    if variable is not None:
        return _is_true(variable)
    try:
        with open(os.path.join(source_directory(req), "pyproject.toml"), encoding="utf-8") as file:
            value: Any = read_toml(file.read())
        for part in ("tool", "scikit-build", *_REBUILD.split(".")):
            value = value.get(part, {})
    except (OSError, ValueError, AttributeError):
        return False
    return value is True


def _is_true(value: object) -> bool:
    return str(value).lower() in ("1", "true", "yes", "on", "y")
