"""Where what is in a build environment came from, and what else is there."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pip._internal.models.link import Link

from pip_build_override import records, rules
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import wheel_record
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Origin
from pip_build_override.in_pip.internals import seams
from pip_build_override.in_pip.state import origins
from pip_build_override.records import Generated
from pip_build_override.rules.planning.settle import refuse_outside_pip

from ..support.hints import follows

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def checkout(tmp_path: Path) -> tuple[str, str]:
    """Return a Git repository, and its commit."""

    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "Nothing")
    return str(tmp_path), git("rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("git+https://u:hush@h/x.git@main", "git+https://h/x.git@{commit}"),
        ("git+ssh://git@h/x.git", "git+ssh://git@h/x.git@{commit}"),
        ("git+file:///srv/x@v1#subdirectory=a&egg=x", "git+file:///srv/x@{commit}#subdirectory=a"),
    ],
)
def test_a_checkout_has_its_commit(checkout: tuple[str, str], url: str, address: str) -> None:
    source, commit = checkout
    assert origins._address(Link(url), source, False) == address.format(commit=commit)


def test_a_wheel_that_was_built_of_a_checkout_before() -> None:
    link = Link(f"git+https://h/x.git@{COMMIT}#subdirectory=a")
    assert origins._address(link, None, True) == f"git+https://h/x.git@{COMMIT}#subdirectory=a"


@pytest.mark.parametrize("there", [True, False])
def test_a_commit_that_is_not_known(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    if not there:
        monkeypatch.setattr(seams, "function", lambda seam: None)
    for cached in (False, True):
        assert origins._address(Link("git+https://h/x.git"), None, cached) == "git+https://h/x.git"


def test_a_file() -> None:
    link = Link("https://u:hush@h/x.zip?token=hush#sha256=ab&subdirectory=a")
    assert origins._address(link, None, False) == "https://h/x.zip#subdirectory=a"


def test_a_loan_has_the_version_that_is_compared() -> None:
    req: Any = SimpleNamespace(use_pep517=True, source_dir=None)
    build = Build(req, True, SimpleNamespace())
    build.environment = {"inner": "1.0-RC1", "other": "1.0-RC1"}
    for name, borrowed in (("inner", True), ("other", False)):
        build.distributions.append(Origin(name, "1.0rc1", borrowed=borrowed))
    inner, other = wheel_record._environment(build)
    assert (inner.version, inner.borrowed) == ("1.0rc1", True)
    assert (other.version, other.borrowed) == ("1.0-RC1", False)


def test_copies_that_another_one_hides(tmp_path: Path) -> None:
    def put(directory: str, name: str, version: str) -> str:
        info = tmp_path / directory / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (info / "METADATA").write_text(text, encoding="utf-8")
        return str(tmp_path / directory)

    places = [put("one", "inner", "2.0"), put("two", "Inner", "1.0"), put("two", "other", "1.0")]
    places += [put("three", "other", "1.0")]
    req: Any = SimpleNamespace(use_pep517=True, source_dir=None)
    build = Build(req, True, SimpleNamespace())
    wheel_record.note_environment(build, [], dict.fromkeys(places))
    build.environment = {"inner": "2.0", "other": "1.0"}
    held = {entry.name: entry for entry in wheel_record._environment(build)}
    assert held["inner"].hidden == ("1.0",)
    assert held["other"].hidden == ()
    # Without isolation what is installed counts.
    build.isolated = False
    assert all(entry.hidden == () for entry in wheel_record._environment(build))


def test_a_record_names_the_overrides_file_without_its_directory() -> None:
    file = "/srv/rules/o.toml"
    build = Build(SimpleNamespace(use_pep517=True), True, SimpleNamespace())
    build.package = rules.package("x", "1.0")
    build.declared = rules.Declared(("a",), ())
    overrides = rules.parse_overrides(b'[package.x]\nadd = ["b"]\n', path=file)
    assert build.make_plan(overrides, {}, refuse_outside_pip).changes
    build.generated = (Generated("x.c", "3.0", "b", f"{file}: package.x"),)
    record = wheel_record.record_of(build, file)
    assert record.rules == "o.toml"
    assert [change.where for change in record.changes] == ["o.toml: package.x"]
    assert [source.where for source in record.generated] == ["o.toml: package.x"]


def test_a_wheel_that_is_left_as_it_is(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no archive")
    build = Build(SimpleNamespace(use_pep517=True, source_dir=None), True, SimpleNamespace())  # type: ignore[arg-type]
    build.package = rules.package("x", "1.0")
    every = rules.parse_overrides(b'[settings]\nrecord = "all"\n', path="/o.toml")
    with pytest.raises(OverrideError, match="cannot put a record into the wheel") as caught:
        wheel_record.put(build, str(wheel), every)
    said = follows(
        'set record = "none" under [settings], which leaves wheels unchanged', str(caught.value)
    )
    key, header = said[len("set ") :].partition(",")[0].split(" under ")
    none = rules.parse_overrides(f"{header}\n{key}\n".encode(), path="/o.toml")
    wheel_record.put(build, str(wheel), none)
    assert wheel.read_bytes() == b"no archive"


@pytest.mark.parametrize("version", ["1.0", "1.0+local"])
def test_the_version_of_the_wheel_counts(tmp_path: Path, version: str) -> None:
    # A backend may give the wheel another version than the metadata that pip asked for before.
    wheel = tmp_path / f"x-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"x-{version}.dist-info/METADATA", f"Name: x\nVersion: {version}\n\ntext\n")
        archive.writestr(f"x-{version}.dist-info/RECORD", f"x-{version}.dist-info/RECORD,,\n")
    req: Any = SimpleNamespace(use_pep517=True, source_dir=None)
    build = Build(req, True, SimpleNamespace())
    build.package = rules.package("x", "1.0")
    wheel_record.put(build, str(wheel), rules.Overrides(shown="o.toml", record="all"))
    record = records.read_from_wheel(str(wheel))
    assert record is not None
    assert record.version == version
    # Before the wheel is built, or if it has none, what is known is used.
    assert wheel_record.record_of(build, "o.toml").version == "1.0"
    assert wheel_record.record_of(build, "o.toml", str(tmp_path / "none.whl")).version == "1.0"
