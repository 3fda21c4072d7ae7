"""Builds that look at what is in their build environments, and then scribble over all of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import MappingProxyType
from typing import Any, Collection, Mapping

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

NAME, SCRIBBLES_IN = "{name}", "{scribbles_in}"

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
    compile_something_else()
    for number, path in enumerate(list(files(top))):
        if os.path.islink(path) or os.path.isdir(path):
            continue
        status = os.stat(path)
        with open(path, "rb") as file:
            found = file.read()
        if number % 6 == 0:
            os.remove(path)
        elif number % 6 == 1:
            os.rename(path, path + ".moved")
        elif number % 6 == 2:
            os.rename(path, path + ".moved")
            with contextlib.suppress(OSError):
                os.symlink(path + ".moved", path)
        else:
            with open(path, "r+b") as file:
                file.write(found[::-1] if number % 6 == 3 else found + b"# more")
            os.chmod(path, 0o777)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        parent = os.path.dirname(path)
        with open(os.path.join(parent, "new%d.py" % number), "w") as file:
            file.write("x = 1")
        os.makedirs(os.path.join(parent, "new", "directory"), exist_ok=True)
        os.chmod(parent, 0o700)

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


def _project(directory: Path, name: str, scribbles_in: str, requires: str) -> Path:
    directory.mkdir(parents=True)
    pyproject = PYPROJECT.format(name=name, requires=requires)
    (directory / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    backend = BACKEND.format(name=name, scribbles_in=scribbles_in)
    (directory / "backend.py").write_text(backend, encoding="utf-8")
    shutil.copy(stampbackend.__file__, directory)
    return directory


def _sdist(room: Path, directory: Path, name: str, scribbles_in: str) -> None:
    sources = room / f"{name}-1.0"
    _project(sources, name, scribbles_in, '"speaks"')
    metadata = stampbackend.metadata_text(name, "1.0")
    (sources / "PKG-INFO").write_text(metadata, encoding="utf-8")
    shutil.make_archive(str(directory / sources.name), "gztar", sources.parent, sources.name)


class Builds:
    """Builds in one target, each of which looks at what is in its environment.

    Args:
        target: the target.
        built: build requirements that are built, and the hooks in which these scribble.
    """

    def __init__(self, target: Target, built: Mapping[str, str] = MappingProxyType({})) -> None:
        self.target = target
        self.built = built
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
        projects: Mapping[str, str],
        *options: str,
        reuse: bool | None,
        editable: Collection[str] = (),
        overrides: str = OVERRIDES,
        cache: Path | None = None,
    ) -> int:
        """Install projects, and return how many build environments pip has said that it fills.

        Args:
            projects: each with the hook in which it scribbles over its environment.
            options: more options of ``run``.
            reuse: whether environments may be reused; None if that is as in all other tests.
            editable: those that are installed editable.
            overrides: the text of the overrides file.
            cache: pip's cache directory; by default an empty one.
        """
        settings = self.settings(cache)
        arguments: list[object] = []
        for name, project in self.projects(projects, reuse=bool(reuse)).items():
            arguments += ["-e", project] if name in editable else [project]
        if reuse:
            settings[NO_REUSE] = ""
        options = ("--allow-unused", *options, *(("--no-reuse",) if reuse is False else ()))
        result = self.target.override(
            overrides, "install", *arguments, settings=settings, options=options
        )
        result.succeeded()
        assert self.target.versions().keys() >= set(projects)
        return sum("Installing b" in line and "finished" not in line for line in result.lines)

    def settings(self, cache: Path | None = None) -> dict[str, str]:
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

    def projects(self, projects: Mapping[str, str], *, reuse: bool) -> dict[str, Path]:
        """Write the projects of a run.

        Args:
            projects: each with the hook in which it scribbles over its environment.
            reuse: whether build requirements scribble, too.
        """
        for name, hook in self.built.items():
            _sdist(self._room / "sources", self.wheels, name, hook if reuse else "")
        requires = ", ".join(f'"{name}"' for name in ("speaks", *self.built))
        return {
            name: _project(self._room / name, name, hook, requires) for name, hook in projects.items()
        }

    @property
    def _room(self) -> Path:
        return self.target.room / f"run {self.runs}"

    def look(self, project: str, hook: str) -> dict[str, Any]:
        """Return what the build of a project has seen in the last run, at the beginning of a hook."""
        look = self._room / "looks" / f"{project} {hook}"
        found: dict[str, Any] = json.loads(look.read_text(encoding="utf-8"))
        return found
