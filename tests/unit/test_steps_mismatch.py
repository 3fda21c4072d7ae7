"""What was built against something else than it will run with."""

from __future__ import annotations

import shlex
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override import records, rules, switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds.manifest import Manifest
from pip_build_override.in_pip.state.cached_wheels import Approved
from pip_build_override.in_pip.steps.mismatch import Mismatch
from pip_build_override.in_pip.target import installed

from ..support.hints import follows
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

    def cached(
        self, stored: Manifest, record: Any = None, name: str = "x", needs: str = "numpy"
    ) -> Any:
        """A wheel of the cache, approved, perhaps with a record in it."""
        path = str(self.room / f"{name}-1.0-py3-none-any.whl")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "x-1.0.dist-info/METADATA", f"Name: x\nVersion: 1.0\nRequires-Dist: {needs}\n"
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


class Existing:
    """The environment of a build that pip does not fill."""

    def install(self, *requirements: str) -> str:
        return " ".join(["/env/bin/python -m pip install", *requirements])


def test_an_environment_into_which_nothing_is_installed(tmp_path: Path) -> None:
    room = Room(tmp_path)
    (text,) = room.said(room.built(prepared=Existing()))
    hint = follows("{}, because it is built in that environment; or name another one in {}", text)
    assert hint.startswith("/env/bin/python -m pip install numpy==2.0.0, because ")
    room = Room(tmp_path)
    req = room.built(prepared=Existing())
    build = room.owners.ledger.build_of(req)
    assert build is not None
    build.environment = {"numpy": "2.0.0"}
    assert room.said(req) == []


@pytest.mark.parametrize("wanted", ["'numpy==1.26.0'", "{ path = 'numpy-1.26.0-py3-none-any.whl' }"])
def test_an_environment_in_which_a_rule_wants_another_version(tmp_path: Path, wanted: str) -> None:
    (tmp_path / "numpy-1.26.0-py3-none-any.whl").touch()
    room = Room(tmp_path, f"[package.x]\nreplace.numpy = {wanted}\n")
    (text,) = room.said(room.built(prepared=Existing()))
    hint = text.partition("\nhint: ")[2]
    assert hint.startswith("/env/bin/python -m pip install numpy==2.0.0; and ")
    assert hint.endswith('\n[package.x]\nreplace.numpy = "numpy==2.0.0"')


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        (
            "o.toml",
            "[package.y]\nadd = ['a']\n",
            'add this to o.toml (numpy is declared):\n[package.x]\nreplace.numpy = "numpy==2.0.0"',
        ),
        (
            "pyproject.toml",
            "[tool.pip-build-override.package.y]\nadd = ['a']\n",
            (
                "add this to pyproject.toml (numpy is declared):\n"
                '[tool.pip-build-override.package.x]\nreplace.numpy = "numpy==2.0.0"'
            ),
        ),
        (
            "o.toml",
            "[package.x]\nadd = ['a']\nconstrain = ['numpy<2']\n",
            (
                "in o.toml, replace everything under package.x with this (numpy is declared):\n"
                '[package.x]\nreplace.numpy = "numpy==2.0.0"\nadd = ["a"]'
            ),
        ),
        (
            "",
            "",
            (
                "add this to build-overrides.toml (numpy is declared):\n"
                '[package.x]\nreplace.numpy = "numpy==2.0.0"'
            ),
        ),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_what_helps(tmp_path: Path, name: str, content: str, hint: str, nested: bool) -> None:
    room = Room(tmp_path)
    path = tmp_path / name if name else Path()
    if name:
        path.write_text(content, encoding="utf-8")
    shown, held = str(path) if name else "", content.encode()
    room.owners.rules.overrides = rules.parse_overrides(held, path=shown, shown=name)
    # A nested pip does not have the content.
    room.owners.rules.file_content = b"" if nested else held
    (text,) = room.said(room.built())
    assert text.partition("\nhint: ")[2] == hint


def test_what_the_command_line_of_run_rules_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = rules.CommandLine(set=("x: numpy<2",))
    monkeypatch.setenv(switch.COMMAND_LINE, given.dump())
    monkeypatch.setenv(switch.WATCH, str(tmp_path))
    room = Room(tmp_path)
    (text,) = room.said(room.built())
    assert text.partition("\nhint: ")[2] == (
        "change the rules by hand so that x is built against numpy==2.0.0, or install the numpy that it"
        " was built against; no change to its table does that: another rule asks for numpy<2"
    )


@pytest.mark.parametrize(
    ("name", "linkable", "judged"),
    [
        ("numpy", False, True),
        ("torch", False, True),
        ("spoon", True, True),
        ("spoon", False, False),
        ("setuptools", True, False),
        ("Cython", True, False),
        ("pybind11", True, False),
    ],
)
def test_only_what_has_an_abi(tmp_path: Path, name: str, linkable: bool, judged: bool) -> None:
    room = Room(tmp_path)
    room.owners.target.versions = {name.lower(): "1.0"}
    held = records.Distribution(name.lower(), "2.0", linkable=linkable)
    record = records.Record("x", "1.0", environment=(held,))
    req = room.cached(Manifest("r"), record, needs=name)
    assert bool(room.said(req)) is judged


def test_headers_in_the_build_environment(tmp_path: Path) -> None:
    for name, files in (("spoon", ["spoon/bowl.h"]), ("fork", ["fork/__init__.py", "fork/_f.abi3.so"])):
        information = tmp_path / f"{name}-2.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Name: {name}\nVersion: 2.0\n", encoding="utf-8")
        rows = "".join(f"{file},sha256=a,1\n" for file in files)
        (information / "RECORD").write_text(rows, encoding="utf-8")
    room = Room(tmp_path)
    room.owners.target.versions = {"spoon": "1.0", "fork": "1.0"}
    build = room.owners.build(None, "spoon", "fork", environment={"spoon": "2.0", "fork": "2.0"})
    found = installed.copies([str(tmp_path)])
    build.contents = {name: copies[0] for name, copies in found.items()}
    for name in ("spoon", "fork"):
        build.req.metadata["Requires-Dist"] = name
    (text,) = room.said(build.req)
    assert "x 1.0 is built against spoon 2.0, and will run with spoon 1.0" in text


@pytest.mark.parametrize(
    ("backend", "table", "settings", "warned"),
    [
        ("mesonpy", "", {}, True),
        ("setuptools.build_meta", "", {}, False),
        ("scikit_build_core.build", "", {}, False),
        ("scikit_build_core.build", "[tool.scikit-build]\neditable.rebuild = true\n", {}, True),
        ("scikit_build_core.build", "[tool]\nscikit-build = 1\n", {}, False),
        ("scikit_build_core.build", "", {"editable.rebuild": "true"}, True),
        (
            "scikit_build_core.build",
            "[tool.scikit-build]\neditable.rebuild = true\n",
            {"editable.rebuild": "false"},
            False,
        ),
    ],
)
@pytest.mark.parametrize("isolated", [True, False])
def test_an_editable_that_is_rebuilt_at_its_import(
    tmp_path: Path, backend: str, table: str, settings: Any, warned: bool, isolated: bool
) -> None:
    # Whatever is judged about versions.
    room = Room(tmp_path, "[settings]\nmismatch = 'ignore'\n")
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    req = Requirement(
        "x",
        Link(),
        editable=True,
        source_dir=str(tmp_path),
        config_settings=settings,
        pep517_backend=SimpleNamespace(build_backend=backend),
    )
    room.owners.build(req, isolated=isolated, environment={"ninja": "1.13", "meson": "1.12"})
    said = room.said(req)
    assert bool(said) is (warned and isolated)
    for text in said:
        assert "x 1.0 is installed as editable, and " in text
        follows("install what it is built with in this environment, and then the editable", text)
        (hint,) = text.splitlines()[1:]
        assert hint.startswith(
            "hint: install what it is built with in this environment, and then the editable with it,"
            f" without the override: {shlex.quote(sys.executable)} -m pip install"
            " meson==1.12 ninja==1.13 && "
        )
        assert hint.endswith(
            f" install --no-build-isolation --no-deps --editable {shlex.quote(str(tmp_path))}"
        )


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
        raise OverrideError(f"{name} is there twice", kind="usage", hint="uninstall one")

    monkeypatch.setattr(room.owners.target, "expected", unclear)
    (text,) = room.said(room.built())
    assert "x 1.0" in text
    assert text.endswith("numpy is there twice [abi-mismatch]\nhint: uninstall one")


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
