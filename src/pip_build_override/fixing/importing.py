"""Imports what was built, in processes of their own, with what the command would install."""

from __future__ import annotations

import re
import subprocess
import zipfile
from dataclasses import dataclass
from email.parser import BytesParser
from typing import Callable, ContextManager, Iterable

from ..build_steps import IMPORT
from ..diagnosis import Failure
from ..diagnosis.failed_command import FailedCommand
from ..diagnosis.modules import gone_since
from ..diagnosis.output import Output
from ..diagnosis.signatures import AT_IMPORT, Matcher, known_signatures
from ..files import replace_whole
from ..rules.place import listing
from ..variables import without_rules
from ..verifying import imports
from ..verifying.messages import is_no_module, meaning
from . import pip_variables
from .attempts import Attempt, Imported
from .clock import Clock
from .importing_environment import make_environment
from .modules_of_wheel import Modules, modules_of_wheel
from .workplace import Workplace

_SECONDS = 60.0
_WITHOUT_NUMPY = re.compile(r"numpy\._?core\.multiarray failed to import")
_HAS_NUMPY = "import importlib.util, sys; sys.exit(importlib.util.find_spec('numpy') is None)"
_MISSING = re.compile(r"No module named '([\w.]+)'")
# Without them, what was built for an old setuptools does not run, though no requirement says so.
_OF_BUILD_TOOLS = frozenset(("pkg_resources", "setuptools"))


@dataclass(frozen=True)
class _Keeper:
    """Takes care of the processes in which modules are imported."""

    place: Workplace
    clock: Clock

    @property
    def temporary(self) -> str:
        return self.place.temporary

    def watched(self, child: subprocess.Popen[bytes]) -> ContextManager[None]:
        return self.place.watched(child)

    def check(self) -> None:
        self.clock.check()


def import_wheel(
    command: FailedCommand,
    failure: Failure,
    attempt: Attempt,
    rules: str,
    place: Workplace,
    clock: Clock,
) -> Imported:
    """Install a wheel beside what the environment of a command has, and import its modules.

    Args:
        command: The command.
        failure: The failure of the package in it.
        attempt: The attempt that has built the wheel.
        rules: The overrides file under which it was built.
        place: Where to work.
        clock: The time that there is.

    Raises:
        TimeIsUp: If there is no time left.
    """
    with zipfile.ZipFile(attempt.wheel) as wheel:
        paths = wheel.namelist()
        requires = _requires(wheel, paths)
    modules = modules_of_wheel(failure.name, paths)
    if not modules.tops and not modules.compiled:
        return Imported(True, reason="there is no module in it")
    variables = without_rules(command.variables)
    python = make_environment(command.python, place, clock, variables)
    if python is None:
        return Imported(True, reason="not tried: a virtual environment cannot be made")
    of_pip = pip_variables.for_pip(command.variables, rules)
    # A configuration file may say so, and pip refuses that in a virtual environment.
    of_pip["PIP_USER"] = "0"
    options = (
        *command.options_of_finder,
        *(word for word in command.options_for(failure) if word.startswith("--constraint=")),
    )
    install = [python, command.pip, "install", *options]
    # It may be installed there in the same version, which pip would keep.
    alone = [*install, "--no-deps", "--force-reinstall", attempt.wheel]
    log = place.new("log")
    if place.run(alone, of_pip, log, clock, command.directory):
        reason = _last_error(log) or "pip cannot install the wheel"
        return Imported(False, _failure(failure, attempt, [reason]), reason)
    lacks = ""
    if requires and "--no-deps" in command.options_for(failure):
        lacks = "and the command installs no dependencies"
    elif requires and failure.hashes:
        # No other files than those with the hashes in the command may be installed.
        lacks = "and the command installs only files with given hashes"
    elif requires:
        log = place.new("log")
        together = [*install, *_limits(command.limits_for(failure), place), attempt.wheel]
        if place.run(together, of_pip, log, clock, command.directory):
            lacks = _last_error(log) or "what it requires cannot be installed"
    found = imports.import_all(
        python,
        list(dict.fromkeys((*modules.tops, *modules.compiled))),
        place.environment(variables),
        min(_SECONDS, clock.left()),
        _Keeper(place, clock),
    )

    def has_numpy() -> bool:
        words = [python, "-c", _HAS_NUMPY]
        return place.run(words, variables, place.new("log"), clock, command.directory) == 0

    return judged(found, modules, failure, attempt, lacks, has_numpy)


def _limits(limits: Iterable[str], place: Workplace) -> list[str]:
    """Return the options by which pip installs no other versions than the command asks for."""
    lines = [f"{limit}\n" for limit in limits]
    if not lines:
        return []
    path = f"{place.new('limits')}.txt"
    replace_whole(path, "".join(lines).encode())
    return [f"--constraint={path}"]


def judged(
    found: Iterable[imports.Failure],
    modules: Modules,
    failure: Failure,
    attempt: Attempt,
    lacks: str = "",
    has_numpy: Callable[[], bool] = lambda: True,
) -> Imported:
    """Return whether what was built can be imported.

    Args:
        found: The modules that cannot be.
        modules: All modules.
        failure: The failure of the package, for which there are rules now.
        attempt: The attempt that has built it.
        lacks: Why something that it requires is not installed; "" if everything is.
        has_numpy: Returns whether numpy is installed there.
    """
    needs: list[str] = []
    for each in found:
        said = f"{each.said}\n{each.text}"
        if is_no_module(said):
            continue
        missing = _missing(each, modules, has_numpy)
        if missing and (lacks or missing not in _OF_BUILD_TOOLS):
            needs.append(missing)
            continue
        if meaning(said) is None and each.kind == imports.FAILED and each.module not in modules.tops:
            # Modules for something that is not set up here, or for tests, may refuse to be imported.
            continue
        first = (each.text.strip().splitlines() or ["no message"])[0]
        reason = ": ".join(filter(None, (each.module, each.exception, first)))
        return Imported(False, _failure(failure, attempt, said.splitlines()), reason)
    if not needs:
        return Imported(True)
    names = listing(tuple(dict.fromkeys(needs)))
    why = lacks or "which it does not require"
    return Imported(True, reason=f"not tried: it needs {names}, {why}")


def _missing(each: imports.Failure, modules: Modules, has_numpy: Callable[[], bool]) -> str:
    """Return the module of another distribution that is missing; "" if it is anything else.

    One that was removed from the standard library is no such module, and neither is one in a package
    that is there: that one is of another version.
    """
    if each.exception == "ImportError" and _WITHOUT_NUMPY.search(each.text):
        # What Cython generates says only this, whatever the reason is.
        return "" if has_numpy() else "numpy"
    found = _MISSING.search(each.text) if each.exception == "ModuleNotFoundError" else None
    name = found[1] if found is not None else ""
    return "" if "." in name or name in modules.own or gone_since(name) else name


def _failure(known: Failure, attempt: Attempt, said: Iterable[str]) -> Failure:
    output = Output(Matcher(known_signatures()))
    for line in said:
        output.take(line.strip())
    return Failure(
        known.name,
        known.version,
        IMPORT,
        tuple(hit for hit in output.hits if hit.signature.at == AT_IMPORT),
        output.error,
        output.cause,
        known.python,
        environment=dict(attempt.environment),
        declared=known.declared,
        requirement=known.requirement,
    )


def _requires(wheel: zipfile.ZipFile, paths: Iterable[str]) -> bool:
    """Return whether a wheel requires other distributions, on any platform and without extras."""
    path = next((path for path in paths if re.fullmatch(r"[^/]+\.dist-info/METADATA", path)), "")
    lines = BytesParser().parsebytes(wheel.read(path)).get_all("Requires-Dist", ()) if path else ()
    return any(not re.search(r";.*\bextra\s*==", line) for line in lines)


def _last_error(log: str) -> str:
    """Return the last error that a pip has printed; "" if there is none."""
    with open(log, encoding="utf-8", errors="replace") as file:
        errors = [line.strip() for line in file if line.startswith(("ERROR: ", "error: "))]
    return errors[-1].partition(": ")[2] if errors else ""
