"""The other commands that build: wheel, download, lock."""

from __future__ import annotations

import pytest

from ..support.environments import SWITCH, Target, injected, wheel_stamp

OVERRIDES = '[package.undeclared-in-hook]\nadd = ["ingredient==1.0"]\n'


def test_wheel(target: Target) -> None:
    result = target.override(OVERRIDES, "wheel", "-w", "wheels", "undeclared-in-hook").succeeded()
    (wheel,) = target.room.glob("wheels/*.whl")
    assert wheel_stamp(wheel) == {"ingredient": "1.0"}
    assert "undeclared-in-hook 1.0: built with ingredient 1.0, stampbackend 1.0" in result.reported


def test_download(target: Target) -> None:
    plain = target.run_pip("download", "-d", "downloaded", "undeclared-in-hook").failed()
    assert "No module named 'ingredient'" in plain.stdout + plain.stderr
    result = target.override(
        OVERRIDES, "download", "-d", "downloaded", "undeclared-in-hook"
    ).succeeded()
    assert "overridden, only metadata prepared: undeclared-in-hook 1.0" in result.summary
    assert "overridden builds" not in str(result)
    assert "built with" not in str(result)
    assert [path.name for path in target.room.glob("downloaded/*")] == ["undeclared-in-hook-1.0.tar.gz"]


@pytest.mark.pips(at_least="25.1")
def test_lock(target: Target) -> None:
    target.run_pip("lock", "-o", "pylock.toml", "undeclared-in-hook").failed()
    result = target.override(OVERRIDES, "lock", "-o", "pylock.toml", "undeclared-in-hook").succeeded()
    assert "overridden, only metadata prepared: undeclared-in-hook 1.0" in result.summary
    assert "overridden builds" not in str(result)
    lock = target.room / "pylock.toml"
    assert 'name = "undeclared-in-hook"' in lock.read_text(encoding="utf-8")

    unused = '[package.asks]\nremove = ["unheard-of"]\n'
    target.refuses(unused, "lock", "-o", "other.toml", "asks", words=("package.asks", "unheard-of"))
    assert not (target.room / "other.toml").exists()


@pytest.mark.pips(only=["26.3"])
def test_dry_run(target: Target) -> None:
    result = target.override(OVERRIDES, "install", "--dry-run", "undeclared-in-hook").succeeded()
    assert "overridden, only metadata prepared: undeclared-in-hook 1.0" in result.summary
    assert "overridden builds" not in str(result)
    assert target.versions() == {}


def test_those_that_build_nothing(target: Target) -> None:
    # Not even a file that cannot be read is their business.
    broken = target.write("[package\n", "broken.toml")
    settings = {"PYTHONPATH": injected(), SWITCH: str(broken)}
    for command in (("list",), ("check",)):
        overridden = target.run_pip(*command, settings=settings).succeeded()
        plain = target.run_pip(*command).succeeded()
        assert (overridden.stdout, overridden.stderr) == (plain.stdout, plain.stderr)
