"""What pip's own steps of a build do while an override is in force.

In the order in which pip takes them: prepare the sources (load what they declare, ask the build
backend's hook), build the wheel. In between, ``filling`` fills the build environment.
"""

from __future__ import annotations

import functools
from typing import Any

from ... import rules
from ...errors import OverrideError
from ...rules import unused_tables  # noqa: F401 - named at the end, when pip allows no import any more
from ..builds import checks, contents, generated, wheel_record
from ..builds.build import Build, PreparedAgain
from ..internals import seams
from ..internals.endings import EndOfRun, Refusal
from ..internals.seams import Call, Original
from ..lending import lender
from ..output import announcements, failures
from ..session import Session
from ..state import run_report
from . import below_backend, cached_wheels, explain, setup_py, source_tree

_GET_REQUIRES = ("get_requires_for_build_wheel", "get_requires_for_build_editable")
_METADATA = ("prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable")
_BUILD = ("build_wheel", "build_editable")


def prepare(session: Session, original: Original, call: Call) -> Any:
    """Prepare one source: its metadata, under the rules that apply to it."""
    if not session.filling.resolved:
        seams.passed_by(seams.RESOLVE)
    session.end_if_failed()
    req = call["self"].req
    if not _looked_up(session, req):
        seams.passed_by(seams.CACHE_ENTRY)
    _check_unpacked(session, req)
    build = session.begin(req, isolated=call["build_isolation"] not in (False, "off"))
    build.unpacked_in = req.source_dir
    try:
        result = _prepared(session, build, original, call)
        checks.seen(build)
        checks.metadata(build, session.overrides)
        checks.fetched(build)
        # Known by now if pip resolved by metadata that the index serves.
        lender.check_kept(build.label, build.members, build.target, session.overrides.shown)
    except OverrideError:
        raise
    except Exception as error:
        _note_failure(session, build, error)
        raise
    finally:
        session.stack.remove(build)
        checks.borrowed(build)
    if not build.awaits_target:
        announcements.announce(session, build)
    _warn_of_idle_constraints(session, build)
    # What nested pips handed up is said no sooner: pip's in-process installer leaves its own line
    # unfinished where the output is no terminal.
    session.flush()
    return result


def _prepared(session: Session, build: Build, original: Original, call: Call) -> Any:
    while True:
        try:
            return call.to(original)
        except PreparedAgain:
            # Still under pip's build tracker, and from the beginning: in a new build environment. The
            # build sees to it that each reason for it counts once.
            source_tree.start_again(session, build)


def _check_unpacked(session: Session, req: Any) -> None:
    """Make sure that no build backend has run where pip has unpacked the sources."""
    if req.editable or (req.link is not None and req.link.is_existing_dir()):
        return
    if any(build.req is not req and build.unpacked_in == req.source_dir for build in session.builds):
        seams.passed_by(seams.UNPACK, f"{req.source_dir} is where it was prepared before")


def _looked_up(session: Session, req: Any) -> bool:
    """Whether pip asked its wheel cache, through us, before it came to build."""
    return (
        req.link.url in session.looked_up
        # Those that pip looks up nothing for: pip download has no wheel cache, and up to 23.0 none
        # is asked where hashes are required.
        or req.editable
        or not session.caches_wheels
        or session.options.require_hashes
    )


def _warn_of_idle_constraints(session: Session, build: Build) -> None:
    for change in checks.idle_constraints(build):
        session.warn(
            f"{change.where}: {change.name} never came into the build environment of"
            f" {build.label}, so constraining it changed nothing"
        )


def _note_failure(session: Session, build: Build, error: Exception) -> None:
    """Remember a build that failed under an override, its own or a nested one: it ends the run."""
    if isinstance(error, (Refusal, EndOfRun, explain.Explained)):
        return
    announcements.announce(session, build)
    failures.note(session, build)
    source_tree.tell_left_out(session, build)
    if build.moved_to_pep517 and not build.environment:
        setup_py.warn_of_the_move(session, build)
    if build.overridden or session.failed_overridden:
        session.failed_overridden = True
        session.failure = error
        for problem in checks.unused(build):
            session.warn(f"{problem.where}: {problem.message}: that may be why the build fails")


def load(session: Session, original: Original, call: Call) -> Any:
    """Load what a source declares, and put the effective build requirements in its place."""
    req = call["self"]
    build = _innermost(session, req)
    build.loaded = True
    build.identify(session.overrides)
    selection = rules.select(session.overrides, build.package, session.environment)
    if selection.applies and not build.isolated:
        _refuse_without_isolation(session, build, selection)
    # explain shows what pip assumes for a project that declares nothing: there a plan is always made.
    planned = selection.applies or (session.explain and session.outermost)
    overridden = planned and build.isolated
    runs_hooks = session.explain_hooks or not session.explain
    if runs_hooks and (overridden or build.leaves_nothing or session.filling.depth):
        source_tree.settle(session, build)
    result = setup_py.load(
        session, build, selection if overridden else None, functools.partial(call.to, original)
    )
    checks.note_fetched(build)
    build.rules_digest = session.rules_digest(
        build.package.name, build.package.version, isolated=build.has_environment
    )
    if not build.has_environment:
        _hold_backend(session, build)
        return result
    build.declared = rules.Declared(static=tuple(req.pyproject_requires), expected=build.expected)
    plan = _plan(session, build)
    if plan.selection.applies or build.early:
        req.pyproject_requires = list(build.first_pass)
        req.requirements_to_check = [
            text for text in req.requirements_to_check if not build.takes_the_place_of(text)
        ]
    if session.explain and session.outermost:
        explain.planned(session, build)
    _hold_backend(session, build)
    return result


def _plan(session: Session, build: Build) -> rules.Plan:
    return build.make_plan(
        session.overrides,
        session.environment,
        lambda question: session.settle(question, build.target),
    )


def _refuse_without_isolation(session: Session, build: Build, selection: rules.Selection) -> None:
    named = checks.against_no_isolation(selection)
    if named:
        raise OverrideError(
            f"{build.label} is built without build isolation: there is no build environment in"
            " which its requirements could be overridden",
            where=f"{session.overrides.shown}: {named[0].where}",
            hint="leave --no-build-isolation out, or take the table out of the file",
        )
    announcements.warn_of_no_isolation(session)


def configure_backend(session: Session, original: Original, call: Call) -> Any:
    """Hold on to the build backend on pips that make it after loading (26.2 and later)."""
    result = call.to(original)
    _hold_backend(session, _innermost(session, call["self"]))
    return result


def _hold_backend(session: Session, build: Build) -> None:
    """Wrap the hooks of this one backend object, whatever class this pip's vendored caller has."""
    backend = getattr(build.req, "pep517_backend", None)
    if backend is None:
        return
    for name in (*_GET_REQUIRES, *_METADATA, *_BUILD):
        hook = getattr(backend, name, None)
        if hook is not None:
            setattr(backend, name, _followed(session, build, hook))
    for name in _GET_REQUIRES:
        hook = getattr(backend, name, None)
        if hook is not None and build.isolated:
            setattr(backend, name, _returning_effective(session, build, hook))
    for name in _BUILD:
        hook = getattr(backend, name, None)
        if hook is not None:
            setattr(backend, name, _guarded(session, build, hook))


def _followed(session: Session, build: Build, hook: Original) -> Original:
    """Wrap a hook so that the pips which it starts are under the override as well."""

    @functools.wraps(hook)
    def followed(*args: Any, **kwargs: Any) -> Any:
        try:
            with below_backend.followed(session, build):
                return hook(*args, **kwargs)
        except OverrideError as error:
            raise session.refuse(error) from None

    return followed


def _returning_effective(session: Session, build: Build, hook: Original) -> Original:
    @functools.wraps(hook)
    def get_requires(*args: Any, **kwargs: Any) -> list[str]:
        try:
            source_tree.check_editable(session, build, hook.__name__)
            build.begin_in_a_copy()
        except OverrideError as error:
            raise session.refuse(error) from None
        returned = tuple(hook(*args, **kwargs))
        build.hook_asked = True
        build.declared = rules.Declared(static=build.declared.static, hook=returned)
        try:
            plan = _plan(session, build)
            if session.explain and session.outermost:
                explain.asked(session, build)
            build.check_first_pass()
        except OverrideError as error:
            raise session.refuse(error) from None
        return list(plan.hook or ()) if plan.selection.applies else list(returned)

    return get_requires


def _guarded(session: Session, build: Build, hook: Original) -> Original:
    """Wrap the hook that builds: only when it is its turn, and its result only when it is right."""

    @functools.wraps(hook)
    def build_artifact(*args: Any, **kwargs: Any) -> Any:
        try:
            if not build.being_built:
                seams.passed_by(seams.BUILD)
            try:
                artifact = hook(*args, **kwargs)
            finally:
                checks.borrowed(build)
            checks.fetched(build)
            contents.check_unchanged(build)
            build.generated = generated.find(build, generated.wheel_of(args, kwargs, artifact))
            if build.generated and session.overrides.generated == "error":
                raise generated.problems(build.label, build.generated)[0]
            return artifact
        except OverrideError as error:
            # pip logs this and counts the build as failed, so no wheel is stored; the session
            # remembers that it was a refusal.
            raise session.refuse(error) from None

    return build_artifact


def build_one(session: Session, original: Original, call: Call) -> Any:
    """Build one wheel, and make it one that may be used again once it is known to be right."""
    req = call["req"]
    build = session.places.get(call["output_dir"], (None, ""))[0]
    if build is None or build is not session.build_of(req):
        seams.passed_by(seams.CACHE_DIRECTORY)
    for warning in checks.refuse_unused(build, session.overrides):
        session.warn(warning)
    build.being_built = True
    try:
        wheel = call.to(original)
    finally:
        build.being_built = False
    if session.refusal is not None:
        raise Refusal(session.refusal)
    if not wheel:
        source_tree.tell_left_out(session, build)
        failures.note(session, build)
        session.failed_overridden = session.failed_overridden or build.overridden
        return wheel
    source_tree.check_wheel(build, wheel)
    session.choose(build)
    announcements.tell_built(session, build)
    generated.tell(session, build.label, build.generated)
    session.note_generated(build)
    wheel = cached_wheels.moved(session, wheel)
    wheel_record.put(session, build, wheel)
    cached_wheels.keep(session, wheel)
    run_report.add(session, build, wheel)
    return wheel


def _innermost(session: Session, req: Any) -> Build:
    build = session.build_of(req)
    if build is None or not session.stack or session.stack[-1] is not build:
        seams.passed_by(seams.PREPARE)
    return build
