"""What pip chooses under an override: candidates, and the set that its resolver settles on."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from .. import rules
from ..rules.standards import normalise
from . import explaining, project, seams
from .handover import Filling
from .seams import Call, Original
from .session import Session


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
    requirement_set = call.to(original)
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
