"""Builds that look at what is in their build environments, and then scribble over all of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple, Sequence

from . import stampbackend
from .environments import NO_REUSE, Target
from .wheelhouse import ingredient_wheel

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
# For none of them: a build under a rule that changes its environment is stopped.
OVERRIDES = '[package.declares]\nreplace.ingredient = "ingredient==1.0"\n'
HOOKS = ("requires", "prepare")


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


class Builds:
    """Builds in one target, each of which looks at what is in its environment.

    Args:
        target: the target.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.starts = target.room / "starts.txt"
        self.runs = 0
        self.wheels = target.room / "wheels"
        self.wheels.mkdir()
        info = "speaks-1.0.dist-info/entry_points.txt"
        files = {"speaks.py": "VALUE = 1\ndef main(): ...\n", info: SCRIPT}
        stampbackend.write_wheel(str(self.wheels), "speaks", "1.0", files)
        ingredient_wheel(self.wheels, "1.0")

    def install(
        self,
        *projects: Project,
        reuse: bool | None,
        built: Sequence[Project] = (),
        overrides: str = OVERRIDES,
        options: Sequence[str] = (),
        cache: Path | None = None,
    ) -> int:
        """Install projects, and return how many build environments pip has said that it fills.

        Args:
            projects: the projects.
            reuse: whether environments may be reused; None if that is as in all other tests.
            built: build requirements that are built.
            overrides: the text of the overrides file.
            options: more options of ``run``.
            cache: pip's cache directory; by default an empty one.
        """
        settings = self.begin(cache)
        if reuse:
            settings[NO_REUSE] = ""
        for project in built:
            sources = self.sources(project, "sources")
            metadata = stampbackend.metadata_text(project.name, "1.0")
            (sources / "PKG-INFO").write_text(metadata, encoding="utf-8")
            archive = str(self.wheels / sources.name)
            shutil.make_archive(archive, "gztar", sources.parent, sources.name)
        arguments: list[object] = []
        for project in projects:
            # pip has no editable installation by a backend before 21.3 (PEP 660).
            editable = project.editable and not self.target.pip.is_older_than("21.3")
            arguments += ["-e"] * editable + [self.sources(project)]
        options = ("--allow-unused", *options, *(("--no-reuse",) if reuse is False else ()))
        result = self.target.override(
            overrides, "install", *arguments, settings=settings, options=options
        )
        result.succeeded()
        assert self.target.versions().keys() >= {project.name for project in projects}
        return sum("Installing b" in line and "finished" not in line for line in result.lines)

    def begin(self, cache: Path | None = None) -> dict[str, str]:
        """Begin a new run, and return its environment variables.

        Args:
            cache: pip's cache directory; by default an empty one.
        """
        self.runs += 1
        looks = self._room / "looks"
        looks.mkdir(parents=True)
        return {
            "PIP_FIND_LINKS": f"{self.target.index.as_uri()} {self.wheels.as_uri()}",
            "PIP_CACHE_DIR": str(cache or self._room / "cache"),
            "LOOKS": str(looks),
            "STARTS": str(self.starts),
        }

    def sources(self, project: Project, below: str = "") -> Path:
        """Write the sources of a project for a run, and return their directory.

        Args:
            project: the project.
            below: the directory that they are written to, in that of the run.
        """
        directory = self._room / below / f"{project.name}-1.0"
        directory.mkdir(parents=True)
        requires = ", ".join(f'"{name}"' for name in project.requires)
        pyproject = PYPROJECT.format(name=project.name, requires=requires)
        (directory / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        backend = BACKEND.format(**project._asdict())
        (directory / "backend.py").write_text(backend, encoding="utf-8")
        shutil.copy(stampbackend.__file__, directory)
        return directory

    @property
    def _room(self) -> Path:
        return self.target.room / f"run {self.runs}"

    def look(self, project: str, hook: str) -> dict[str, Any]:
        """Return what the build of a project has seen in the last run, at the beginning of a hook."""
        look = self._room / "looks" / f"{project} {hook}"
        found: dict[str, Any] = json.loads(look.read_text(encoding="utf-8"))
        return found
