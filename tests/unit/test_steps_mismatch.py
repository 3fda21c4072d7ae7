"""What was built against something else than it will run with."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from pip_build_override import records
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.state.cached_wheels import Approved
from pip_build_override.in_pip.steps.mismatch import Mismatch

from .fakes import Link, Owners, Requirement

AGAINST_1 = records.Record("x", "1.0", environment=(records.Distribution("numpy", "1.26.0"),))


class Room:
    """The step, and x 1.0, which needs numpy at run time."""

    def __init__(self, room: Path, text: str = "", **command: Any) -> None:
        self.room = room
        self.owners = Owners(room, text, **command)
        self.owners.target.versions = {"numpy": "2.0.0"}
        self.step = Mismatch(
            **self.owners.given(
                "rules_in_force",
                "ledger",
                "environments",
                "messages",
                "cached_wheels",
                "command",
                "explained",
            )
        )

    def built(self, **more: Any) -> Any:
        """A source that was prepared with numpy 1.26."""
        build = self.owners.build(None, "numpy", environment={"numpy": "1.26.0"}, **more)
        build.req.metadata["Requires-Dist"] = "numpy"
        build.req.metadata["Requires-Dist"] = 'other; python_version < "3"'
        return build.req

    def cached(self, stored: Manifest, record: Any = None, name: str = "x") -> Any:
        """A wheel of the cache, approved, perhaps with a record in it."""
        path = str(self.room / f"{name}-1.0-py3-none-any.whl")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "x-1.0.dist-info/METADATA", "Name: x\nVersion: 1.0\nRequires-Dist: numpy\n"
            )
            archive.writestr("x-1.0.dist-info/RECORD", "x-1.0.dist-info/RECORD,,\n")
        if record is not None:
            records.put_into_wheel(path, records.to_cyclonedx(record, ""))
        approved = Approved(stored.rules, stored, Link())  # type: ignore[arg-type]
        self.owners.cached_wheels.approve(path, approved)
        return Requirement(name, Link(f"file://{path}"), original_link=Link())

    def said(self, req: Any) -> list[str]:
        self.step.check([req])
        self.owners.messages.end(succeeded=True)
        return self.owners.messages.heard


def test_a_build_against_an_older_one(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (text,) = room.said(room.built())
    assert "x 1.0" in text
    assert "numpy 2.0.0" in text
    assert "numpy 1.26.0" in text
    assert list(room.owners.root.misfits) == ["x"]


def test_it_is_an_error_if_the_file_says_so(tmp_path: Path) -> None:
    room = Room(tmp_path, "[settings]\nmismatch = 'error'\n")
    with pytest.raises(OverrideError, match=r"numpy 1\.26\.0") as caught:
        room.step.check([room.built()])
    assert "o.toml" in caught.value.hint
    assert room.owners.root.misfits == {}


@pytest.mark.parametrize("form", ["toml", "pyproject"])
def test_what_helps(tmp_path: Path, form: str) -> None:
    room = Room(tmp_path)
    room.owners.rules.overrides = room.owners.rules.overrides.__class__(shown="p.toml", form=form)
    (text,) = room.said(room.built())
    assert ("[tool.pip-build-override.package.x]" in text) is (form == "pyproject")


@pytest.mark.parametrize("how", ["ignored", "explain", "download", "lock"])
def test_where_nobody_looks(tmp_path: Path, how: str) -> None:
    text = "[settings]\nmismatch = 'ignore'\n" if how == "ignored" else ""
    room = Room(tmp_path, text, name=how if how in ("download", "lock") else "install")
    room.owners.explained.wanted = how == "explain"
    assert room.said(room.built()) == []


@pytest.mark.parametrize(
    ("versions", "changes"),
    [
        ({"numpy": "1.26.0"}, {}),
        ({"numpy": "1.26.4"}, {}),
        ({}, {}),
        ({"numpy": "2.0.0"}, {"environment": {}}),
        ({"numpy": "2.0.0"}, {"environment": {"other": "1"}}),
        ({"numpy": "2.0.0"}, {"isolated": False}),
    ],
)
def test_what_fits_or_is_not_known(tmp_path: Path, versions: Any, changes: Any) -> None:
    room = Room(tmp_path)
    room.owners.target.versions = versions
    req = room.built(isolated=changes.pop("isolated", True))
    build = room.owners.ledger.build_of(req)
    vars(build).update(changes)
    assert room.said(req) == []


def test_a_target_that_is_not_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path)

    def unclear(name: str) -> None:
        raise OverrideError(f"{name} is there twice", hint="uninstall one")

    monkeypatch.setattr(room.owners.target, "standing", unclear)
    (text,) = room.said(room.built())
    assert "x 1.0" in text
    assert text.endswith("numpy is there twice\nhint: uninstall one")


def test_a_wheel_of_the_cache_with_a_record(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (text,) = room.said(room.cached(Manifest("r"), AGAINST_1))
    assert "numpy 1.26.0" in text


@pytest.mark.parametrize("readable", [True, False])
def test_a_wheel_of_the_cache_without_one(tmp_path: Path, readable: bool) -> None:
    room = Room(tmp_path)
    beside = AGAINST_1.to_json() if readable else {"of another": "version"}
    assert bool(room.said(room.cached(Manifest("", beside=beside)))) is readable


def test_a_wheel_that_nothing_is_known_of(tmp_path: Path) -> None:
    room = Room(tmp_path)
    assert room.said(room.cached(Manifest(""))) == []
    # One of an index, whatever record it carries: the user chose it.
    req = room.cached(Manifest(""), AGAINST_1)
    room.owners.cached_wheels._approved.clear()
    assert room.said(req) == []
