"""Editable installations that are rebuilt when they are imported, and need their build tools then."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ...rules.standards import read_toml
from ..internals.objects import backend_name, source_directory
from . import backend_settings

if TYPE_CHECKING:
    from .build import Build

_REBUILD = "editable.rebuild"


def rebuilding_backend(build: Build) -> str:
    """Return the build backend that rebuilds a package at its import, or "" if none does.

    meson-python always does. scikit-build-core does if its setting ``editable.rebuild`` is true.
    """
    backend = backend_name(build.req).partition(":")[0]
    if backend == "mesonpy":
        return "meson-python"
    if backend.partition(".")[0] == "scikit_build_core" and _scikit_rebuilds(build):
        return "scikit-build-core"
    return ""


def _scikit_rebuilds(build: Build) -> bool:
    settings = backend_settings.effective(build)
    for key in (_REBUILD, f"skbuild.{_REBUILD}"):
        if key in settings:
            return _is_true(settings[key])
    with backend_settings.variables_of(build):
        variable = os.environ.get("SKBUILD_EDITABLE_REBUILD")
    if variable is not None:
        return _is_true(variable)
    try:
        with open(
            os.path.join(source_directory(build.req), "pyproject.toml"), encoding="utf-8"
        ) as file:
            value: Any = read_toml(file.read())
        for part in ("tool", "scikit-build", *_REBUILD.split(".")):
            value = value.get(part, {})
    except (OSError, ValueError, AttributeError):
        return False
    return value is True


def _is_true(value: object) -> bool:
    return str(value).lower() in ("1", "true", "yes", "on", "y")
