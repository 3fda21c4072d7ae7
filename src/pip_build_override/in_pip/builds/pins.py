"""Run-time requirements of a package that are narrowed to what fits the versions it is built with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, NamedTuple

from ... import records
from ...errors import OverrideError
from ...records import pinning
from ...rules.pins import filled
from ...rules.place import did_you_mean
from ...rules.reading.requirement import read_specifier
from ...rules.standards import contains
from ...rules.tables import PINS
from .pinned import Pinned

if TYPE_CHECKING:
    from ...rules import Overrides
    from ...rules.planning.settings import Setting
    from .build import Build


def asked_for(build: Build) -> list[Setting]:
    """Return the rules that narrow run-time requirements of a package."""
    settings = build.plan.selection.settings if build.plan is not None else ()
    # A rule for all packages may be about this very one.
    return [one for one in settings if one.key == PINS and one.name != build.package.name]


def resolved(build: Build, overrides: Overrides) -> tuple[Pinned, ...]:
    """Return what to narrow, by what the build environment contains.

    Args:
        build: A build whose environment is complete.
        overrides: The overrides in force.

    Raises:
        OverrideError: If the environment does not contain a name, or a specifier cannot be used with
            the version that it contains.
    """
    pins = []
    for setting in asked_for(build):
        where = overrides.where(setting.where)
        version = build.environment.get(setting.name)
        if version is not None:
            pins.append(
                Pinned(setting.name, version, _specifier(build, setting, version, where), where)
            )
        elif setting.level > 0:
            raise OverrideError(
                f"{build.label} is built without {setting.name}, so {PINS} cannot pin it to a version"
                f" (built with: {_listed(build.environment) or 'nothing'})",
                kind="pin-failed",
                where=where,
                hint=_absent_hint(setting.name, build.environment),
            )
    return tuple(pins)


def _listed(environment: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(environment.items()))


def _absent_hint(name: str, environment: Mapping[str, str]) -> str:
    near = did_you_mean(name, sorted(environment))
    if near:
        return f"did you mean {near}? Otherwise remove {name} from {PINS}"
    return f'have it built with {name} (add = ["{name}"]), or remove {name} from {PINS}'


def _specifier(build: Build, setting: Setting, version: str, where: str) -> str:
    try:
        if not setting.value:
            return records.compatible(setting.name, version).specifier
        specifier = filled(setting.value, version)
        read_specifier(specifier)
    except ValueError as error:
        raise OverrideError(
            f"{build.label} is built with {setting.name} {version}, for which {setting.text} is no"
            f" specifier: {error}",
            kind="pin-failed",
            where=where,
            hint=f'write a specifier in full, {PINS}.{setting.name} = ">=…", or have it built with'
            f" another {setting.name}",
        ) from None
    if not contains(specifier, version):
        raise OverrideError(
            f"{build.label} is built with {setting.name} {version}, which {specifier} excludes",
            kind="pin-failed",
            where=where,
            hint=f"write a specifier that {setting.name} {version} satisfies, or have it built with"
            f" another {setting.name}",
        )
    return specifier


def awaiting_target(build: Build) -> frozenset[str]:
    """Return the names whose version in the build environment is a guess at that of the target.

    If the guess is right, the target gets that version, which its own pin allows. If it is wrong, the
    package is prepared again. A pin on the guess would only keep pip's resolver from finding out.
    """
    if build.target.final or build.plan is None:
        return frozenset()
    return frozenset(
        question.name for question, _ in build.plan.settled if question.source.origin == "target"
    )


class Narrowed(NamedTuple):
    """METADATA of one preparation: the file, what the build backend wrote, and what pip reads.

    Args:
        path: The path of the file.
        written: What the backend wrote.
        narrowed: The same with narrowed requirements.
    """

    path: str
    written: bytes
    narrowed: bytes


def narrow_directory(build: Build, path: str, environment: Mapping[str, str]) -> Narrowed | None:
    """Narrow the requirements in prepared metadata.

    Args:
        build: The build, with its pins resolved.
        path: The path of METADATA, as the build backend has written it.
        environment: The marker environment of the interpreter that builds.

    Returns:
        what was done; None if there is no such file, which pip reports.

    Raises:
        OverrideError: If a requirement cannot be narrowed.
    """
    try:
        with open(path, "rb") as file:
            written = file.read()
    except OSError:
        return None
    narrowed = _narrowed(build, written, environment)
    replace(path, narrowed)
    return Narrowed(path, written, narrowed)


def replace(path: str, content: bytes) -> None:
    """Replace the content of a file in pip's own temporary directory."""
    with open(path, "wb") as file:
        file.write(content)


def narrow_wheel(build: Build, wheel: str, prepared: Narrowed, environment: Mapping[str, str]) -> None:
    """Narrow the requirements in a wheel, and check that they are those that pip resolved with.

    Args:
        build: The build, with its pins resolved.
        wheel: The path of the wheel that the build backend has just built.
        prepared: The metadata that pip resolved with.
        environment: The marker environment of the interpreter that builds.

    Raises:
        OverrideError: If they are others, or the file is not a valid wheel.
    """
    try:
        written = records.metadata_of_wheel(wheel)
        narrowed = _narrowed(build, written, environment)
        names = [pin.name for pin in build.pins or ()]
        before, now = (
            pinning.of_names(pinning.requirements_of_metadata(metadata), names)
            for metadata in (prepared.narrowed, narrowed)
        )
        if before != now:
            raise OverrideError(
                f"the wheel of {build.label} requires {_shown(narrowed, names)}, but the metadata that"
                f" its build backend prepared before requires {_shown(prepared.narrowed, names)}",
                kind="pin-failed",
                where=_where(build),
                hint=f"remove {' and '.join(names)} from {PINS}: this build backend does not keep to"
                " what it has prepared",
            )
        if narrowed != written:
            records.put_metadata_into_wheel(wheel, narrowed)
    except ValueError as error:
        raise OverrideError(
            f"cannot narrow the requirements in the wheel of {build.label}: {error}",
            kind="pin-failed",
            where=_where(build),
            hint=f"remove {PINS} from its table, to leave the wheel unchanged",
        ) from None


def are_narrowed(build: Build, lines: list[str], environment: Mapping[str, str]) -> bool:
    """Return whether requirements are as narrow as the pins of a build ask for."""
    return pinning.narrowed(lines, _by_name(build), environment) == lines


def _narrowed(build: Build, metadata: bytes, environment: Mapping[str, str]) -> bytes:
    try:
        return pinning.narrowed_metadata(metadata, _by_name(build), environment)
    except ValueError as error:
        raise OverrideError(
            f"{build.label} cannot be pinned: {error}",
            kind="pin-failed",
            where=_where(build),
            hint=f"remove that name from {PINS}: such a requirement names one file already",
        ) from None


def _where(build: Build) -> str:
    return ", ".join(dict.fromkeys(pin.where for pin in build.pins or ()))


def _by_name(build: Build) -> dict[str, str]:
    # A distribution that the target does not need otherwise is required all the same.
    guessed = awaiting_target(build)
    return {pin.name: "" if pin.name in guessed else pin.specifier for pin in build.pins or ()}


def _shown(metadata: bytes, names: list[str]) -> str:
    wanted = set(names)
    lines = [
        line for line in pinning.requirements_of_metadata(metadata) if pinning.of_names([line], wanted)
    ]
    return ", ".join(lines)
