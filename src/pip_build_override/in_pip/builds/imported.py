"""What a build really imports, if something that is installed in the target may interfere.

Python runs the import lines of the target's ``.pth`` files before pip's isolation begins. Those of the
editables of meson-python and scikit-build-core put a finder before all directories, with which a build
imports the editable in place of what its build environment contains.
"""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
from typing import TYPE_CHECKING, Iterator

from ...errors import OverrideError
from ...rules.tables import SETTINGS
from ...startup import STEM
from ..internals import functions, objects
from ..target import installed

if TYPE_CHECKING:
    from ..internals.protocols import BuildEnvironment
    from .build import Build

# The files of setuptools and of virtualenv are about distutils only.
_HARMLESS = {f"{STEM}.pth", f"{STEM}.start", "distutils-precedence.pth", "_virtualenv.pth"}
# A module of setuptools, loaded by that file, so that the target's is the one in use.
_HOOK = "_distutils_hack"
_SECONDS = 60
_HINT = (
    "uninstall the editable that one of these files belongs to, or run pip in an environment without it"
)

# Prints where each of some modules would be imported from; "" for none.
_SCRIPT = """\
import importlib.util, json, sys
sys.path[:] = [path for path in sys.path if path]
found = {}
for name in json.loads(sys.argv[1]):
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    origin = spec.origin if spec is not None and spec.has_location else None
    parts = getattr(spec, "submodule_search_locations", None) or ()
    found[name] = origin or next(iter(parts), "")
print("\\n" + json.dumps(found))
"""


def check_from_environment(build: Build, environment: BuildEnvironment) -> None:
    """Check that a build imports what its build environment contains, and nothing that was removed.

    This starts the interpreter, so it is only done if the target has such files.

    Args:
        build: The build whose environment was filled.
        environment: pip's build environment.

    Raises:
        OverrideError: If it imports something else.
    """
    if build.plan is None or not build.overridden or not objects.is_virtual(environment):
        return
    files = sorted(_files_with_code())
    if not files:
        return
    expected = {
        module: copy
        for copy in build.contents.values()
        # What is seen of the target may share a package with what pip installed in front of it.
        if copy.name in build.plan.touched or not build.is_elsewhere(copy)
        for module in installed.modules(copy)
        if module != _HOOK
    }
    # What is seen and was removed is an error already, and its modules may belong to something else.
    changes = build.plan.changes if build.seen is None else ()
    changed = {change.name for change in changes if change.kind not in SETTINGS.values()}
    gone = changed - build.contents.keys()
    removed = {module for name in gone for module in _modules_named_for(name)}
    try:
        with environment:
            found = _found([*expected, *sorted(removed - expected.keys())])
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise OverrideError(
            f"it is not known what {build.label} imports while it is built, because of code that Python"
            f" runs at its start: {', '.join(files)}: {error}",
            kind="wrong-import",
            hint=_HINT,
        ) from None
    for module, place in found.items():
        copy = expected.get(module)
        expected_there = copy is not None and _is_below(place, copy.site)
        if not place or expected_there or (copy is None and _is_in_standard_library(place)):
            continue
        label = f"{copy.name} {copy.version}" if copy is not None else f"no {module}"
        raise OverrideError(
            f"the build environment of {build.label} contains {label}, but the module {module} would"
            f" be imported from {place}, because of code that Python runs at its start:"
            f" {', '.join(files)}",
            kind="wrong-import",
            hint=_HINT,
        )


def _files_with_code() -> Iterator[str]:
    """Yield the files of the target that have Python run code at its start."""
    for directory in dict.fromkeys((*functions.library_directories(), *site.getsitepackages())):
        try:
            names = os.listdir(directory)
        except OSError:
            continue
        for name in names:
            path = os.path.join(directory, name)
            if name.endswith((".pth", ".start")) and name not in _HARMLESS and _has_code(path):
                yield path


def _has_code(path: str) -> bool:
    if path.endswith(".start"):
        return True
    try:
        with open(path, "rb") as file:
            return any(line.startswith((b"import ", b"import\t")) for line in file)
    except OSError:
        return False


def _modules_named_for(name: str) -> Iterator[str]:
    """Yield the modules that a distribution probably contains, of which nothing is installed."""
    from ...diagnosis.modules import modules_of  # only if the target has such files

    yield name.replace("-", "_")
    yield from modules_of(name)


def _found(modules: list[str]) -> dict[str, str]:
    """Return where modules are imported from, in the environment variables of this process."""
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, json.dumps(modules)],
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    if done.returncode:
        raise ValueError(f"Python ended with status {done.returncode}")
    # Code at the start may print something, too.
    found: dict[str, str] = json.loads((done.stdout.splitlines() or [b""])[-1])
    return found


def _is_in_standard_library(path: str) -> bool:
    """Return whether a module is the standard library's, as for a backport that was removed."""
    paths = sysconfig.get_paths()
    library = {paths["stdlib"], paths["platstdlib"]}
    installed = any(_is_below(path, each) for each in (*site.getsitepackages(), paths["purelib"]))
    return not installed and any(_is_below(path, each) for each in library)


def _is_below(path: str, directory: str) -> bool:
    return any(
        installed.is_below(of(path), of(directory)) for of in (os.path.abspath, os.path.realpath)
    )
