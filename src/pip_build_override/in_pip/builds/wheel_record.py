"""The record of each build, collected while pip resolves and builds, and put into the wheel."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from typing import TYPE_CHECKING, Iterable, Mapping

from ... import __version__, records, rules
from ...errors import OverrideError
from ...frozen import replace
from ...rules.planning.declared import read_lines
from ...rules.standards import marker_environment, read_requirement
from ...rules.tables import ENVIRONMENT, SEES_TARGET
from ..internals import specifiers
from ..target import installed
from .member import Member, Origin

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from .package_build import PackageBuild


def wanted(setting: str, rules: str | None, members: Iterable[Member]) -> bool:
    """Return whether a wheel is to contain a record.

    Args:
        setting: The value of ``[settings] record``.
        rules: The digest of the rules that it is built under; "" if none applies.
        members: The distributions in its build environments.
    """
    if setting == "overridden":
        return rules != "" or any(member.helped for member in members)
    return setting == "all"


def note_environment(
    build: PackageBuild, distributed: list[Origin], directories: Iterable[str]
) -> None:
    """Note what one of pip's passes installed in the build environment.

    Args:
        build: The build whose environment it is.
        distributed: The origin of each distribution that pip chose.
        directories: The directories of the distributions, in the order of ``sys.path``.
    """
    build.distributions.extend(distributed)
    found = list(installed.distributions_in(tuple(directories)))
    build.requires.update(_requirements(found, build.markers))
    build.copies = _copies(found)


def _requirements(
    distributions: Iterable[tuple[str, Distribution]], markers: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, distribution in distributions:
        if name not in found:
            found[name] = applying(distribution.requires or (), markers=markers)
    return found


def _copies(distributions: Iterable[tuple[str, Distribution]]) -> dict[str, tuple[str, ...]]:
    """Return the versions of distributions that are hidden by another one of the same name."""
    found: dict[str, list[str]] = {}
    for name, distribution in distributions:
        versions = found.setdefault(name, [])
        if distribution.version not in versions:
            versions.append(distribution.version)
    return {name: tuple(versions[1:]) for name, versions in found.items() if len(versions) > 1}


def applying(
    lines: Iterable[str], extras: Iterable[str] = (), *, markers: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the Requires-Dist lines that apply here, without their markers.

    A line that cannot be parsed is kept as it is: its name can still be read, and dependencies count.

    Args:
        lines: The lines.
        extras: The extras that are installed.
        markers: The values of environment markers; None for those of this interpreter.
    """
    here = dict(markers or {})
    kept = []
    for line in lines:
        try:
            requirement = read_requirement(line)
        except ValueError:
            (lenient,) = read_lines([line], here or marker_environment())
            if lenient.applies or extras:
                kept.append(line)
            continue
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**here, "extra": extra}) for extra in ("", *extras)):
            requirement.marker = None
            kept.append(str(requirement))
    return tuple(kept)


def record_of(build: PackageBuild, shown: str, wheel: str = "") -> records.Record:
    """Return the record of a build whose environment is complete.

    Args:
        build: The finished build.
        shown: The overrides file as shown in messages.
        wheel: The path of the wheel; "" before it is built. Its version may differ from that of the
            metadata that was prepared before.
    """
    plan = build.plan
    effective = _without_stand_ins(build, plan.static if plan is not None else build.declared.static)
    asked = _without_stand_ins(build, (plan.hook if plan is not None else build.declared.hook) or ())
    changes = build.changes
    # A record does not depend on the directory in which the wheel was built.
    name = os.path.basename(shown)

    def without_directory(where: str) -> str:
        table, of, file = where.rpartition(" in ")
        if of and plan is not None and file in plan.selection.files:
            where = f"{table} in {os.path.basename(file)}"
        return name + where[len(shown) :] if where.startswith(f"{shown}: ") else where

    interpreter, where_built = build.interpreter or (
        f"{platform.python_implementation()} {platform.python_version()}",
        sysconfig.get_platform(),
    )
    return records.Record(
        name=build.package.name,
        version=(records.version_of_wheel(wheel) if wheel else "") or build.package.version or "",
        environment=tuple(_environment(build)),
        declared=build.declared.static,
        asked=build.declared.hook or (),
        effective=tuple(effective),
        effective_asked=tuple(asked),
        constraints=plan.constraints if plan is not None else (),
        changes=tuple(
            records.Change(
                change.kind,
                change.name,
                change.before,
                change.after,
                without_directory(change.where),
                change.describe(),
                change.because,
            )
            for change in changes
        ),
        rules=name if changes else "",
        isolated=build.has_environment,
        uses=ENVIRONMENT if build.prepared else SEES_TARGET if build.seen else "",
        generated=tuple(
            replace(source, where=without_directory(source.where)) for source in build.generated
        ),
        regenerated=build.regeneration.records if build.regeneration is not None else (),
        interpreter=interpreter,
        platform=where_built,
        pip=build.pip_version,
        front_end=build.front_end,
        sdist_with=build.sdist_with,
        tool=__version__,
    )


def _without_stand_ins(build: PackageBuild, requirements: Iterable[str]) -> list[str]:
    """Return requirements, with those of borrowed distributions as shown in messages."""
    urls = [loan.stand_in.url for loan in build.borrowed]
    plan = build.plan
    return [
        plan.shown(text) if plan is not None and any(url in text for url in urls) else text
        for text in requirements
    ]


def _environment(build: PackageBuild) -> Iterable[records.Distribution]:
    versions, requires, copies = build.environment, build.requires, build.copies
    if not build.has_environment:
        # Without its own build environment, a package is built with what is installed.
        found = installed.distributions_in(sys.path)
        versions = {name: copy.version for name, copy in reversed(list(found))}
        requires = _requirements(installed.distributions_in(sys.path))
        copies = {}
    for name in sorted(versions):
        version = versions[name]
        origin = _matching(build.distributions, name, version)
        if origin.borrowed:
            # In normal form, because it is compared with the target's version as a string.
            version = origin.version
        yield records.Distribution(
            name,
            version,
            url=origin.url,
            sha256=origin.sha256,
            source=origin.source,
            direct=origin.direct,
            borrowed=origin.borrowed,
            hidden=copies.get(name, ()),
            requires=requires.get(name, ()),
            linkable=_is_linkable(build.contents.get(name)),
            seen=name in build.contents and build.is_elsewhere(build.contents[name]),
        )


def _is_linkable(copy: installed.Copy | None) -> bool:
    try:
        text = copy.distribution.read_text("RECORD") if copy is not None else None
    except (OSError, UnicodeDecodeError):
        return False
    return records.is_linkable(line.rsplit(",", 2)[0].strip('"') for line in (text or "").splitlines())


def _matching(distributed: Iterable[Origin], name: str, version: str) -> Origin:
    alike = [origin for origin in distributed if origin.name == name]
    exactly = [origin for origin in alike if specifiers.same_version(origin.version, version)]
    return exactly[0] if exactly else Origin(name, version)


def put(build: PackageBuild, wheel: str, overrides: rules.Overrides) -> None:
    """Put the record into a wheel that was just built, if it is to contain one.

    Args:
        build: The finished build.
        wheel: The path of the wheel.
        overrides: The rules, with the setting ``record``.

    Raises:
        OverrideError: If the file is not a valid wheel.
    """
    if not wanted(overrides.record, build.rules_digest, build.members):
        return
    document = records.to_cyclonedx(
        record_of(build, overrides.shown, wheel), os.environ.get("SOURCE_DATE_EPOCH", "")
    )
    try:
        records.put_into_wheel(wheel, document)
    except ValueError as error:
        raise OverrideError(
            f"cannot put a record into the wheel of {build.label}: {error}",
            kind="record-not-written",
            where=overrides.shown,
            hint='set record = "none" under [settings], which leaves wheels unchanged',
        ) from None
