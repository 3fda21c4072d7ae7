"""What pip's resolver is given under an override, and what it came to.

Every pip passes here, most of them with ready-made wheels alone. What concerns builds, and wheels that
a table is about, is in ``chosen``, and loaded for the first of those.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable

from pip._internal.exceptions import DistributionNotFound

from ...rules.standards import normalise
from ..internals import seams
from ..internals.objects import requirements_in

if TYPE_CHECKING:
    from ..internals.seams import Call, Original
    from ..session import Session
    from ..state.run_directory import Filling
    from ..target.target import Target


def make_link_evaluator(session: Session, original: Original, call: Call) -> Any:
    """Leave ready-made wheels out for packages that the file wants built."""
    evaluator = call.to(original)
    name = normalise(call["project_name"])
    session.evaluated.add(name)
    if name in session.no_binary_names or name in session.explained_names:
        try:
            evaluator._formats = frozenset(evaluator._formats) - {"binary"}
        except AttributeError:
            seams.passed_by(seams.CANDIDATES, "the evaluator has no _formats")
    return evaluator


def find_best_candidate(session: Session, original: Original, call: Call) -> Any:
    """Put the stand-in of a borrowed distribution before all candidates that pip has found."""
    if not session.filling.stand_ins:
        return call.to(original)
    from . import candidates

    return candidates.with_stand_in(session, original, call)


def resolve(session: Session, original: Original, call: Call) -> Any:
    """Add the limits of the environment that is being filled, and note what came of it."""
    filling = session.filling
    roots = _with_limits(filling, call["self"], list(call["root_reqs"]))
    filling.begin_resolving(_target_maker(session, call["self"], roots))
    call["root_reqs"] = roots
    if session.explain and session.outermost and len(session.fillings) == 1:
        from . import explain

        return explain.resolve_each(session, original, call)
    requirement_set = _until_settled(session, original, call)
    found = requirements_in(requirement_set)
    for req in found:
        _check(session, req)
    if session.builds or session.approved:
        from . import chosen

        chosen.judge(session, found)
    # After it was judged: what was said of it is kept with what is built with it.
    session.record_members(found)
    if filling.depth:
        from ..state import origins

        origins.note_chosen(session, found)
    return requirement_set


def _target_maker(session: Session, resolver: Any, roots: list[Any]) -> Callable[[], Target]:
    legacy = _is_legacy(resolver)
    owner, name = (resolver, "finder") if legacy else (resolver.factory, "_finder")
    finder = getattr(owner, name, None)
    if finder is None:
        seams.passed_by(seams.RESOLVE, "the resolver has no finder")
    outermost = session.outermost and len(session.fillings) == 1
    directories, into = session.filling.directories, session.filling.into

    def make() -> Target:
        from ..target import target

        if outermost:
            installs = session.command == "install" or bool(session.explain)
            return target.of_command(installs, session.options, roots, finder, legacy)
        return target.of_build_environment(roots, directories, into, finder)

    return make


def _until_settled(session: Session, original: Original, call: Call) -> Any:
    """Resolve, and once more whenever a build turns out to be for another version than comes."""
    roots = call["root_reqs"]

    def once() -> Any:
        call["root_reqs"] = list(roots)
        return _once(session, original, call)

    requirement_set = once()
    if not (session.builds or session.approved):
        found = requirements_in(requirement_set)
        session.filling.end_resolving(lambda: [(req, session.version_of(req)) for req in found])
        return requirement_set
    from . import chosen

    return chosen.until_settled(session, call["self"], requirement_set, once)


def _once(session: Session, original: Original, call: Call) -> Any:
    try:
        if session.filling.hashes:
            from ..internals import hashes

            hashes.demand(session.filling.hashes, call["root_reqs"])
            built_for = "".join(session.filling.built_for[-1:])
            with hashes.checked(built_for, session.overrides.shown):
                requirement_set = call.to(original)
        else:
            requirement_set = call.to(original)
    except DistributionNotFound:
        if session.builds:
            from . import chosen

            chosen.warn_of_guesses(session)
        raise
    session.end_if_failed()
    return requirement_set


def _with_limits(filling: Filling, resolver: Any, roots: list[Any]) -> list[Any]:
    make = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    limits = [make(text, comes_from=where, constraint=True) for text, where in filling.constraints]
    if not _is_legacy(resolver) or not (limits or filling.touched):
        return limits + roots
    from . import one_constraint

    return one_constraint.combined(limits, roots, filling.touched, make)


def _is_legacy(resolver: Any) -> bool:
    # It has no factory, and decides as it goes.
    return getattr(resolver, "factory", None) is None


def _check(session: Session, req: Any) -> None:
    """Look at one requirement that pip has settled on, before anything is built or installed."""
    link, filling = req.link, session.filling
    if link is not None and link.is_file and filling.stand_in_at(link.file_path):
        # A stand-in is no wheel of an index: no rule is about it.
        return
    name = normalise(req.name or "")
    if link is not None and not req.original_link:
        if name not in session.evaluated:
            seams.passed_by(seams.CANDIDATES)
        if filling.stand_in(name) and name not in filling.offered:
            seams.passed_by(seams.BEST_CANDIDATE)
    if session.build_of(req) is not None:
        from . import chosen

        chosen.check_build(session, req)
    elif link is not None and link.is_wheel:
        path = link.file_path if link.is_file else ""
        if name in session.named_packages or path in session.approved:
            from . import chosen

            chosen.check_wheel(session, req, path)
        elif path.startswith(os.path.join(session.options.cache_dir or os.devnull, "wheels", "")):
            seams.passed_by(seams.CACHE_ENTRY, f"{path} came from the cache past it")
