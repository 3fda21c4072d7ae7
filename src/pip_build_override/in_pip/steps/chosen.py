"""Builds, and wheels that were built before, among what pip's resolver has settled on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable

from ... import rules
from ...errors import OverrideError
from ...rules import unused_tables  # noqa: F401 - named at the end, when pip allows no import any more
from ...rules.standards import normalise
from ..builds import checks, contents
from ..internals import seams
from ..internals.file_names import version_in_file_name
from ..internals.objects import requirements_in
from ..output import announcements
from ..state import judgements, run_report
from . import mismatch

if TYPE_CHECKING:
    from ..session import Session

# A package may want what it was built with, and so change what it is built with: once or twice.
_ROUNDS = 4


def until_settled(
    session: Session, resolver: Any, requirement_set: Any, again: Callable[[], Any]
) -> Any:
    """Resolve until all that was built for the target was built for what the target gets.

    Each time what was prepared with a wrong guess is forgotten, and prepared again by pip itself:
    from a new copy of the sources, and under its build tracker.

    Args:
        resolver: pip's own.
        requirement_set: what it has come to at first.
        again: has it resolve once more.

    Raises:
        OverrideError: if it cannot be settled.
    """
    target = session.filling.target
    for rounds_left in reversed(range(_ROUNDS)):
        found = requirements_in(requirement_set)
        target.take((req, session.version_of(req)) for req in found)
        wrong = [req for req in found if not session.is_settled(req)]
        if not wrong:
            target.final = True
            for req in found:
                _check_contents(session, req)
            return requirement_set
        if target.legacy:
            # A wheel of the cache; of what it has prepared itself the build tells.
            raise OverrideError(
                f"{_label(session, wrong[0])} was built before, for a version that the target had and"
                " does not keep, and the legacy resolver looks for no other one",
                where=session.overrides.shown,
                hint="install what it is built with first, in a command of its own",
            )
        for req in wrong:
            _forget(resolver, req)
        if rounds_left:
            requirement_set = again()
    raise OverrideError(
        f"{_label(session, wrong[0])} does not settle: with each version that it is built with, it has"
        " another one installed",
        where=session.overrides.shown,
        hint="write that version in the same command, or in a constraints file",
    )


def _check_contents(session: Session, req: Any) -> None:
    """Compare what a source was prepared with with all that is known now of what the target gets."""
    build = session.build_of(req)
    if build is not None and build.plan is not None and build.hook_asked:
        for question, _ in build.plan.settled:
            contents.check_answer(build, question, session.settle(question, session.filling.target))


def judge(session: Session, found: list[Any]) -> None:
    """Compare what was built, now or before, with the target, and put it into the report.

    Raises:
        OverrideError: if something does not fit and ``[settings] mismatch`` is "error", or if the
            report cannot be written.
    """
    mismatch.check(session, found)
    run_report.add_cached(session, found)


def _label(session: Session, req: Any) -> str:
    return " ".join(filter(None, (normalise(req.name), session.version_of(req))))


def warn_of_guesses(session: Session) -> None:
    """Tell of versions that were taken for the target's when pip found no way to resolve."""
    target = session.filling.target
    for build in session.builds:
        if build.target is target and build.awaits_target and not session.failure:
            for question, answer in build.plan.settled if build.plan is not None else ():
                if question.source.origin == "target":
                    session.warn(
                        f"{build.label} was prepared with {answer.shown}, which may be why pip cannot"
                        f" resolve: it was {answer.reason}\nhint: write {question.name}==VERSION in the"
                        " same command or in a constraints file"
                    )


def _forget(resolver: Any, req: Any) -> None:
    """Take a candidate out of what pip's resolver remembers."""
    factory = getattr(resolver, "factory", None)
    remembered = getattr(factory, "_link_candidate_cache", None)
    if remembered is None:
        seams.passed_by(seams.RESOLVE, "the resolver remembers no candidates by their link")
    name = normalise(req.name)
    for link, candidate in list(remembered.items()):
        if normalise(candidate.project_name) == name:
            del remembered[link]


def check_build(session: Session, req: Any) -> None:
    """Look at a source that pip has settled on, before it is built.

    Raises:
        OverrideError: if a rule for it has nothing to act on.
    """
    build = session.build_of(req)
    assert build is not None
    announcements.announce(session, build)
    for warning in checks.refuse_unused(build, session.overrides):
        session.warn(warning)
    session.choose(build)


def check_wheel(session: Session, req: Any, path: str) -> None:
    """Look at a wheel that a table is about, or that was built before.

    Args:
        path: of the wheel; "" if it is not on this machine yet.
    """
    name = normalise(req.name)
    version = version_in_file_name(req.link.filename, name)
    selection = rules.select(session.overrides, rules.package(name, version), session.environment)
    if path in session.approved:
        session.built.append((name, version or ""))
        digest, stored = session.approved[path]
        session.mark_used_members(stored.members)
        tables = selection.tables
        session.used.update(t.where for t in tables if selection.applies or t.name != "*")
        for told in (stored.told, *(member.get("told", {}) for member in stored.members)):
            judgements.tell_again(session, told)
        if selection.applies and digest == session.rules_digest(name, version):
            label = f"{name} {version}"
            if label not in session.from_cache:
                session.from_cache.append(label)
        elif selection.applies:
            announcements.warn_of_no_isolation(session)
    elif path.startswith(os.path.join(session.options.cache_dir or os.devnull, "wheels", "")):
        seams.passed_by(seams.CACHE_ENTRY, f"{path} came from the cache past it")
    elif name in session.no_binary_names and not req.original_link:
        seams.passed_by(seams.CANDIDATES, f"a ready-made wheel of {name} was chosen past it")
    elif any(table.name != "*" for table in selection.tables):
        where = ", ".join(table.where for table in selection.tables if table.name != "*")
        session.warn(
            f"{session.overrides.shown}: {where}: {name} {version} is installed from a ready-made"
            " wheel, so nothing is overridden in it; no-binary = true has it built from its sdist"
        )
