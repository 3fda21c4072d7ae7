"""A build that failed under the shim: what it printed, and what is said of it after pip's own output.

pip hands every line that a build prints to the logger ``pip.subprocessor``, whatever is shown of it.
That logger's methods are all that is held on to here, and a pip without them loses nothing but hints.
"""

from __future__ import annotations

import functools
import logging
import os
import shlex
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator

from .. import rules, switch
from ..diagnosis import Failure, diagnose
from ..diagnosis.from_command_line import with_remedies
from ..diagnosis.lines import clean
from ..diagnosis.output import Output
from ..diagnosis.signatures import Matcher, known_signatures
from ..diagnosis.structure import strip
from ..diagnosis.wording import FILE, joined, not_found_hint, overrides_lines, sentences
from ..records import without_secrets
from ..rules.standards import normalise, read_toml
from ..terminal import Style
from .build import Build

if TYPE_CHECKING:
    from .session import Session

_LOGGER = "pip.subprocessor"
_METHODS = ("debug", "verbose", "info")
_SILENT = 3

# What is said of a command is said once pip has closed its logging, by the process's last command.
_kept: list[list[str]] = []


@contextmanager
def listening(session: Session) -> Iterator[None]:
    """Look at what builds print while one pip command runs."""
    logger = logging.getLogger(_LOGGER)
    matcher = Matcher(known_signatures())
    wrapped = [name for name in _METHODS if hasattr(logger, name)]
    for name in wrapped:
        setattr(logger, name, _overheard(getattr(logger, name), session, matcher))
    try:
        yield
    finally:
        for name in wrapped:
            delattr(logger, name)


def _overheard(original: Any, session: Session, matcher: Matcher) -> Any:
    @functools.wraps(original)
    def log(message: Any, *args: Any, **kwargs: Any) -> None:
        build = _at_work(session)
        if build is not None:
            if args:
                # What pip itself says: that it starts a command, and which one it was that failed.
                if str(message).startswith("Running command"):
                    build.output = Output(matcher)
            elif build.output is not None:
                build.output.take(strip(clean(str(message)).text))
        original(message, *args, **kwargs)

    return log


def _at_work(session: Session) -> Build | None:
    if session.stack:
        return session.stack[-1]
    return next((build for build in reversed(session.builds) if build.being_built), None)


def note(session: Session, build: Build) -> None:
    """Write down what is known of a build that failed."""
    if session.explain:
        return
    depth = session.filling.depth
    nested = []
    for record in reversed(session.failures):
        if record["depth"] <= depth:
            break
        nested.append(Failure.from_json(record["failure"]))
    output = build.output
    not_found = output.not_found if output is not None and not nested else ""
    asked_in = _asked_in(build, not_found)
    failure = Failure(
        name=build.package.name or normalise(build.req.name or ""),
        version=build.package.version or "",
        step="build",
        hits=output.hits if output is not None and not nested else (),
        error=output.error if output is not None and not nested else "",
        python=".".join(map(str, sys.version_info[:2])),
        environment=build.environment if build.static_installed else None,
        declared=(*build.declared.static, *(build.declared.hook or ())),
        asked_by=_asked_by(build.req),
        nested=tuple(reversed(nested)),
        origins=tuple(_origins(build)),
        own_modules=_own_modules(build.source_directory),
        setup_py=_setup_py(build.source_directory),
        not_found=not_found if asked_in else "",
        asked_in=asked_in,
    )
    session.failures.append({"depth": depth, "failure": failure.to_json()})


def _asked_in(build: Build, requirement: str) -> str:
    """Return file and table of the rule that asks for a requirement; "" where none does."""
    changes = build.plan.changes if build.plan is not None and requirement else ()
    name = _name(requirement)
    return next((change.where for change in changes if name in map(_name, change.after)), "")


def _asked_by(req: Any) -> str:
    who = req.comes_from
    if who is None or isinstance(who, str):
        return who or ""
    return _without_password(str(who.req or who))


def _origins(build: Build) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what is in the build environment, by who asked for it."""
    rest = dict(build.environment)
    changes = build.plan.changes if build.plan is not None else ()
    by_rule = [name for change in changes for name in map(_name, change.after)]
    titles = [(f"by {change.where}", list(map(_name, change.after))) for change in changes]
    declared = [name for name in map(_name, build.declared.static) if name not in by_rule]
    asked = [name for name in map(_name, build.declared.hook or ()) if name not in by_rule]
    for title, names in (("declared", declared), ("asked for by its backend", asked), *titles):
        found = tuple(f"{name} {rest.pop(name)}" for name in dict.fromkeys(names) if name in rest)
        if found:
            yield title, found
    if rest:
        yield "come with those", tuple(f"{name} {version}" for name, version in sorted(rest.items()))


def _name(requirement: str) -> str:
    end = next((i for i, c in enumerate(requirement) if not (c.isalnum() or c in "._-")), None)
    return normalise(requirement[:end])


def _own_modules(directory: str) -> frozenset[str]:
    try:
        entries = os.listdir(directory)
    except OSError:
        return frozenset()
    return frozenset(name[:-3] if name.endswith(".py") else name for name in entries)


def _setup_py(directory: str) -> str | None:
    try:
        with open(os.path.join(directory, "setup.py"), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


# What is said


def keep_for_the_end(session: Session) -> None:
    """Put into words what is known of the failures of a command, for when pip has said its own."""
    if session.outermost and session.failures and session.options.quiet < _SILENT:
        _kept.append(_lines(session))


def after_all_else(command: Any) -> None:
    """Have a pip command end in what was kept, after pip's own output."""
    main = command.main

    @functools.wraps(main)
    def main_and_diagnosis(*args: Any, **kwargs: Any) -> Any:
        try:
            return main(*args, **kwargs)
        finally:
            while _kept:
                lines = _kept.pop(0)
                sys.stdout.flush()
                sys.stderr.write("\n".join(["", *lines, ""]))
                sys.stderr.flush()

    command.main = main_and_diagnosis


def _lines(session: Session) -> list[str]:
    style = Style(sys.stderr, plain=session.options.no_color)
    failures = [Failure.from_json(record["failure"]) for record in session.failures]
    outer = [diagnose(failure) for failure in failures]
    # What a package is built with is better replaced than mended.
    replaced = {
        normalise(inner.name)
        for diagnosis in outer
        if diagnosis.rules
        for inner in diagnosis.failure.nested
    }
    lines = []
    for diagnosis in outer:
        for sentence in sentences(diagnosis):
            lines.append(f"{style.error('pip-build-override:')} {sentence}")
        failure = diagnosis.failure
        if failure.origins:
            lines.append("  build environment:")
            lines += [f"    {', '.join(found)} ({title})" for title, found in failure.origins]
        if failure.asked_by:
            lines.append(f"  asked for by: {failure.asked_by}")
        if failure.not_found:
            lines.append(f"{style.hint('hint:')} {not_found_hint(failure)}")
    mended = [d for d in outer if d.rules and normalise(d.failure.name) not in replaced]
    existing, shown = _existing(session)
    given = rules.CommandLine.load(os.environ.get(switch.COMMAND_LINE, ""))
    now_given, left, clashes = with_remedies(given, mended)
    tables, problems = joined(left, existing, shown if existing else FILE)
    for problem in (*clashes, *problems):
        lines += [f"  {problem.says}", f"{style.hint('hint:')} {problem.hint}"]
    if tables:
        known = " in place of what it says there" if any(name in existing for name in tables) else ""
        lines.append(f"{style.hint('hint:')} in {shown}{known}")
        lines += overrides_lines(tables, indent="    ")
        lines.append(f"  and then: {_command(session, now_given, FILE)}")
    elif now_given.set != given.set:
        lines.append(f"{style.hint('hint:')} {_command(session, now_given)}")
    return [style.encodable(line) for line in lines]


def _existing(session: Session) -> tuple[dict[str, Any], str]:
    overrides = session.overrides
    if not _has_file(session):
        return {}, FILE
    if overrides.form == "txt":
        return {}, f"a file {FILE}, with {overrides.shown} put into it"
    with open(session.run.file("overrides"), encoding="utf-8-sig") as file:
        document = read_toml(file.read())
    if overrides.form == "pyproject":
        document = document.get("tool", {}).get("pip-build-override", {})
    return document.get("package", {}), overrides.shown


def _has_file(session: Session) -> bool:
    # Under ``run`` with nothing but --set there is one, which goes when ``run`` ends.
    watched = os.environ.get(switch.WATCH)
    return bool(session.overrides.path) and os.path.dirname(session.overrides.path) != watched


def _command(session: Session, given: rules.CommandLine, new_file: str = "") -> str:
    words = ["pip", *sys.argv[1:]]
    if switch.WATCH in os.environ:
        name = _from_here(session.overrides.path) if _has_file(session) else new_file
        options = [word for text in ([name] if name else []) for word in ("--overrides", text)]
        options += [word for text in given.constrain for word in ("--constrain", text)]
        options += [word for text in given.set for word in ("--set", text)]
        words = ["pip-build-override", "run", *options, "--", *words]
    return " ".join(map(shlex.quote, map(_without_password, words)))


def _from_here(path: str) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:
        # On Windows there is no way from one drive to another.
        return path


def _without_password(word: str) -> str:
    """Return what may stand in a log; pip hides passwords and tokens in URLs as well."""
    # That of ssh is the name of an account, and no secret.
    return word if "ssh://" in word else without_secrets(word)
