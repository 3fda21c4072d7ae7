"""An overrides file in force in the environments of tox, and the proof that it was.

tox starts pip with ``-I``, which ignores PYTHONPATH, and passes on few variables. So the start-up hook
is written into the environment itself, as ``pip-build-override install`` does, and only variables that
begin with ``PIP_`` change.
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator

from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Fail, Recreate
from tox.tox_env.package import PackageToxEnv
from tox.tox_env.python.api import Python
from tox.tox_env.python.pip.pip_install import Pip
from tox.tox_env.python.virtual_env.package.pyproject import Pep517VirtualEnvPackager
from tox.tox_env.runner import RunToxEnv

from .. import switch
from ..errors import OverrideError
from ..files import read_json, read_whole, replace_whole, shown_path, write_json
from ..rules.standards import normalise
from ..startup import block
from . import rules_digest, tox_packaging, watched
from .tox_packaging import shown_by_tox

if TYPE_CHECKING:
    from tox.config.sets import EnvConfigSet
    from tox.session.state import State

KEY = "build_requirements_override"
"""The setting of an environment that names its overrides file."""

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The file in which tox notes what an environment is, and the part that it compares first.
_INFO = ".tox-info.json"
_KIND = "ToxEnv"
# Names of files in the directory of an environment.
_RULES = "pip-build-override.json"
_UNFINISHED = "pip-build-override.unfinished"

_ATTRIBUTE = "_pip_build_override"
_SETUP = "_pip_build_override_setup"
_SEEDS = frozenset(("pip", "setuptools", "wheel", "distribute"))


def failure(error: OverrideError) -> Fail:
    """Return an error of ours as one that tox reports."""
    return Fail(f"pip-build-override: error: {error.shown}")


def _forget_before_setup() -> None:
    """Let tox take an environment that was made under rules as its own: ``attach`` compares them."""
    if hasattr(ToxEnv, _SETUP):
        return
    setup = ToxEnv.setup

    @functools.wraps(setup)
    def with_ours(self: ToxEnv) -> None:
        _note_for_tox(self, "")
        setup(self)

    vars_of_class: dict[str, Any] = {"setup": with_ours, _SETUP: True}
    for name, value in vars_of_class.items():
        setattr(ToxEnv, name, value)


tox_packaging.patch(lambda tox_env: attach(tox_env))
_forget_before_setup()


def register(env_conf: EnvConfigSet, state: State) -> None:
    """Add the setting to an environment.

    The environment in which tox makes the sdist gets the overrides file of the environments that it is
    for, if they name the same one.

    Args:
        env_conf: The settings of the environment.
        state: The state of this run of tox.
    """
    named: set[str] = vars(state).setdefault(_ATTRIBUTE, set())
    packaging = "package_root" in env_conf

    def default(*_: object) -> str:
        return next(iter(named)) if packaging and len(named) == 1 else ""

    env_conf.add_config(
        keys=[KEY],
        of_type=str,
        default=default,
        desc="overrides file for the build requirements of what pip builds in this environment",
    )
    if not packaging and env_conf[KEY]:
        named.add(env_conf[KEY])


class Override:
    """An overrides file that is in force in one environment.

    Args:
        tox_env: The environment.
        path: Absolute path of the overrides file.
        ready_made: Whether the project itself is installed as a wheel that is built elsewhere under the
            same rules, so that its tables need not be used here.
    """

    def __init__(self, tox_env: Python, path: str, *, ready_made: bool = False) -> None:
        self.path = path
        self._env = tox_env
        # tox builds the project itself in another environment, where the tables are used.
        built = isinstance(tox_env, RunToxEnv) and tox_packaging.builds_by_tox(
            _setting(tox_env.conf, "package")
        )
        self._ready_made = ready_made or built or isinstance(tox_env, PackageToxEnv)
        self._overrides = rules_digest.read(path)
        # Below ``run``, it watches.
        self._watch = "" if _is_below_run() else tempfile.mkdtemp(prefix="pip-build-override-tox-")

    def begin(self) -> None:
        """Let all pips that are started in this environment load the shim."""
        given: dict[str, str] = {switch.SWITCH: self.path}
        if self._watch:
            variables = dict(self._env.environment_variables)
            before = dict(variables)
            variables.update(given)
            variables[switch.WATCH] = self._watch
            switch.note_given(variables, self._watch)
            switch.watch_by_log(variables, self._watch)
            variables.setdefault(switch.PIP_REPORT, os.path.join(self._watch, switch.INSTALLED))
            given = {name: value for name, value in variables.items() if before.get(name) != value}
        if isinstance(self._env, PackageToxEnv):
            # What tox builds there is under the rules, without that its pip knows what it is.
            given[switch.FRONT_ENDS] = "pyproject_api"
        self._env.conf["set_env"].update(given, override=True)
        self._check_installer()
        installer = self._env.installer
        install = installer.install

        def checked(arguments: Any, section: str, of_type: str) -> None:
            with unfinished(self._env), shown_by_tox():
                commands, loaded = self._commands(), self._count("loaded")
                packaging = tox_packaging.packaging_of(self._env)
                if packaging is None:
                    install(arguments, section, of_type)
                else:
                    packaging.install(
                        arguments,
                        of_type,
                        lambda: install(arguments, section, of_type),
                        self._commands,
                    )
                if self._commands() > commands and self._count("loaded") == loaded and self._watch:
                    command = " ".join(map(str, self._env.conf["install_command"].args))
                    raise failure(_not_loaded(f"{command!r} installed", self.path))
                self.check()

        vars(installer)["install"] = checked
        self.renew()
        if _is_below_run():
            switch.tell_watcher("loaded")
            switch.tell_watcher("judged")

    def renew(self) -> None:
        """Write the start-up hook, if it is not there."""
        site = str(self._env.env_site_package_dir())
        for name, content in block.own_files(PACKAGE).items():
            path = os.path.join(site, name)
            if read_whole(path) != content:
                replace_whole(path, content)
        self._note(used=self._was_used)

    @property
    def digest(self) -> str:
        """A digest of the rules."""
        return rules_digest.digest(self.path, self._overrides)

    def begin_packaging(self) -> None:
        """Put the rules in force in what tox itself builds in this environment, if it does.

        Raises:
            Fail: If they cannot be.
        """
        env = self._env
        if not isinstance(env, Pep517VirtualEnvPackager):
            return
        if not tox_packaging.builds_without_pip(env):
            return
        with shown_by_tox(), open(self.path, "rb") as file:
            tox_packaging.Packaging(env, self._overrides, file.read())

    def check(self) -> None:
        """Check that the rules were in force in all that was built so far.

        Raises:
            Fail: If they were not.
        """
        if not self._watch:
            return
        try:
            words = {name.partition("-")[0] for name in os.listdir(self._watch)}
            if "isolated" in words:
                raise OverrideError(
                    "a pip was run with --isolated, which ignores all PIP_ variables, and so"
                    f" {shown_path(self.path)}",
                    kind="isolated-pip",
                    hint="remove --isolated from install_command, or from the commands",
                )
            users_log = self._env.environment_variables.get(switch.USERS_LOG, "")
            if switch.was_written_without_shim(self._watch, users_log):
                who = "a pip of another environment, or one started with -S, ran"
                raise _not_loaded(who, self.path)
            said = watched.built_elsewhere(self._watch, lambda: self._overrides)
            if said is not None:
                raise _without_option(said)
        except OverrideError as error:
            # What a pip has installed without the rules must not be used later.
            replace_whole(_file(self._env, _UNFINISHED), b"")
            raise failure(error) from None

    def end(self) -> None:
        """Say which rules were not used, and remove what was needed for that."""
        if not self._watch:
            return
        try:
            unused = None if self._ready_made else watched.no_table_used(self._watch)
            if unused is None:
                self._note(used=any(map(_is_of_a_build, os.listdir(self._watch))) or self._was_used)
            elif not self._was_used:
                # Another environment may use them.
                logging.warning("pip-build-override: warning: %s", _without_option(unused).shown)
        finally:
            shutil.rmtree(self._watch, ignore_errors=True)
            self._watch = ""

    @property
    def _was_used(self) -> bool:
        """Whether what was built here earlier, under the same rules, used one of their tables."""
        known = read_json(_file(self._env, _RULES)) or {}
        return bool(known.get("used"))

    def _note(self, *, used: bool) -> None:
        # A tox without us makes an environment again if it is of another kind.
        _note_for_tox(self._env, self.digest)
        write_json(_file(self._env, _RULES), {"rules": self.digest, "used": used})

    def _check_installer(self) -> None:
        """Refuse an installer that is not pip.

        Raises:
            Fail: If it is one.
        """
        if not isinstance(self._env.installer, Pip):
            runner, path = type(self._env).id(), shown_path(self.path)
            raise failure(
                OverrideError(
                    f"the runner {runner} installs without pip, so {path} would not be in force",
                    kind="not-reached",
                    hint="set runner = virtualenv in [testenv]",
                )
            )

    def _commands(self) -> int:
        """Return how many commands tox has logged in this environment."""
        try:
            return len(os.listdir(self._env.env_log_dir))
        except OSError:
            return 0

    def _count(self, word: str) -> int:
        names = os.listdir(self._watch) if self._watch else []
        return sum(name.startswith(f"{word}-") for name in names)


def attach(tox_env: ToxEnv, given: str = "", *, ready_made: bool = False) -> Override | None:
    """Put the overrides file of an environment in force, if it has one.

    This is called each time before something is installed or run, and does its work once.

    Args:
        tox_env: The environment.
        given: An overrides file that is in force there, whatever the settings say.
        ready_made: As for ``Override``.

    Raises:
        Fail: If it cannot be put in force.
        Recreate: If the environment was made under other rules, or was left unfinished.
    """
    if not isinstance(tox_env, Python):
        return None
    known: Override | None = vars(tox_env).get(_ATTRIBUTE)
    if known is not None:
        known.renew()
        return known
    path = given or _path(tox_env)
    refuse_unfinished(tox_env)
    if isinstance(tox_env, Pep517VirtualEnvPackager):
        with shown_by_tox():
            _refuse_others(tox_env, path)
    if not path:
        if os.path.exists(_file(tox_env, _RULES)):
            raise Recreate("it was made under an overrides file")
        return None
    try:
        override = Override(tox_env, path, ready_made=ready_made)
    except OverrideError as error:
        raise failure(error) from None
    if _is_of_other_rules(tox_env, override.digest):
        raise Recreate("it was made under other rules")
    override.begin()
    vars(tox_env)[_ATTRIBUTE] = override
    override.begin_packaging()
    return override


def _note_for_tox(tox_env: ToxEnv, digest: str) -> None:
    """Note where tox itself compares it under which rules an environment was made; "" for none."""
    path = _file(tox_env, _INFO)
    content = read_json(path)
    kind = (content or {}).get(_KIND)
    if content is None or not isinstance(kind, dict) or kind.get(_ATTRIBUTE, "") == digest:
        return
    kind[_ATTRIBUTE] = digest
    if not digest:
        del kind[_ATTRIBUTE]
    write_json(path, content)


def attached(tox_env: ToxEnv) -> Override | None:
    """Return the overrides file that was put in force in an environment; None if none was."""
    found: Override | None = vars(tox_env).get(_ATTRIBUTE)
    return found


@contextmanager
def unfinished(tox_env: ToxEnv) -> Iterator[None]:
    """Leave a mark in an environment, by which it is made again, unless the context ends well.

    tox notes what is installed only afterwards, and installs into the same environment again.
    """
    path = _file(tox_env, _UNFINISHED)
    replace_whole(path, b"")
    yield
    os.unlink(path)


def refuse_unfinished(tox_env: ToxEnv) -> None:
    """Let tox make an environment again if the last time did not end well.

    Raises:
        Recreate: If it did not.
    """
    if os.path.exists(_file(tox_env, _UNFINISHED)):
        raise Recreate("an installation did not end")


def _file(tox_env: ToxEnv, name: str) -> str:
    return os.path.join(tox_env.env_dir, name)


def _path(tox_env: Python) -> str:
    """Return the absolute path of the overrides file of an environment, or "".

    Raises:
        Fail: If there are two.
    """
    named = tox_env.conf[KEY]
    path = os.path.join(tox_env.core["tox_root"], named) if named else ""
    passed = tox_env.environment_variables.get(switch.SWITCH, "")
    other = os.path.abspath(passed) if passed else ""
    if path and other and os.path.realpath(path) != os.path.realpath(other):
        raise failure(
            OverrideError(
                f"{KEY} is {shown_path(path)}, but {switch.SWITCH} is {shown_path(other)}",
                kind="other-rules",
                where=f"[testenv:{tox_env.name}]",
                hint=f"unset {switch.SWITCH}, or remove {KEY}",
            )
        )
    return path or other


def _is_of_other_rules(tox_env: Python, digest: str) -> bool:
    """Return whether something was installed in an environment under other rules, or under none."""
    known = read_json(_file(tox_env, _RULES))
    if known is not None:
        return known.get("rules") != digest
    return any(name not in _SEEDS for name in _installed_names(str(tox_env.env_site_package_dir())))


def _installed_names(site: str) -> Iterator[str]:
    try:
        names = os.listdir(site)
    except OSError:
        return
    for name in names:
        if name.endswith((".dist-info", ".egg-info")):
            yield normalise(name.partition("-")[0])


def _setting(conf: EnvConfigSet, key: str) -> str:
    """Return a setting of an environment, or "" if it has no such setting."""
    return str(conf[key]) if key in set(conf) else ""


def _refuse_others(env: Pep517VirtualEnvPackager, path: str) -> None:
    """Refuse to build for environments with other overrides files, or with none.

    An sdist may also be for environments with none, because pip builds from it again.

    Raises:
        OverrideError: If what is built is also for one of those.
    """
    if env.environment_variables.get(switch.SWITCH, ""):
        return
    for kind, found in env.builds.items():
        for conf in found:
            named = _setting(conf, KEY)
            other = os.path.join(env.core["tox_root"], named) if named else ""
            if not other and not tox_packaging.builds_by_tox(kind):
                continue
            if bool(other) != bool(path) or os.path.realpath(other) != os.path.realpath(path):
                raise OverrideError(
                    f"{env.name}, in which tox builds the project, is under"
                    f" {shown_path(path) if path else 'no overrides file'}, and {conf.env_name}, which"
                    f" the same build is for, is under"
                    f" {shown_path(other) if other else 'no overrides file'}",
                    kind="other-rules",
                    where=f"[testenv:{conf.env_name}]",
                    hint=f"set package_env = .pkg-{conf.env_name} in [testenv:{conf.env_name}], so that"
                    " tox builds the project for it in another environment",
                )


def _is_below_run() -> bool:
    return os.path.isdir(os.environ.get(switch.WATCH, ""))


def _is_of_a_build(name: str) -> bool:
    return name.startswith("built-")


def _without_option(said: OverrideError) -> OverrideError:
    """Return a message of ``run`` without the option of ``run`` in its hint."""
    hint = said.hint.partition("; or ")[0]
    return OverrideError(said.message, kind=said.kind, where=said.where, hint=hint)


def _not_loaded(what: str, path: str) -> OverrideError:
    return OverrideError(
        f"{what} without the shim, so {shown_path(path)} was not in force",
        kind="shim-not-loaded",
        hint="let install_command and the commands run the pip of the environment: python -m pip",
    )
