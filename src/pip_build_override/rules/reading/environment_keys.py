"""Keys about the build environment: ``system-site-packages`` and ``build-environment``."""

from __future__ import annotations

import os
from typing import Any, Iterator, Mapping, NoReturn

from ..place import Place, did_you_mean, toml_text
from ..tables import ENVIRONMENT, SEES_TARGET, TARGET, Alternative, Table
from .values import kind_of

_ELSEWHERE = ("http://", "https://", "file:", "git+")
# In the directory of each virtual environment, and of each conda environment.
_MARKS = ("pyvenv.cfg", "conda-meta")
_OTHER_WORDS = {
    "system": TARGET,
    "none": TARGET,
    "current": TARGET,
    "no-isolation": TARGET,
    "no-build-isolation": TARGET,
}


def read_keys(table: Mapping[str, Any], here: Place, folder: str) -> dict[str, Any]:
    """Return the fields of ``Table`` that these keys of a package table set.

    Args:
        table: The table as parsed from TOML.
        here: The place of the table.
        folder: Absolute directory that a relative path is relative to.

    Raises:
        OverrideError: If one of them contains an error.
    """
    fields: dict[str, Any] = {}
    if SEES_TARGET in table:
        fields["system_site_packages"] = _sees_target(table[SEES_TARGET], here)
    if ENVIRONMENT in table:
        fields["build_environment"] = _environment(table[ENVIRONMENT], here, folder)
    if len(fields) == 2:
        raise here.error(
            "build-environment replaces the isolated environment, which is what system-site-packages is"
            " about",
            "keep one of build-environment and system-site-packages",
            kind="conflicting-keys",
        )
    return fields


def _sees_target(value: Any, here: Place) -> bool:
    if value is True:
        return True
    if value is False:
        raise here.error(
            "system-site-packages = false has no effect, because builds are isolated anyway",
            "leave system-site-packages out",
            kind="invalid-value",
        )
    raise here.error(
        f"system-site-packages: expected true, found {kind_of(value)}",
        "write system-site-packages = true",
        kind="wrong-type",
    )


def _environment(value: Any, here: Place, folder: str) -> str:
    key = ENVIRONMENT
    if not isinstance(value, str):
        raise here.error(
            f"{key}: expected a path or {toml_text(TARGET)}, found {kind_of(value)}",
            'write build-environment = "target", or the path of an environment',
            kind="wrong-type",
        )
    if value == TARGET:
        return value
    if not value.strip() or "\0" in value:
        raise here.error(
            f"{key} is not a path: {toml_text(value)}",
            'write build-environment = "PATH", or "target" to build without isolation',
            kind="invalid-value",
        )
    if value.startswith(_ELSEWHERE):
        raise here.error(
            f"{key}: {toml_text(value)} is a URL, and an environment is a directory on this machine",
            'write build-environment = "PATH", or "target" to build without isolation',
            kind="invalid-value",
        )
    path = os.path.normpath(os.path.join(folder, value))
    if not os.path.isdir(path):
        raise here.error(
            _not_there(value, path), _no_environment_hint(key, value, path), kind="file-not-found"
        )
    return path


def _not_there(value: str, path: str) -> str:
    if os.path.isfile(path):
        return f"build-environment: {path} is a file, and not the directory of an environment"
    return f"build-environment: there is no directory {path}"


def _no_environment_hint(key: str, value: str, path: str) -> str:
    near = _OTHER_WORDS.get(value.lower()) or did_you_mean(value, (TARGET,))
    if near:
        return f'did you mean {key} = "{near}"?'
    if value.startswith("~"):
        path = os.path.expanduser(value)
        return f"write the full path, because ~ is not expanded: {key} = {toml_text(path)}"
    if os.path.isfile(path):
        above = os.path.dirname(os.path.dirname(value)) or os.curdir
        return f"write {key} = {toml_text(above)}"
    near = _near(path)
    if near:
        above = os.path.dirname(value.rstrip("/\\"))
        return f"did you mean {key} = {toml_text(os.path.join(above, os.path.basename(near)))}?"
    if os.path.isabs(value):
        return "create that environment, or correct its path"
    return "create that environment, or correct its path, which is relative to the overrides file"


def _near(path: str) -> str:
    """Return the environment beside a missing one whose name is the most similar, or ""."""
    from ...near_files import nearest  # only after a mistake

    return nearest(
        path, lambda other: any(os.path.exists(os.path.join(other, mark)) for mark in _MARKS)
    )


def refuse_beside(table: Table, here: Place) -> None:
    """Raise an error if a table with ``build-environment`` asks for what only an isolated one can have.

    Args:
        table: The whole table, which has that key.
        here: The place of the table.

    Raises:
        OverrideError: If it does; the message names the key.
    """
    if table.as_of:
        raise here.error(
            "as-of limits what is installed, and nothing is installed into a build-environment that"
            " exists already",
            "keep one of as-of and build-environment",
            kind="conflicting-keys",
        )
    if table.requires is not None:
        raise here.error(
            "requires is a list of what to install, and nothing is installed into a build-environment"
            " that exists already",
            "leave requires out; what the package declares has to be in that environment",
            kind="conflicting-keys",
        )
    for key, entry in _entries(table):
        if entry.source is not None and entry.source.origin == "target":
            what = "borrow = true" if entry.source.borrow else f"from = {toml_text(TARGET)}"
            raise here.error(
                f"{key} has {what}, but a build-environment that exists already is used as it is",
                f"leave {key} out, and install that {entry.name} into the environment yourself",
                kind="conflicting-keys",
            )
        if entry.hashes:
            raise here.error(
                f"{key} has hashes, and nothing of what a build-environment contains can be compared"
                " with them",
                f"write {key} = {_as_text(key, entry)}",
                kind="conflicting-keys",
            )


def refuse_as_of(here: Place) -> NoReturn:
    """Raise an error for a table with ``as-of`` and ``system-site-packages``.

    What the target has installed satisfies requirements, whenever it was uploaded.

    Args:
        here: The place of the table.

    Raises:
        OverrideError: Always.
    """
    raise here.error(
        "with system-site-packages, the build also uses what the target has installed, whenever that"
        " was uploaded, so as-of would not hold",
        "keep one of as-of and system-site-packages; a single distribution of the target can be used"
        ' beside as-of with add = [{ name = "NAME", from = "target", borrow = true }]',
        kind="conflicting-keys",
    )


def _entries(table: Table) -> Iterator[tuple[str, Alternative]]:
    for name, alternatives in table.replace:
        yield from ((f"replace.{name}", entry) for entry in alternatives)
    yield from (("add", entry) for entry in table.add)


def _as_text(key: str, entry: Alternative) -> str:
    text = toml_text(entry.text)
    return f"[{text}]" if key == "add" else text
