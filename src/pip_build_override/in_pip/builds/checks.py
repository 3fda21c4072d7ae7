"""Checks that a build follows, or is about to follow, its rules, and that pip did not bypass them."""

from __future__ import annotations

from typing import Iterator

from ... import rules
from ...errors import OverrideError
from ...rules.standards import normalise
from ..internals import objects, seams, specifiers
from ..lending import lender
from .build import Build


def check_nothing_bypassed(build: Build) -> None:
    """Raise an error if pip bypassed a place in which the override should have been applied.

    Raises:
        OverrideError: If it did; the message names that place.
    """
    if not build.loaded:
        seams.refuse_bypass(seams.LOAD)
    if build.has_environment:
        if not build.static_installed:
            seams.refuse_bypass(seams.INSTALL)
        if not build.hook_asked:
            seams.refuse_bypass(seams.BACKEND_HOOK)
        # Every pip calls it for an empty list, too, and the environment is checked then.
        if not build.second_pass_done:
            seams.refuse_bypass(seams.INSTALL, "was not called for what the backend asks for")
    if build.regeneration is not None and not build.regeneration.is_done:
        seams.refuse_bypass(seams.BACKEND_HOOK, "the metadata was prepared without our wrapper")


def check_metadata(build: Build, overrides: rules.Overrides) -> None:
    """Compare the name and version used to choose the tables with the built metadata.

    Raises:
        OverrideError: If the metadata would have selected other tables, or none.
    """
    built = build.req.metadata
    name, version = normalise(built["Name"]), str(built["Version"])
    assumed = build.package
    build.package = rules.package(assumed.name or name, version)
    by_name = {normalise(assumed.name), name}
    if assumed.name and len(by_name) > 1 and any(map(overrides.named_tables, by_name)):
        raise OverrideError(
            f"the sources are named {assumed.name}, but the metadata built from them names {name}, so"
            f" the rules for {assumed.name} would be applied to {name}",
            kind="name-mismatch",
            where=overrides.shown,
            hint=f"ask pip for {name} instead, and name its table package.{name}",
        )
    # For a release from an index, pip itself expects that version and tries another release without it.
    by_version = rules.needs_version(overrides, assumed.name)
    from_index = not build.req.original_link and assumed.version is not None
    if (by_version or (build.overridden and from_index)) and not specifiers.same_version(
        assumed.version, version
    ):
        tables = build.plan.selection.own_tables if build.plan is not None else ()
        raise OverrideError(
            f"the tables for {assumed.name} were chosen for version {assumed.version}, but the metadata"
            f" built from it has version {version}",
            kind="version-mismatch",
            where=overrides.where(*(table.where for table in tables)) or overrides.shown,
            hint=", and ".join(_remedies(build, by_version, from_index)),
        )


def _remedies(build: Build, by_version: bool, from_index: bool) -> Iterator[str]:
    name = build.package.name
    if by_version:
        yield f"use a table without a version, package.{name}"
    if from_index:
        # pip does not expect a version of what it gets from a URL.
        yield f"ask for the file itself: {name} @ {objects.link_of(build.req).url}"


def check_borrowed(build: Build) -> None:
    """Raise an error if the build wrote to what it borrowed.

    Raises:
        OverrideError: If it did; the message names a file.
    """
    settled = build.plan.settled if build.plan is not None else ()
    where = {question.name: question.where for question, _ in settled if question.source.borrow}
    lender.check_untouched(build.label, build.borrowed, where)
