"""The matrix of a project as environments of tox, planned only if one of them may be asked for."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from typing import TYPE_CHECKING, Iterator

from tox.config.loader.memory import MemoryLoader
from tox.config.types import Command, EnvList
from tox.plugin import spec
from tox.report import HandledError

from .. import switch
from ..errors import OverrideError
from ..files import read_json, unique
from ..matrix.cells import PLANNED, Cell
from ..matrix.kept_plan import kept_plan
from ..matrix.plan import Plan
from ..matrix.project_plan import has_matrix, plan_here
from ..rules.place import did_you_mean
from . import cell as cells
from .tox_override import KEY

if TYPE_CHECKING:
    from tox.config.main import Config
    from tox.config.sets import ConfigSet, EnvConfigSet
    from tox.session.state import State

RUNNER = "pip-build-override"
"""The runner of the environments that are cells."""

LABEL = "matrix"
"""The label of those environments, for ``tox run -m``."""

_ATTRIBUTE = "_pip_build_override_matrix"
_PROBE = "pip-build-override-probe"
_OF_A_CELL = re.compile(r"py3[0-9]+-.+")


def can_add_environments() -> bool:
    """Return whether this tox has a place for environments from plugins."""
    return hasattr(spec, "tox_extend_envs")


class Names:
    """The names of the cells, for tox to iterate over as soon as it has read its settings."""

    def __init__(self) -> None:
        self.matrix: Matrix | None = None

    def __iter__(self) -> Iterator[str]:
        if self.matrix is not None:
            yield from self.matrix.cells


class Matrix:
    """The matrix of the project that tox runs in.

    Args:
        state: The state of this run of tox.

    Attributes:
        run: A name that no other run has.
    """

    def __init__(self, state: State) -> None:
        self.run = unique()
        self._state = state
        self._plan: Plan | None = None
        self._asked = False
        vars(state)[_ATTRIBUTE] = self

    @property
    def store(self) -> str:
        """The directory with the plan, the results and the wheels."""
        return os.path.join(self._state.conf.core["work_dir"], cells.STORE)

    @property
    def plan(self) -> Plan | None:
        """The plan; None if there is none, or no cell of it can be meant.

        Raises:
            HandledError: If the project has a matrix that cannot be planned.
        """
        if not self._asked:
            self._asked = True
            try:
                self._plan = self._made()
            except OverrideError as error:
                raise _handled(error) from None
        return self._plan

    @property
    def cells(self) -> dict[str, Cell]:
        """The cells by name, also those that cannot be run."""
        return {} if self.plan is None else {cell.name: cell for cell in self.plan.cells}

    def add_to(self, core_conf: ConfigSet, names: Names | None) -> None:
        """Let tox have the cells.

        Args:
            core_conf: The settings of tox itself.
            names: What tox was given as names of environments; None if it asked for none.

        Raises:
            HandledError: If this tox cannot have them, though a plan was passed to it.
        """
        if names is None or not can_add_environments():
            if os.environ.get(switch.MATRIX_PLAN):
                raise _handled(
                    OverrideError(
                        "this tox has no environments from plugins",
                        kind="tool-not-installed",
                        hint="pip install 'pip-build-override[matrix]'",
                    )
                )
            self._asked = True
            return
        names.matrix = self
        core_conf.loaders.append(_Defaults(self, "env_list"))

    def settle(self, env_conf: EnvConfigSet) -> None:
        """Add the settings that a cell has if the project has none of its own.

        Args:
            env_conf: The settings of an environment.

        Raises:
            HandledError: If it is named like a cell, and neither is one nor belongs to the project.
        """
        if env_conf.name is None or "package_root" in env_conf or self._plan is None:
            return
        found = self.cells.get(env_conf.name)
        if found is None:
            self._refuse_no_cell(env_conf.name)
            return
        vars(env_conf)[_ATTRIBUTE] = self
        env_conf["labels"].add(LABEL)
        fallback: dict[str, object] = {"description": _description(found)}
        if self._plan.command:
            fallback["commands"] = _commands(self._plan)
        env_conf.loaders.append(MemoryLoader(**fallback))

    def _refuse_no_cell(self, name: str) -> None:
        """Refuse a name that tox makes up of the factors of cells.

        For tox it is an environment like others, which has neither the versions nor the command of a
        cell, so that it would succeed without a test.

        Args:
            name: The name of an environment that is not a cell.

        Raises:
            HandledError: If it is such a name, and the project has no environment with it.
        """
        factors = {factor for cell in self.cells for factor in cell.split("-")[1:]}
        if factors.isdisjoint(name.split("-")[1:]) or name in self._state.conf:
            return
        near = did_you_mean(name, list(self.cells))
        hint = _no_cell_hint(near, name)
        raise _handled(OverrideError(f"{name} is not a cell of the matrix", kind="usage", hint=hint))

    def _made(self) -> Plan | None:
        plan = self._planned()
        if plan is not None:
            for each in plan.cells:
                seed = MemoryLoader(**_seed(plan, each))
                self._state.conf.memory_seed_loaders[each.name].append(seed)
        return plan

    def _planned(self) -> Plan | None:
        passed = os.environ.get(switch.MATRIX_PLAN)
        if passed:
            return _read_plan(passed)
        root = str(self._state.conf.core["tox_root"])
        if not self._may_be_meant():
            return None
        overrides = _named(self._state.conf)
        with _directory(root):
            if not has_matrix(overrides):
                return None
            return kept_plan(
                os.path.join(self.store, "tox-plan.json"),
                ["--overrides", overrides] if overrides else [],
                lambda: _plan_now(overrides),
            )

    def _may_be_meant(self) -> bool:
        """Return whether a cell may be among the environments that the user has named."""
        chosen = getattr(self._state.conf.options, "env", None)
        if chosen is None or chosen.is_all or chosen.is_default_list:
            return True
        return any(map(_OF_A_CELL.fullmatch, chosen))


def matrix_of(state: State) -> Matrix:
    """Return the matrix of a run of tox."""
    found: Matrix = vars(state)[_ATTRIBUTE]
    return found


def cell_of(env_conf: EnvConfigSet) -> tuple[Matrix, Plan, Cell]:
    """Return the matrix, the plan and the cell that an environment is for."""
    matrix: Matrix = vars(env_conf)[_ATTRIBUTE]
    assert matrix.plan is not None
    assert env_conf.name is not None
    return matrix, matrix.plan, matrix.cells[env_conf.name]


def _handled(error: OverrideError) -> HandledError:
    """Return an error of ours as one with which tox ends without a traceback."""
    return HandledError(f"pip-build-override: error: {error.shown}")


def _no_cell_hint(near: str, name: str) -> str:
    if near:
        return f"did you mean {near}? tox list shows all cells"
    return f"tox list shows all cells; an environment of your own needs a section [testenv:{name}]"


class _Defaults(MemoryLoader):
    """The environments that run if the project does not say which."""

    def __init__(self, matrix: Matrix, key: str) -> None:
        super().__init__()
        self._matrix = matrix
        self._key = key

    def load_raw(self, key: str, conf: Config | None, env_name: str | None) -> object:
        names = list(self._matrix.cells) if key in (self._key, "envlist") else []
        if not names:
            raise KeyError(key)
        return EnvList(names)

    def found_keys(self) -> set[str]:
        return {self._key} if self._matrix.cells else set()


@contextlib.contextmanager
def _directory(path: str) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


def _named(conf: Config) -> str:
    """Return the absolute path of the overrides file of the project, or ""."""
    probe = conf.get_env(_PROBE)
    try:
        probe.add_config(keys=[KEY], of_type=str, default="", desc=KEY)
        named: str = probe[KEY]
    finally:
        conf.clear_env(_PROBE)
    if named:
        return os.path.join(conf.core["tox_root"], named)
    passed = os.environ.get(switch.SWITCH, "")
    return os.path.abspath(passed) if passed else ""


def _plan_now(overrides: str) -> Plan:
    def waiting(text: str) -> contextlib.AbstractContextManager[object]:
        logging.info("pip-build-override: %s", text)
        return contextlib.nullcontext()

    plan = plan_here(waiting, overrides=overrides or None)
    for note in plan.notes:
        logging.info("pip-build-override: %s", note)
    return plan


def _read_plan(path: str) -> Plan:
    document = read_json(path)
    if document is not None and "plan" in document:
        document = document["plan"]
    try:
        return Plan.from_json(document)
    except ValueError:
        raise OverrideError(
            f"{path} is not a plan of this version of pip-build-override",
            kind="other-version",
            hint="start tox without pip-build-override matrix, or install the same version for both",
        ) from None


def _seed(plan: Plan, cell: Cell) -> dict[str, object]:
    """Return the settings of a cell that the project cannot change."""
    seed: dict[str, object] = {
        "runner": RUNNER,
        "base_python": [each.path for each in plan.interpreters if each.minor == cell.python],
        # The plugin builds the wheel from the sdist that tox makes.
        "package": "sdist",
        "use_develop": False,
        "usedevelop": False,
        "skip_install": False,
    }
    if plan.command and os.environ.get(switch.MATRIX_COMMAND):
        seed["commands"] = _commands(plan)
    if cell.state != PLANNED:
        seed["description"] = f"{cell.state}: {cell.reason}"
    return seed


def _commands(plan: Plan) -> list[Command]:
    return [Command(list(plan.command))]


def _description(cell: Cell) -> str:
    runs = " and ".join(" ".join(pair) for pair in cell.runs)
    built = " and ".join(" ".join(pair) for pair in cell.built)
    return f"Python {cell.python} with {runs}" + (f", built with {built}" if built else "")
