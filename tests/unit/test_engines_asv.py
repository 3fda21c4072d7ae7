"""What is done in asv, with a stand-in for its module of environments."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pip_build_override import switch
from pip_build_override.command_line import CommandLine
from pip_build_override.engines import asv, rules_digest

RULES = "[package.x]\nadd = ['a']\n"


class Environment:
    """asv's."""

    @property
    def build_env_vars(self) -> dict[str, str]:
        return {"OWN": "1"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    path = tmp_path / "o.toml"
    path.write_text(RULES, encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv(switch.SWITCH, str(path))
    monkeypatch.delenv(switch.COMMAND_LINE, raising=False)
    # So that the variable is removed after the test.
    monkeypatch.setenv("ASV_PYTHONPATH", "")
    made: Any = ModuleType("asv.environment")
    made.Environment = type("Environment", (), dict(vars(Environment)))
    return made


def test_the_rules_are_part_of_an_environment(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asv.engage(module) is True
    found = module.Environment().build_env_vars
    path = os.environ[switch.SWITCH]
    digest = rules_digest.digest(path, rules_digest.read(path))
    assert found == {"OWN": "1", "_PIP_BUILD_OVERRIDE_RULES": digest}
    assert os.environ["ASV_PYTHONPATH"] == switch.INJECTED
    # Other rules are others, also those of a command line.
    Path(path).write_text(f"{RULES}remove = ['b']\n", encoding="utf-8")
    other = rules_digest.digest(path, rules_digest.read(path))
    monkeypatch.setenv(switch.COMMAND_LINE, CommandLine(("c<2",)).dump())
    overrides = rules_digest.read(path)
    assert [table.name for table in overrides.tables] == ["x", "*"]
    assert len({digest, other, rules_digest.digest(path, overrides)}) == 3


def test_what_the_user_gives_stays(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("/own", os.pathsep.join([switch.INJECTED, "/own"])):
        monkeypatch.setenv("ASV_PYTHONPATH", given)
        asv.engage(module)
        assert os.environ["ASV_PYTHONPATH"] == os.pathsep.join([switch.INJECTED, "/own"])


def test_stops(module: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Path(os.environ[switch.SWITCH]).write_text("[pakage.x]\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        asv.engage(module)
    assert ended.value.code == 2
    assert "pip-build-override: error: " in capsys.readouterr().err
    del module.Environment.build_env_vars
    for kind in (module.Environment, None):
        module.Environment = kind
        with pytest.raises(ImportError, match="Environment.build_env_vars is missing"):
            asv.engage(module)
