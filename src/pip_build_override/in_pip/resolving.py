"""What pip chooses under an override: candidates, and the set that its resolver settles on."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from pip._internal.exceptions import DistributionNotFound

from .. import rules
from ..errors import OverrideError
from ..rules.standards import normalise
from . import checking, explaining, hashes, mismatch, project, recording, reporting, seams, telling
from . import target as targets
from .handover import Filling
from .seams import Call, Original
from .session import Session
from .target import Target

# A package may want what it was built with, and so change what it is built with: once or twice.
_ROUNDS = 4


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
    roots = _constraint_requirements(filling) + list(call["root_reqs"])
    hashes.demand(filling, roots)
    filling.target = _target(session, call["self"], roots)
    call["root_reqs"] = roots
    if session.explain and session.outermost and len(session.fillings) == 1:
        return explaining.resolve_each(session, original, call)
    requirement_set = _until_settled(session, original, call)
    chosen = _chosen(requirement_set)
    for req in chosen:
        _check_chosen(session, req)
    session.record_members(chosen)
    recording.note_chosen(session, chosen)
    mismatch.check(session, chosen)
    reporting.add_cached(session, chosen)
    return requirement_set


def _target(session: Session, resolver: Any, roots: list[Any]) -> Target:
    # The legacy resolver has no factory, and decides as it goes.
    factory = getattr(resolver, "factory", None)
    owner, name = (resolver, "finder") if factory is None else (factory, "_finder")
    finder = getattr(owner, name, None)
    if finder is None:
        seams.passed_by(seams.RESOLVE, "the resolver has no finder")
    if session.outermost and len(session.fillings) == 1:
        installs = session.command == "install" or bool(session.explain)
        return targets.of_command(installs, session.options, roots, finder, factory is None)
    return targets.of_build_environment(roots, session.filling.directories, finder)


def _until_settled(session: Session, original: Original, call: Call) -> Any:
    """Resolve until all that was built for the target was built for what the target gets.

    Each time what was prepared with a wrong guess is forgotten, and prepared again by pip itself:
    from a new copy of the sources, and under its build tracker.
    """
    roots = call["root_reqs"]
    target = session.filling.target
    for _ in range(_ROUNDS):
        call["root_reqs"] = list(roots)
        try:
            with hashes.checked(session):
                requirement_set = call.to(original)
        except DistributionNotFound:
            _warn_of_guesses(session, target)
            raise
        session.end_if_failed()
        chosen = _chosen(requirement_set)
        target.take((req, session.version_of(req)) for req in chosen)
        wrong = [req for req in chosen if not session.is_settled(req)]
        if not wrong:
            target.final = True
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
            _forget(call["self"], req)
    raise OverrideError(
        f"{_label(session, wrong[0])} does not settle: with each version that it is built with, it has"
        " another one installed",
        where=session.overrides.shown,
        hint="write that version in the same command, or in a constraints file",
    )


def _label(session: Session, req: Any) -> str:
    return " ".join(filter(None, (normalise(req.name), session.version_of(req))))


def _warn_of_guesses(session: Session, target: Target) -> None:
    """Tell of versions that were taken for the target's when pip found no way to resolve."""
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


def _chosen(requirement_set: Any) -> list[Any]:
    # The legacy resolver keeps what came without a name apart.
    unnamed = getattr(requirement_set, "unnamed_requirements", [])
    return [*unnamed, *requirement_set.requirements.values()]


def _constraint_requirements(filling: Filling) -> list[Any]:
    make = getattr(import_module(seams.REQUIREMENT.module), seams.REQUIREMENT.name)
    return [make(text, comes_from=where, constraint=True) for text, where in filling.constraints]


def _check_chosen(session: Session, req: Any) -> None:
    """Look at one requirement that pip has settled on, before anything is built or installed."""
    build = session.build_of(req)
    filling = session.filling
    if req.link is not None and req.link.is_file and filling.stand_in_at(req.link.file_path):
        # A stand-in is no wheel of an index: no rule is about it.
        return
    if req.link is not None and not req.original_link:
        name = normalise(req.name)
        if name not in session.evaluated:
            seams.passed_by(seams.CANDIDATES)
        if filling.stand_in(name) and name not in filling.offered:
            seams.passed_by(seams.BEST_CANDIDATE)
    if build is not None:
        telling.announce(session, build)
        for warning in checking.refuse_unused(build, session.overrides):
            session.warn(warning)
        session.choose(build)
        return
    if req.link is None or not req.link.is_wheel:
        return
    _check_wheel(session, req)


def _check_wheel(session: Session, req: Any) -> None:
    name = normalise(req.name)
    version = project.version_in_file_name(req.link.filename, name)
    path = req.link.file_path if req.link.is_file else ""
    selection = rules.select(session.overrides, rules.package(name, version), session.environment)
    if path in session.approved:
        session.mark_used_members(session.approved[path][1].members)
        if selection.applies:
            label = f"{name} {version}"
            session.used.update(table.where for table in selection.tables)
            if label not in session.from_cache:
                session.from_cache.append(label)
    elif path.startswith(os.path.join(session.options.cache_dir or os.devnull, "wheels", "")):
        seams.passed_by(seams.CACHE_ENTRY, f"{path} came from the cache past it")
    elif name in session.overrides.no_binary_names and not req.original_link:
        seams.passed_by(seams.CANDIDATES, f"a ready-made wheel of {name} was chosen past it")
    elif any(table.name != "*" for table in selection.tables):
        where = ", ".join(table.where for table in selection.tables if table.name != "*")
        session.warn(
            f"{session.overrides.shown}: {where}: {name} {version} is installed from a ready-made"
            " wheel, so nothing is overridden in it; no-binary = true has it built from its sdist"
        )
