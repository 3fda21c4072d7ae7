"""How build environments are filled while an override is in force, by another pip or by this one."""

from __future__ import annotations

from typing import Any

from ...errors import OverrideError
from ..builds import contents, wheel_record
from ..builds.build import Build
from ..internals import seams
from ..internals.seams import Call, Original
from ..session import Session
from ..state import run_directory
from ..state.run_directory import Filling
from . import source_tree

_FIRST_PASS = "overlay"


def install_requirements(session: Session, original: Original, call: Call) -> Any:
    """Fill a build environment in one of pip's two passes, and see that it is done as planned."""
    if not session.stack:
        seams.passed_by(seams.PREPARE)
    build = session.stack[-1]
    wanted = list(call["requirements"])
    name = call["prefix_as_string"]
    constraints = _check_pass(build, name, wanted)
    if not wanted:
        result = call.to(original)
        contents.take(build, _library_directories(call["self"]))
        contents.check(build, complete=name != _FIRST_PASS)
        return result
    call["requirements"] = wanted
    contents.note_files(build)
    directories = _library_directories(call["self"])
    loans = session.lender.asked_for(wanted)
    stand_ins = tuple(loan.stand_in for loan in loans)
    filling = Filling(constraints, session.filling.depth + 1, directories, stand_ins)
    filling.hashes = build.wanted_hashes
    filling.touched = tuple(sorted(build.plan.touched)) if build.plan is not None else ()
    filling.into = _installed_into(call["self"], name, directories)
    filling.built_for = (*session.filling.built_for, build.label)
    session.fillings.append(filling)
    try:
        with session.run.handed_to_nested(filling) as directory:
            try:
                result = call.to(original)
                session.note_matched(filling)
            finally:
                report = run_directory.read_report(directory)
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
    build.matched.extend(filling.matched)
    if loans:
        build.borrowed.extend(session.lender.link(call["self"], directories, loans))
    wheel_record.note_environment(build, filling.distributions, filling.directories)
    contents.take(build, filling.directories)
    contents.check_nothing_hides(build, call["self"])
    contents.check(build, complete=name != _FIRST_PASS)
    if source_tree.begin_without_leftovers(session, build):
        build.begin_again()
    return result


def _check_pass(build: Build, prefix: str, wanted: list[str]) -> tuple[tuple[str, str], ...]:
    """Compare what pip is about to install with the plan; add to it what a second pass needs."""
    plan = build.plan
    if not build.loaded or plan is None:
        seams.passed_by(seams.LOAD)
    limits = build.limits
    if prefix == _FIRST_PASS:
        build.static_installed = True
        planned = plan.selection.applies or build.early
        first_pass = build.first_pass if planned else build.declared.static
        if sorted(wanted) != sorted(first_pass):
            seams.passed_by(seams.LOAD, "pip takes the declared requirements from elsewhere")
        return limits
    if not build.hook_asked:
        seams.passed_by(seams.BACKEND_HOOK, "its hook was called past the object that we hold")
    returned = plan.hook if plan.selection.applies else build.declared.hook
    if not set(wanted) <= set(returned or ()):
        seams.passed_by(seams.BACKEND_HOOK, "pip takes the hook's requirements from elsewhere")
    if wanted:
        pins, by_path = build.pins_for_second_pass()
        build.pinned = {
            touched: build.environment[touched] for touched in plan.touched & set(build.environment)
        }
        wanted.extend(text for text in by_path if text not in wanted)
        limits = (*limits, *pins)
    return limits


def _library_directories(environment: Any) -> tuple[str, ...]:
    directories = getattr(environment, "lib_dirs", None) or getattr(environment, "_lib_dirs", None)
    if not directories:
        seams.passed_by(seams.INSTALL, "the environment has neither lib_dirs nor _lib_dirs")
    return tuple(directories)


def _installed_into(environment: Any, name: str, directories: tuple[str, ...]) -> tuple[str, ...]:
    """List the library directories that one of pip's passes installs into."""
    prefixes = getattr(environment, "_prefixes", None)
    if prefixes is None:
        # A virtual environment has one place for both passes.
        return directories
    places = getattr(prefixes.get(name), "lib_dirs", None)
    if not places:
        seams.passed_by(seams.INSTALL, f"the environment has no lib_dirs for {name}")
    return tuple(places)
