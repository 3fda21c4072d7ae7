"""What pip's own steps of a build do while an override is in force.

In the order in which pip takes them: look for candidates, resolve, prepare the sources of each
(load its declarations, fill its build environment, ask its backend's hook), build.
"""

from __future__ import annotations

import functools
import os
from importlib import import_module
from typing import Any, Callable

from .. import rules
from ..errors import OverrideError
from ..rules.standards import normalise
from . import caching, explaining, handover, legacy, project, seams
from .build import Build
from .handover import Filling
from .seams import Call
from .session import Session
from .stop import EndOfRun, Refusal

Original = Callable[..., Any]

_GET_REQUIRES = ("get_requires_for_build_wheel", "get_requires_for_build_editable")
_BUILD = ("build_wheel", "build_editable")


def make_link_evaluator(session: Session, original: Original, call: Call) -> Any:
    """Leave ready-made wheels out for packages that the file wants built."""
    evaluator = call.to(original)
    name = normalise(call["project_name"])
    session.evaluated.add(name)
    if name in session.overrides.no_binary_names or name in session.explained_names:
        try:
            evaluator._formats = frozenset(evaluator._formats) - {"binary"}
        except AttributeError:
            seams.passed_by(seams.CANDIDATES, "the evaluator has no _formats")
    return evaluator


def resolve(session: Session, original: Original, call: Call) -> Any:
    """Add the limits of the environment that is being filled, and note what came of it."""
    filling = session.filling
    filling.resolved = True
    call["root_reqs"] = _constraint_requirements(filling) + list(call["root_reqs"])
    if session.explain and session.outermost and len(session.fillings) == 1:
        return explaining.resolve_each(session, original, call)
    session.resolving += 1
    try:
        requirement_set = call.to(original)
    finally:
        session.resolving -= 1
    session.end_if_failed()
    # The legacy resolver keeps what came without a name apart.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    chosen = [*unnamed, *requirement_set.requirements.values()]
    for req in chosen:
        _check_chosen(session, req)
    session.record_members(chosen)
    return requirement_set


def _constraint_requirements(filling: Filling) -> list[Any]:
    make = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    return [make(text, comes_from=where, constraint=True) for text, where in filling.constraints]


def _check_chosen(session: Session, req: Any) -> None:
    """Look at one requirement that pip has settled on, before anything is built or installed."""
    build = session.build_of(req)
    if req.link is not None and not req.original_link and normalise(req.name) not in session.evaluated:
        seams.passed_by(seams.CANDIDATES)
    if build is not None:
        for warning in build.check_unused(session.overrides):
            session.warn(warning)
        session.choose(build)
        return
    if req.link is None or not req.link.is_wheel:
        return
    name = normalise(req.name)
    version = project.version_in_file_name(req.link.filename, name)
    path = req.link.file_path if req.link.is_file else ""
    cache = session.options.cache_dir
    if (
        path
        and path not in session.approved
        and cache
        and path.startswith(os.path.join(cache, "wheels", ""))
    ):
        seams.passed_by(seams.CACHE_ENTRY, f"{path} came from the cache past it")
    selection = rules.select(session.overrides, rules.package(name, version), session.environment)
    if path in session.approved:
        session.mark_used_members(session.approved[path][1].members)
        if selection.applies:
            label = f"{name} {version}"
            session.used.update(table.where for table in selection.tables)
            if label not in session.from_cache:
                session.from_cache.append(label)
    elif name in session.overrides.no_binary_names and not req.original_link:
        seams.passed_by(seams.CANDIDATES, f"a ready-made wheel of {name} was chosen past it")
    elif any(table.name != "*" for table in selection.tables):
        where = ", ".join(table.where for table in selection.tables if table.name != "*")
        session.warn(
            f"{session.overrides.shown}: {where}: {name} {version} is installed from a ready-made"
            " wheel, so nothing is overridden in it; no-binary = true has it built from its sdist"
        )


def prepare(session: Session, original: Original, call: Call) -> Any:
    """Prepare one source: its metadata, under the rules that apply to it."""
    if not session.resolving:
        seams.passed_by(seams.RESOLVE)
    session.end_if_failed()
    req = call["self"].req
    if not _looked_up(session, req):
        seams.passed_by(seams.CACHE_ENTRY)
    build = session.begin(req, isolated=call["build_isolation"] not in (False, "off"))
    try:
        result = call.to(original)
        build.check_seen()
        build.check_metadata(session.overrides)
        build.check_fetched()
        build.check_environment()
    except OverrideError:
        raise
    except Exception as error:
        _note_failure(session, build, error)
        raise
    finally:
        session.stack.remove(build)
    session.announce(build)
    _warn_of_idle_constraints(session, build)
    # What nested pips handed up is said no sooner: pip's in-process installer leaves its own line
    # unfinished where the output is no terminal.
    session.flush()
    return result


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
    for change in build.idle_constraints():
        session.warn(
            f"{change.where}: {change.name} never came into the build environment of"
            f" {build.label}, so constraining it changed nothing"
        )


def _note_failure(session: Session, build: Build, error: Exception) -> None:
    """Remember a build that failed under an override, its own or a nested one: it ends the run."""
    if isinstance(error, (Refusal, EndOfRun, explaining.Explained)):
        return
    session.announce(build)
    if build.overridden or session.failed_overridden:
        session.failed_overridden = True
        session.failure = error
        for problem in build.unused():
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
    overridden = selection.applies and build.isolated
    result = legacy.load(
        session, build, selection if overridden else None, functools.partial(call.to, original)
    )
    build.note_fetched()
    if not getattr(req, "use_pep517", True) or not build.isolated:
        _hold_backend(session, build)
        return result
    build.declared = rules.Declared(static=tuple(req.pyproject_requires))
    plan = build.make_plan(session.overrides, session.environment)
    build.rules_digest = session.rules_digest(build.package.name, build.package.version)
    if plan.selection.applies:
        req.pyproject_requires = list(plan.static)
        req.requirements_to_check = [
            text for text in req.requirements_to_check if not build.speaks_of(text)
        ]
    if session.explain and session.outermost:
        explaining.planned(session, build)
    _hold_backend(session, build)
    return result


def _refuse_without_isolation(session: Session, build: Build, selection: rules.Selection) -> None:
    named = [table for table in selection.tables if table.name != "*" and table.builds]
    if named:
        raise OverrideError(
            f"{build.label} is built without build isolation: there is no build environment in"
            " which its requirements could be overridden",
            where=f"{session.overrides.shown}: {named[0].where}",
            hint="leave --no-build-isolation out, or take the table out of the file",
        )
    session.warn(
        f'{session.overrides.shown}: package."*": builds without build isolation have no build'
        " environment, so nothing is overridden in them"
    )


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
    for name in _GET_REQUIRES:
        hook = getattr(backend, name, None)
        if hook is not None and build.isolated:
            setattr(backend, name, _returning_effective(session, build, hook))
    for name in _BUILD:
        hook = getattr(backend, name, None)
        if hook is not None:
            setattr(backend, name, _guarded(session, build, hook))


def _returning_effective(session: Session, build: Build, hook: Original) -> Original:
    @functools.wraps(hook)
    def get_requires(*args: Any, **kwargs: Any) -> list[str]:
        returned = tuple(hook(*args, **kwargs))
        build.hook_asked = True
        build.declared = rules.Declared(static=build.declared.static, hook=returned)
        try:
            plan = build.make_plan(session.overrides, session.environment)
            if session.explain and session.outermost:
                explaining.asked(session, build)
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
            artifact = hook(*args, **kwargs)
            build.check_fetched()
            return artifact
        except OverrideError as error:
            # pip logs this and counts the build as failed, so no wheel is stored; the session
            # remembers that it was a refusal.
            raise session.refuse(error) from None

    return build_artifact


def install_requirements(session: Session, original: Original, call: Call) -> Any:
    """Fill a build environment in one of pip's two passes, and see that it is done as planned."""
    if not session.stack:
        seams.passed_by(seams.PREPARE)
    build = session.stack[-1]
    wanted = list(call["requirements"])
    constraints = _check_pass(build, call["prefix_as_string"], wanted)
    if not wanted:
        return call.to(original)
    call["requirements"] = wanted
    filling = Filling(constraints=constraints, depth=session.filling.depth + 1)
    session.fillings.append(filling)
    try:
        with session.run.handed_to_nested(filling) as directory:
            try:
                result = call.to(original)
            finally:
                report = handover.read_report(directory)
                if report is not None:
                    session.take_report(report, filling)
    except Exception:
        if filling.refusal is not None:
            raise session.refuse(OverrideError(**filling.refusal)) from None
        raise
    finally:
        session.fillings.pop()
    if not filling.resolved:
        seams.passed_by(seams.RESOLVE, "the nested pip filled a build environment past it")
    build.members.extend(filling.members)
    build.environment = project.installed_in(_library_directories(call["self"]))
    return result


def _check_pass(build: Build, prefix: str, wanted: list[str]) -> tuple[tuple[str, str], ...]:
    """Compare what pip is about to install with the plan; add to it what a second pass needs."""
    plan = build.plan
    if not build.loaded or plan is None:
        seams.passed_by(seams.LOAD)
    limits = build.limits
    if prefix == "overlay":
        build.static_installed = True
        static = plan.static if plan.selection.applies else build.declared.static
        if sorted(wanted) != sorted(static):
            seams.passed_by(seams.LOAD, "pip takes the declared requirements from elsewhere")
        return limits
    if not build.hook_asked:
        seams.passed_by(seams.BACKEND_HOOK, "its hook was called past the object that we hold")
    returned = plan.hook if plan.selection.applies else build.declared.hook
    if not set(wanted) <= set(returned or ()):
        seams.passed_by(seams.BACKEND_HOOK, "pip takes the hook's requirements from elsewhere")
    if wanted:
        pins, by_path = build.pins_for_second_pass()
        wanted.extend(text for text in by_path if text not in wanted)
        limits = (*limits, *pins)
    return limits


def _library_directories(environment: Any) -> tuple[str, ...]:
    directories = getattr(environment, "lib_dirs", None) or getattr(environment, "_lib_dirs", None)
    if not directories:
        seams.passed_by(seams.INSTALL, "the environment has neither lib_dirs nor _lib_dirs")
    return tuple(directories)


def build_one(session: Session, original: Original, call: Call) -> Any:
    """Build one wheel, and make it one that may be used again once it is known to be right."""
    req = call["req"]
    build = session.places.get(call["output_dir"], (None, ""))[0]
    if build is None or build is not session.build_of(req):
        seams.passed_by(seams.CACHE_DIRECTORY)
    for warning in build.check_unused(session.overrides):
        session.warn(warning)
    build.being_built = True
    try:
        wheel = call.to(original)
    finally:
        build.being_built = False
    if session.refusal is not None:
        raise Refusal(session.refusal)
    if not wheel:
        session.failed_overridden = session.failed_overridden or build.overridden
        return wheel
    session.choose(build)
    session.tell_built(build)
    caching.keep(session, wheel)
    return wheel


def _innermost(session: Session, req: Any) -> Build:
    build = session.build_of(req)
    if build is None or not session.stack or session.stack[-1] is not build:
        seams.passed_by(seams.PREPARE)
    return build
