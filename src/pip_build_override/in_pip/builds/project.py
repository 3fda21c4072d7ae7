"""The name and version of the project in an unpacked source tree, before anything is built."""

from __future__ import annotations

import ast
import configparser
import os
from email.parser import HeaderParser
from typing import Iterator

from ...files import Json
from ...rules.standards import read_toml
from ..internals.file_names import version_in_file_name, without_ending


def name_in_tree(directory: str, file_name: str) -> str | None:
    """Return the name of the project in a source tree.

    Args:
        directory: The root of the unpacked sources.
        file_name: The name of the archive that they came from; "" for a directory or a checkout.

    Returns:
        The name as written there, or None if no static file contains it.
    """
    pyproject = _pyproject(directory)
    names = (
        _table(pyproject, "project").get("name"),
        _table(pyproject, "tool", "poetry").get("name"),
        _pkg_info(directory, "Name"),
        _setup_cfg(directory, "name"),
        _setup_py_name(directory),
        (without_ending(file_name) or "").rpartition("-")[0],
    )
    return next((name for name in names if name and isinstance(name, str)), None)


def version_in_tree(directory: str, name: str, file_name: str, pin: str) -> str | None:
    """Return the version of the project in a source tree.

    Args:
        directory: The root of the unpacked sources.
        name: The name of the project.
        file_name: The name of the archive that they came from; "" for a directory or a checkout.
        pin: The exact version that was requested; "" if there is none.

    Returns:
        The version as written there, or None if only a build can determine it.
    """
    project = _table(_pyproject(directory), "project")
    versions = (
        _pkg_info(directory, "Version"),
        version_in_file_name(file_name, name),
        pin,
        project.get("version"),
    )
    return next((version for version in versions if version and isinstance(version, str)), None)


def _pyproject(directory: str) -> Json:
    try:
        return read_toml(_read(directory, "pyproject.toml"))
    except ValueError:
        # pip itself reports what is wrong with it.
        return {}


def _table(document: Json, *path: str) -> Json:
    table: object = document
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _pkg_info(directory: str, field: str) -> str | None:
    return HeaderParser().parsestr(_read(directory, "PKG-INFO")).get(field)


def _setup_cfg(directory: str, key: str) -> str | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(_read(directory, "setup.cfg"))
        value = parser.get("metadata", key, fallback="")
    except configparser.Error:
        return None
    return None if value.startswith(("attr:", "file:")) else value


def _setup_py_name(directory: str) -> str | None:
    try:
        tree = ast.parse(_read(directory, "setup.py"))
    except (SyntaxError, ValueError):
        return None
    return next(_literal_names(tree), None)


def _literal_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _called(node.func) != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _read(directory: str, name: str) -> str:
    try:
        with open(os.path.join(directory, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
