"""A build environment filled by copies is what pip would have made, whatever builds do to theirs.

Each test says itself whether environments may be reused, also under ``--no-reuse``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple, Sequence

import pytest

from ..support import stampbackend
from ..support.environments import NO_REUSE, Target
from ..support.wheelhouse import ingredient_wheel

PYPROJECT = """
[build-system]
requires = [{requires}]
build-backend = "backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1.0"
"""

# Looks at its build environment after each of pip's passes, and then does its worst.
BACKEND = '''
import base64, contextlib, hashlib, importlib.util, json, marshal, os, re, stat

import stampbackend

NAME, SCRIBBLES, SCRIBBLES_IN = "{name}", "{scribbles}", "{scribbles_in}"

def root():
    import speaks
    path = os.path.abspath(speaks.__file__)
    while not os.path.basename(path).startswith("pip-build-env-"):
        path = os.path.dirname(path)
    return path

def files(top):
    for directory, names, others in os.walk(top):
        names[:] = [name for name in names if name != "__pycache__"]
        for name in names + others:
            yield os.path.join(directory, name)

def content(path, top):
    if os.path.islink(path):
        return "link " + os.readlink(path)
    if os.path.isdir(path):
        return "directory"
    with open(path, "rb") as file:
        found = file.read()
    if path.endswith(os.path.join(".dist-info", "RECORD")):
        return [row(line, path) for line in found.decode().splitlines()]
    # With interpreters of their own, that of one environment is named in those that are made in it.
    return hashlib.sha256(re.sub(rb"pip-build-env-\\w+", b"ROOT", found)).hexdigest()

def row(line, record):
    """A row of RECORD, which has the digest of a script that contains the path."""
    path, _, rest = line.partition(",")
    digest, _, size = rest.partition(",")
    script = os.path.normpath(os.path.join(os.path.dirname(os.path.dirname(record)), path))
    if os.path.basename(os.path.dirname(script)) in ("bin", "Scripts"):
        with open(script, "rb") as file:
            own = base64.urlsafe_b64encode(hashlib.sha256(file.read()).digest()).rstrip(b"=").decode()
        digest = str(digest == "sha256=" + own)
    return [path, digest, size]

def look(hook):
    top = root()
    seen = {{
        os.path.relpath(path, top): [content(path, top), stat.S_IMODE(os.lstat(path).st_mode)]
        for path in files(top)
    }}
    import speaks
    with open(os.path.join(os.environ["LOOKS"], NAME + " " + hook), "w") as file:
        json.dump({{"imported": speaks.VALUE, **seen}}, file)
    if hook == SCRIBBLES_IN:
        scribble(top)

def scribble(top):
    # Only one kind each time: a single file that is missing would be found out whatever else is not.
    for number, path in enumerate(list(files(top))):
        if not os.path.islink(path) and not os.path.isdir(path):
            globals()[SCRIBBLES](number, path)

def writes(number, path):
    status = os.stat(path)
    with open(path, "r+b") as file:
        found = file.read()
        file.seek(0)
        file.write(found[::-1] if number % 2 else found + b"# more")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

def removes(number, path):
    if number % 3:
        os.rename(path, path + ".moved")
        if number % 3 == 1:
            with contextlib.suppress(OSError):
                os.symlink(path + ".moved", path)
    else:
        os.remove(path)

def adds(number, path):
    compile_something_else()
    parent = os.path.dirname(path)
    with open(os.path.join(parent, "new%d.py" % number), "w") as file:
        file.write("x = 1")
    os.makedirs(os.path.join(parent, "new", "directory"), exist_ok=True)
    for changed in (path, parent):
        os.chmod(changed, 0o700)

def compile_something_else():
    """Leave what Python would load without a look at the source (PEP 552)."""
    import speaks
    path = importlib.util.cache_from_source(speaks.__file__)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    code = compile("VALUE = 2", speaks.__file__, "exec")
    head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
    with open(path, "wb") as file:
        file.write(head + marshal.dumps(code))

def get_requires_for_build_wheel(config_settings=None):
    look("requires")
    return ["ingredient"]

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    if SCRIBBLES_IN != "requires":
        look("prepare")
    return stampbackend.prepare_metadata_for_build_wheel(directory, config_settings)

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return stampbackend.write_wheel(directory, NAME, "1.0", {{NAME + ".py": ""}})

get_requires_for_build_editable = get_requires_for_build_wheel
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
build_editable = build_wheel
'''
SCRIPT = "[console_scripts]\nspeaks = speaks:main\n"
# Notes each pip that fills a build environment; twice, because it is in a virtual environment.
STARTS = (
    "import os, sys; any('pip-runner' in one for one in sys.orig_argv)"
    " and open(os.environ['STARTS'], 'a').write('%d ' % os.getpid())\n"
)
# For none of them: a build under a rule that changes its environment is stopped.
OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'


class Project(NamedTuple):
    """A project, and what its build does to its environment.

    Args:
        name: its name.
        scribbles: how its build scribbles over the files of its environment; "" if it does not.
        scribbles_in: the hook in which it does so.
        editable: whether it is installed editable.
        requires: its build requirements, in another order for another environment with the same files.
    """

    name: str
    scribbles: str = ""
    scribbles_in: str = ""
    editable: bool = False
    requires: Sequence[str] = ("speaks",)


# Build requirements that are built themselves; the first one scribbles over its own environment.
BUILT = (Project("made", "writes", "requires"), Project("bought"))
REQUIRES = ("speaks", "made", "bought")
# The first two leave nothing to copy from after the second pass, and after the first one. The third
# leaves all that pip has put there, among other things. pip takes editable ones last.
PROJECTS = (
    Project("first", "writes", "prepare", requires=REQUIRES),
    Project("second", "removes", "requires", requires=REQUIRES),
    Project("third", "adds", "prepare", requires=REQUIRES[::-1]),
    Project("fourth", "writes", "prepare", editable=True, requires=REQUIRES),
    Project("fifth", editable=True, requires=REQUIRES[::-1]),
)
FRESH = Project("fresh", editable=True, requires=REQUIRES)
HOOKS = ("requires", "prepare")


def _sources(directory: Path, project: Project) -> Path:
    directory.mkdir(parents=True)
    requires = ", ".join(f'"{name}"' for name in project.requires)
    pyproject = PYPROJECT.format(name=project.name, requires=requires)
    (directory / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    backend = BACKEND.format(**project._asdict())
    (directory / "backend.py").write_text(backend, encoding="utf-8")
    shutil.copy(stampbackend.__file__, directory)
    return directory


def _sdist(directory: Path, project: Project) -> None:
    sources = _sources(directory / "sources" / f"{project.name}-1.0", project)
    metadata = stampbackend.metadata_text(project.name, "1.0")
    (sources / "PKG-INFO").write_text(metadata, encoding="utf-8")
    shutil.make_archive(str(directory / sources.name), "gztar", sources.parent, sources.name)


class Builds:
    """Builds in one target, each of which looks at what is in its environment.

    Args:
        target: the target.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.starts = target.room / "starts.txt"
        self.runs = 0

    def install(self, *projects: Project, reuse: bool | None, built: Sequence[Project] = ()) -> int:
        """Install projects, and return how many build environments pip has said that it fills.

        Args:
            projects: the projects.
            reuse: whether environments may be reused; None if that is as in all other tests.
            built: build requirements that are built.
        """
        self.runs += 1
        room = self.target.room / f"run {self.runs}"
        wheels, looks = room / "wheels", room / "looks"
        for directory in (wheels, looks):
            directory.mkdir(parents=True)
        info = "speaks-1.0.dist-info/entry_points.txt"
        module = "VALUE = 1\ndef main(): ...\n"
        stampbackend.write_wheel(str(wheels), "speaks", "1.0", {"speaks.py": module, info: SCRIPT})
        ingredient_wheel(wheels, "1.0")
        for project in built:
            _sdist(wheels, project)
        arguments: list[object] = []
        for project in projects:
            sources = _sources(room / project.name, project)
            # pip has no editable installation by a backend before 21.3 (PEP 660).
            editable = project.editable and not self.target.pip.is_older_than("21.3")
            arguments += ["-e", sources] if editable else [sources]
        settings = {
            "PIP_FIND_LINKS": f"{self.target.index.as_uri()} {wheels.as_uri()}",
            "PIP_CACHE_DIR": str(room / "cache"),
            "LOOKS": str(looks),
            "STARTS": str(self.starts),
            **({NO_REUSE: ""} if reuse else {}),
        }
        options = ("--allow-unused", *(("--no-reuse",) if reuse is False else ()))
        result = self.target.override(
            OVERRIDES, "install", *arguments, settings=settings, options=options
        )
        result.succeeded()
        assert self.target.versions().keys() >= {project.name for project in projects}
        return sum("Installing b" in line and "finished" not in line for line in result.lines)

    def look(self, project: str, hook: str) -> dict[str, Any]:
        """Return what the build of a project has seen in the last run, at the beginning of a hook."""
        look = self.target.room / f"run {self.runs}" / "looks" / f"{project} {hook}"
        found: dict[str, Any] = json.loads(look.read_text(encoding="utf-8"))
        return found


@pytest.mark.seam("build environments")
def test_what_a_build_does_to_its_environment_reaches_no_other(target: Target) -> None:
    builds = Builds(target)
    plain = [Project(project.name) for project in BUILT]
    assert builds.install(FRESH, reuse=False, built=plain) == 2
    fresh = {hook: builds.look("fresh", hook) for hook in HOOKS}
    fresh_nested = {hook: builds.look("bought", hook) for hook in HOOKS}
    for hook in HOOKS:
        assert any(path.endswith("made.py") for path in fresh[hook])
        assert any("ingredient" in path for path in fresh[hook]) == (hook == "prepare")
        assert not any(path.endswith("made.py") for path in fresh_nested[hook])
    fills = builds.install(*PROJECTS, reuse=True, built=BUILT)
    for hook in HOOKS:
        for project in (*PROJECTS, *BUILT):
            if hook == "requires" or project.scribbles_in != "requires":
                as_fresh = (fresh_nested if project in BUILT else fresh)[hook]
                assert builds.look(project.name, hook) == as_fresh, f"{project.name}, {hook}"
    # Both passes of the first three, and the second one of the fourth.
    assert fills == 7


@pytest.mark.seam("build environments")
def test_equal_environments_are_filled_once(target: Target) -> None:
    builds = Builds(target)
    assert builds.install(Project("first"), Project("second"), reuse=True) == 2
    for hook in HOOKS:
        assert builds.look("second", hook) == builds.look("first", hook)


@pytest.mark.seam("none")
def test_all_other_tests_are_run_as_asked(target: Target, pytestconfig: pytest.Config) -> None:
    fills = Builds(target).install(Project("first"), Project("second"), reuse=None)
    assert fills == (4 if pytestconfig.getoption("--no-reuse") else 2)


@pytest.mark.pips(only=("26.3",))
def test_filled_without_another_pip_as_by_another_pip(target: Target) -> None:
    builds = Builds(target)
    (target.site_packages / "starts.pth").write_text(STARTS, encoding="utf-8")
    builds.starts.touch()
    builds.install(Project("first"), Project("second"), reuse=True)
    # For no pass of the first one, of which the second one is a copy.
    assert builds.starts.read_text(encoding="utf-8") == ""
    found = {(name, hook): builds.look(name, hook) for name in ("first", "second") for hook in HOOKS}
    builds.install(Project("third"), Project("fourth"), reuse=False)
    assert len(set(builds.starts.read_text(encoding="utf-8").split())) == 4
    for hook in HOOKS:
        assert builds.look("third", hook) == found["first", hook]
        assert builds.look("fourth", hook) == found["second", hook]
