"""What the project itself declares, statically, in its pyproject.toml (PEP 518, PEP 621)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Sequence

from ..rules.lines import parts_of
from ..rules.place import Place, toml_key
from ..rules.standards import is_specifier, normalise

# What pip assumes if there is no [build-system] (PEP 518).
_ASSUMED = ("setuptools",)
NUMPY_BY_ANOTHER_NAME = "oldest-supported-numpy"
"""A distribution that requires the numpy to build against, and contains nothing."""


@dataclass(frozen=True)
class Limits:
    """What a project declares about one distribution, for one interpreter.

    Attributes:
        where: The table that declares it.
        name: Its normalised name.
        specifier: All its specifiers in one.
        declared: Whether it is declared at all.
        known: Whether all that the table declares is known without building the project.
    """

    where: str
    name: str
    specifier: str = ""
    declared: bool = True
    known: bool = True

    @property
    def text(self) -> str:
        """What is declared, in words."""
        return f"{self.where} {self.name}{self.specifier}"


@dataclass(frozen=True)
class Project:
    """The metadata of a project.

    Attributes:
        place: Its pyproject.toml, for messages.
        name: Its name; "" if that is not static.
        requires_python: The Pythons that it supports; None if that is not static.
        dependencies: What it needs when it runs; None if that is not static.
        optional: The same for each extra; None likewise.
        groups: The names of its dependency groups (PEP 735); None if they are not known.
        build_requires: The static build requirements.
    """

    place: Place
    name: str = ""
    requires_python: str | None = None
    dependencies: tuple[str, ...] | None = None
    optional: Mapping[str, tuple[str, ...]] | None = None
    build_requires: tuple[str, ...] = _ASSUMED
    groups: tuple[str, ...] | None = None

    def running(self, name: str, environment: Mapping[str, str], extras: Sequence[str] = ()) -> Limits:
        """Return the limits on what a distribution may be when the project runs.

        Args:
            name: Its normalised name.
            environment: The markers of the interpreter.
            extras: The extras of the project that are installed.
        """
        lines = [*(self.dependencies or ())]
        for extra in extras:
            lines += (self.optional or {}).get(extra, ())
        known = self.dependencies is not None and (not extras or self.optional is not None)
        return _limits("[project]", lines, name, environment, extras, known)

    def building(self, name: str, environment: Mapping[str, str]) -> Limits:
        """Return the limits on what a distribution may be when the project is built.

        Args:
            name: Its normalised name.
            environment: The markers of the interpreter.
        """
        found = _limits("[build-system]", self.build_requires, name, environment, (), True)
        if not found.declared and name == "numpy":
            other = _limits(
                "[build-system]", self.build_requires, NUMPY_BY_ANOTHER_NAME, environment, (), True
            )
            # Its own versions are not those of numpy.
            return Limits(found.where, name, declared=other.declared)
        return found

    def declares_to_build(self, name: str, environment: Mapping[str, str]) -> bool:
        """Return whether a distribution is declared by this very name, for one interpreter.

        Args:
            name: Its normalised name.
            environment: The markers of the interpreter.
        """
        return _limits("[build-system]", self.build_requires, name, environment, (), True).declared


def read_project(document: Mapping[str, Any], place: Place) -> Project:
    """Return what a pyproject.toml declares.

    Args:
        document: Its content, as parsed from TOML.
        place: The file, for messages.

    Raises:
        OverrideError: If a value that is needed is not what the standards ask for.
    """
    project = _table(document, "project", place)
    system = _table(document, "build-system", place)
    groups = tuple(map(normalise, _table(document, "dependency-groups", place) or ()))
    if project is None:
        return Project(place, build_requires=_built_with(system, place), groups=groups)
    here = Place(place.shown, table="project")
    dynamic = _texts(project.get("dynamic", []), "dynamic", here)
    optional: dict[str, tuple[str, ...]] | None = {}
    listed = project.get("optional-dependencies", {})
    if not isinstance(listed, dict):
        raise here.error(
            "optional-dependencies is not a table", _valid_hint("PEP 621"), kind="invalid-project"
        )
    for extra, lines in listed.items():
        key = f"optional-dependencies.{toml_key(extra)}"
        assert optional is not None
        optional[normalise(extra)] = _requirements(lines, key, here)
    if "optional-dependencies" in dynamic:
        optional = None
    dependencies = _requirements(project.get("dependencies", []), "dependencies", here)
    python = project.get("requires-python", "")
    if not isinstance(python, str) or not is_specifier(python):
        raise here.error(
            "requires-python is not a version specifier",
            _valid_hint("PEP 621"),
            kind="invalid-project",
        )
    return Project(
        place,
        str(project.get("name", "")),
        None if "requires-python" in dynamic else python,
        None if "dependencies" in dynamic else dependencies,
        optional,
        _built_with(system, place),
        groups,
    )


def _built_with(system: Mapping[str, Any] | None, place: Place) -> tuple[str, ...]:
    if system is None:
        return _ASSUMED
    here = Place(place.shown, table="build-system")
    return _requirements(system.get("requires", []), "requires", here)


def _table(document: Mapping[str, Any], key: str, place: Place) -> Mapping[str, Any] | None:
    value = document.get(key)
    if value is not None and not isinstance(value, dict):
        raise place.error(
            f"{key} is not a table",
            _valid_hint("PEP 518, PEP 621 and PEP 735"),
            kind="invalid-project",
        )
    return value


def _texts(value: object, key: str, here: Place) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise here.error(
            f"{key} is not a list of strings",
            _valid_hint("PEP 518 and PEP 621"),
            kind="invalid-project",
        )
    return tuple(value)


def _requirements(value: object, key: str, here: Place) -> tuple[str, ...]:
    lines = _texts(value, key, here)
    for line in lines:
        parts = parts_of(line)
        if not parts.name or not is_specifier(parts.specifier):
            raise here.error(
                f"{key}: {line!r} is not a requirement", _valid_hint("PEP 508"), kind="invalid-project"
            )
    return lines


def _valid_hint(standard: str) -> str:
    return f"write it as {standard} specifies; pip needs that, too"


def _limits(
    where: str,
    lines: Iterable[str],
    name: str,
    environment: Mapping[str, str],
    extras: Sequence[str],
    known: bool,
) -> Limits:
    found = [parts_of(line) for line in lines]
    own = [parts for parts in found if parts.name == name and parts.applies(environment, extras)]
    specifier = ",".join(dict.fromkeys(filter(None, (parts.specifier for parts in own))))
    return Limits(where, name, specifier.replace(" ", ""), bool(own), known)
