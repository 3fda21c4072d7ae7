"""The rules in force where tox itself builds the project: in its packaging environments, without pip.

tox installs the build requirements into such an environment with pip, and then asks the build backend
there. Both are done as for pypa/build: tox gets the effective requirements, each pip that it starts
is told the constraints, and what it has built is checked and recorded.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator, NoReturn, Sequence

from packaging.requirements import Requirement
from tox.tox_env.errors import Fail, Recreate
from tox.tox_env.python.virtual_env.package.pyproject import (
    Pep517VirtualEnvFrontend,
    Pep517VirtualEnvPackager,
)

from ..errors import OverrideError
from ..files import Json, read_json, write_json
from ..frozen import replace
from ..in_build.building import Building
from ..in_build.project import EDITABLE, SDIST, ProjectBuild
from ..in_pip.state import run_report
from ..in_pip.state.messages import Messages
from ..in_pip.target.installed import distributions_in
from ..rules import handed
from ..rules.tables import ENVIRONMENT, PINS, REGENERATE, RELEASE, SEES_TARGET, Overrides

if TYPE_CHECKING:
    from ..in_pip.state.run_directory import RunDirectory

    Send = Callable[..., "tuple[Any, str, str]"]

WHEEL = "wheel"

_ATTRIBUTE = "_pip_build_override_packaging"
_MARK = "_pip_build_override"
_STATIC = "requires"
_HOOKS = "requires_for_build_"
# With these, tox builds the project itself; with the others, pip does.
_OF_TOX = ("wheel", "sdist-wheel", "editable")
_LEGACY = "editable-legacy"
_DISTRIBUTIONS = (SDIST, WHEEL, EDITABLE)
# What concerns the wheel, or its build environment, which pip sees to if tox makes only the sdist.
_OF_PIP = (SEES_TARGET, ENVIRONMENT, PINS, REGENERATE)
_NOTE = "filled.json"
_SECONDS = 10
_SEEDS = frozenset(("setuptools", "wheel"))

_FACTS = """\
import json, os, platform, sys, sysconfig
version = "%d.%d.%d" % sys.implementation.version[:3]
if sys.implementation.version.releaselevel != "final":
    version += sys.implementation.version.releaselevel[0] + str(sys.implementation.version.serial)
print("\\n" + json.dumps({
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": version,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
    "interpreter": [
        platform.python_implementation() + " " + platform.python_version(), sysconfig.get_platform(),
    ],
    "directories": [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")],
}))
"""


def is_in_force(frontend: object) -> bool:
    """Return whether the rules are in force in what an object of tox builds.

    Args:
        frontend: the object through which tox calls the hooks of a build backend.
    """
    env = getattr(frontend, "_tox_env", None)
    return env is not None and packaging_of(env) is not None


def packaging_of(tox_env: Any) -> Packaging | None:
    """Return the rules in a packaging environment; None if none are in force there."""
    found: Packaging | None = vars(tox_env).get(_ATTRIBUTE)
    return found


def builds_by_tox(package: str) -> bool:
    """Return whether tox builds what it installs, with a value of its setting ``package``."""
    return package in _OF_TOX


def builds_without_pip(tox_env: Any) -> bool:
    """Return whether tox builds anything of the project in a packaging environment."""
    kinds = {kind for kind, found in tox_env.builds.items() if found}
    # With that one, pip builds in the environment that the project is for.
    return _LEGACY not in kinds


def problems() -> list[str]:
    """Return what of tox is not as known."""
    wanted = (
        (Pep517VirtualEnvPackager, ("requires", "_setup_env", "_teardown", "root", "_frontend")),
        (Pep517VirtualEnvFrontend, ("_send", "backend_executor", "backend_cmd")),
    )
    return [
        f"{kind.__name__}.{name}: missing"
        for kind, names in wanted
        for name in names
        if not hasattr(kind, name)
    ]


def patch(attach: Callable[[Any], object]) -> None:
    """Let tox call us at each step in its packaging environments, once in each process.

    Args:
        attach: puts the rules in force in an environment, if there are any.
    """
    if hasattr(Pep517VirtualEnvPackager, _MARK) or problems():
        return
    packager, frontend = Pep517VirtualEnvPackager, Pep517VirtualEnvFrontend
    requires, teardown, send = packager.requires, packager._teardown, frontend._send

    @functools.wraps(requires)
    def effective(self: Any) -> Any:
        # The environment is there, and nothing is installed yet.
        attach(self)
        packaging, declared = packaging_of(self), requires(self)
        if packaging is not None and not builds_without_pip(self):
            # Since the backend knows of no editables, tox lets pip build the project after all.
            packaging.end()
            return declared
        return declared if packaging is None else packaging.static(declared)

    @functools.wraps(teardown)
    def end(self: Any) -> None:
        try:
            teardown(self)
        finally:
            packaging = packaging_of(self)
            if packaging is not None:
                packaging.end()

    @functools.wraps(send)
    def sent(self: Any, cmd: str, **kwargs: Any) -> Any:
        packaging = packaging_of(self._tox_env)
        if packaging is None or cmd == "_exit":
            return send(self, cmd, **kwargs)
        return packaging.send(self, cmd, kwargs, functools.partial(send, self, cmd))

    names: dict[str, Any] = {"requires": effective, "_teardown": end, _MARK: True}
    for name, function in names.items():
        setattr(packager, name, function)
    frontend._send = sent  # type: ignore[method-assign]  # tox has no hook for plugins there


class _MessagesOfTox(Messages):
    """Shows messages where tox shows those of the environment, whatever its verbosity."""

    def emit(self, level: int, text: str) -> None:
        record = logging.LogRecord(__name__, level, __file__, 0, text, None, None)
        for handler in logging.getLogger().handlers:
            if type(handler).__module__.startswith("tox"):
                handler.handle(record)


class Packaging:
    """The rules in force in one packaging environment.

    Args:
        tox_env: the environment, which exists by now.
        overrides: the rules.
        content: the content of the overrides file.

    Raises:
        OverrideError: if they cannot be in force there.
    """

    def __init__(self, tox_env: Pep517VirtualEnvPackager, overrides: Overrides, content: bytes) -> None:
        self._env: Any = tox_env
        lacking = problems()
        if lacking:
            self.refuse_bypass("; ".join(lacking))
        self._sources_only = not any(
            builds_by_tox(kind) for kind, found in self._env.builds.items() if found
        )
        self._overrides = _for_sdists(overrides) if self._sources_only else overrides
        self._content = content
        self._building = Building(self, self._read, run_report.place(os.getcwd()), _MessagesOfTox)
        self._projects: dict[tuple[str, str], ProjectBuild] = {}
        # The directories of the sources that are built in a copy, by that copy.
        self._originals: dict[str, str] = {}
        self._filled: ProjectBuild | None = None
        self._output = ("", "")
        self._facts: Json = {}
        vars(tox_env)[_ATTRIBUTE] = self

    def _read(
        self, run: RunDirectory, warn: Callable[[OverrideError], None]
    ) -> tuple[bytes, Overrides]:
        run.furnish = lambda: handed.write(run.file(handed.FILE), self._overrides, handed.IN_THIS_RUN)
        return self._content, self._overrides

    # What differs from other front ends

    @property
    def label(self) -> str:
        """Name and version of tox."""
        return f"tox {metadata.version('tox')}"

    def not_loaded_hint(self) -> str:
        """Return how to have tox start the pip of the environment."""
        return (
            f"let install_command in [testenv:{self._env.name}] run the pip of the environment:"
            " python -I -m pip install {opts} {packages}"
        )

    def by_pip(self, directory: str) -> str:
        """Return how to have pip build the project."""
        return "set package = sdist in [testenv], so that pip builds it"

    def refuse_bypass(self, problem: str) -> NoReturn:
        """Refuse a tox that does not do something in the known way.

        Raises:
            OverrideError: always.
        """
        raise OverrideError(
            f"{self.label} builds in a way that pip-build-override does not know ({problem}), so no"
            " override would be in force",
            kind="unknown-build",
            hint="set package = sdist in [testenv], use a tox that this pip-build-override knows, or"
            " upgrade pip-build-override",
        )

    def failed_to_fill(self, error: subprocess.CalledProcessError, label: str) -> BaseException:
        """Return what tox ends with if pip fails; pip has said why."""
        return SystemExit(error.returncode)

    # The steps

    def static(self, declared: Sequence[Requirement]) -> tuple[Requirement, ...]:
        """Return the effective static requirements, with which the environment begins."""
        if self._projects:
            # The environment is made again, and what the backend has answered is of the old one.
            self._env.root = self._env.root
            self._projects.clear()
        self._filled = None
        with shown_by_tox():
            build, effective = self._begin(str(self._env.root), declared)
        self._filled = build
        return tuple(map(Requirement, effective))

    def _begin(
        self, root: str, declared: Sequence[Requirement]
    ) -> tuple[ProjectBuild, tuple[str, ...]]:
        facts = self._asked()
        build = ProjectBuild(root, str(self._env.env_dir), self, sources_only=self._sources_only)
        build.interpreter = (facts["interpreter"][0], facts["interpreter"][1])
        build.markers = dict(facts["markers"])
        build.directories = tuple(dict.fromkeys(map(os.path.realpath, facts["directories"])))
        self._building.rules.build_with(build.markers)
        self._building.begin(build)
        return build, self._building.static(build, map(str, declared))

    def _asked(self) -> Json:
        """Return what the interpreter of the environment says of itself."""
        if not self._facts:
            command = [str(self._env.env_python()), "-I", "-c", _FACTS]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            try:
                self._facts = dict(json.loads(done.stdout.splitlines()[-1]))
            except (IndexError, ValueError):
                raise OverrideError(
                    f"the interpreter of {self._env.env_dir} cannot be run: {done.stderr.strip()}",
                    kind="unusable-python",
                    hint="tox run -r",
                ) from None
        return self._facts

    def _project(self, frontend: Any, distribution: str) -> ProjectBuild:
        """Return the build of what a hook is about."""
        root = str(frontend._root)
        key = (self._originals.get(root, root), distribution)
        if key not in self._projects:
            filled = self._filled
            if filled is None:
                self.refuse_bypass("the static requirements were not installed")
            build, effective = self._begin(key[0], frontend.requires)
            if sorted(effective) != sorted(filled.first_pass):
                raise OverrideError(
                    f"{build.label} declares other build requirements in its sdist than in"
                    f" {filled.source_directory}, and tox builds both in one environment",
                    kind="environment-changed",
                    hint=self.by_pip(key[0]),
                )
            build.take_environment_of(filled)
            self._projects[key] = build
        return self._projects[key]

    def install(
        self, arguments: object, of_type: str, install: Callable[[], None], ran: Callable[[], int]
    ) -> None:
        """Install requirements into the environment, and compare it with the plan.

        Args:
            arguments: the requirements.
            of_type: what they are for, as tox names it.
            install: has tox install them, if they are not there.
            ran: returns how many commands tox has run in the environment.

        Raises:
            Recreate: if the environment contains what was installed for another plan.
        """
        build = self._build_for(of_type)
        if build is None:
            install()
            return
        assert isinstance(arguments, Sequence)
        wanted = tuple(map(str, arguments))
        kept = os.path.join(str(self._env.env_dir), f"pip-build-override-{of_type}")
        note = {"plan": _digest(build, wanted, self._sources_only)}
        before = read_json(os.path.join(kept, _NOTE))
        if before is not None and (note["plan"] is None or before != note):
            raise Recreate("its build requirements are not what the rules make of them now")
        if before is None:
            shutil.rmtree(kept, ignore_errors=True)
            os.mkdir(kept)
            if of_type == _STATIC:
                self._remove_seeds()

        def start() -> bool:
            commands = ran()
            try:
                install()
            except SystemExit as error:
                status = error.code if isinstance(error.code, int) else 1
                raise subprocess.CalledProcessError(status, "pip") from None
            happened = ran() > commands
            if happened and self._building.filling is not None:
                # Which program it was is checked by what it reports.
                self._building.filling.installer = "pip"
            return happened

        self._building.fill(build, wanted, start, self._env.environment_variables, kept)
        write_json(os.path.join(kept, _NOTE), note)

    def _remove_seeds(self) -> None:
        """Remove what virtualenv puts into an environment, and pip into no build environment."""
        directories = tuple(map(os.path.realpath, self._asked()["directories"]))
        seeds = sorted(_SEEDS.intersection(name for name, _ in distributions_in(directories)))
        if not seeds:
            return
        uninstall = ["-I", "-m", "pip", "uninstall", "--quiet", "--yes", *seeds]
        variables = {
            name: value
            for name, value in self._env.environment_variables.items()
            if not name.startswith("PIP_")
        }
        variables["PIP_CONFIG_FILE"] = os.devnull
        variables["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        done = subprocess.run(
            [str(self._env.env_python()), *uninstall],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise OverrideError(
                f"cannot remove {' and '.join(seeds)} from {self._env.env_dir}, which are in no build"
                f" environment of pip: {done.stderr.strip()}",
                kind="unusable-environment",
                hint="tox run -r",
            )

    def _build_for(self, of_type: str) -> ProjectBuild | None:
        if of_type == _STATIC:
            return self._filled
        if not of_type.startswith(_HOOKS):
            return None
        frontend = self._env._frontend
        build = self._project(frontend, of_type[len(_HOOKS) :])
        if not build.hook_asked:
            # The backend has no such hook.
            self._building.ask(build, of_type[len(_HOOKS) :], {}, lambda _: (), _no_copy, {})
        return build

    def send(self, frontend: Any, cmd: str, kwargs: dict[str, Any], send: Send) -> Any:
        """Call a hook of the build backend, in a process of its own.

        Args:
            frontend: the object through which tox calls hooks.
            cmd: the hook.
            kwargs: its arguments.
            send: has tox call it, with arguments.

        Returns:
            what the hook returns, and what it has written to standard output and error.
        """
        with shown_by_tox():
            return self._sent(frontend, cmd, kwargs, send)

    def _sent(self, frontend: Any, cmd: str, kwargs: dict[str, Any], send: Send) -> Any:
        variables = dict(frontend.backend_executor.env)
        given = dict(kwargs.get("config_settings") or {})
        self._output = ("", "")

        def call(settings: dict[str, object]) -> Any:
            executor = frontend.backend_executor
            executor.env = variables
            if "config_settings" in kwargs:
                kwargs["config_settings"] = settings or None
            try:
                result, *output = send(**kwargs)
            finally:
                # The next hook has other variables.
                _stop(executor)
            self._output = (output[0], output[1])
            return result

        def move(directory: str, copy: str) -> None:
            self._originals[copy] = directory
            _move(frontend, directory, copy, variables)

        step, _, distribution = cmd.rpartition("_")
        if distribution not in _DISTRIBUTIONS:
            build = self._filled
            if build is None:
                self.refuse_bypass("the static requirements were not installed")
            with self._building.backend(build, variables):
                result = call(given)
            return (result, *self._output)
        build = self._project(frontend, distribution)
        if step == "get_requires_for_build":
            asked = self._building.ask(build, distribution, given, call, move, variables)
            return (list(asked), *self._output)
        self._building.look_again(build)
        if step == "prepare_metadata_for_build":
            found = self._building.prepare(build, distribution, given, call, variables)
            return (found, *self._output)
        place = kwargs["sdist_directory" if distribution == SDIST else "wheel_directory"]

        def path_of(settings: dict[str, object]) -> str:
            return os.path.join(place, str(call(settings)))

        path = self._building.build(build, distribution, given, path_of, variables)
        return (os.path.basename(path), *self._output)

    def end(self) -> None:
        """End with the summary, once no environment needs this one."""
        vars(self._env).pop(_ATTRIBUTE, None)
        self._building.end()


def _for_sdists(overrides: Overrides) -> Overrides:
    """Return the rules for an environment in which only sdists are made, which pip installs."""
    tables = overrides.without_settings(_OF_PIP).tables
    # Only pip can be told when what it installs was released.
    return replace(
        overrides,
        tables=tuple(replace(table, as_of="") if table.as_of == RELEASE else table for table in tables),
    )


def _digest(build: ProjectBuild, wanted: tuple[str, ...], sources_only: bool) -> str | None:
    """Return a digest of the plan for an environment; None if it must not be used again."""
    if build.rules_digest is None and not sources_only:
        return None
    limit = build.limit_of_uploads
    plan = [
        sorted(wanted),
        [text for text, _ in build.limits],
        sorted(build.wanted_hashes.items()),
        None if limit is None else limit.to_json(),
        build.rules_digest,
    ]
    return hashlib.sha256(json.dumps(plan).encode()).hexdigest()


def _stop(executor: Any) -> None:
    """End the process of a build backend, if tox has not."""
    running = getattr(executor, "_local_execute", None)
    process = getattr(running[0], "process", None) if running else None
    executor.close()
    if process is not None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS)


def _move(frontend: Any, directory: str, copy: str, variables: dict[str, str]) -> None:
    """Have tox run the hooks of a build backend in a copy of the sources."""
    paths = [os.path.join(copy, os.path.relpath(path, directory)) for path in frontend._backend_paths]
    frontend._root = Path(copy)
    frontend._backend_paths = tuple(map(Path, paths))
    _stop(frontend.backend_executor)
    frontend._backend_executor_ = None
    if paths:
        variables["PYTHONPATH"] = os.pathsep.join(paths)


def _no_copy(directory: str, copy: str) -> None:
    """Do nothing, because no hook runs."""


@contextmanager
def shown_by_tox() -> Iterator[None]:
    """Raise an error of ours as one that tox reports."""
    try:
        yield
    except OverrideError as error:
        raise Fail(f"pip-build-override: error: {error.shown}") from None
