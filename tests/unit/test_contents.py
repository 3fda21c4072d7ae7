"""What a build environment contains, compared with what its rules ask for."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.files import sha256_of_file
from pip_build_override.in_pip.builds import contents
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Matched
from pip_build_override.rules import Answer, Declared, Question, package, parse_overrides

from .test_installed import NAME, files, put, write


def build_of(rules: str, site: Path, *, declared: str = NAME, answer: Answer | None = None) -> Build:
    """Return a build whose environment is a directory."""
    build = Build(SimpleNamespace(), True, SimpleNamespace())  # type: ignore[arg-type]  # not asked here
    build.package = package("foo", "1.0")
    build.declared = Declared((declared,))
    overrides = parse_overrides(rules.encode(), path=str(site.parent / "o.toml"), shown="o.toml")
    build.make_plan(overrides, {}, lambda question: answer or _no_answer(question))
    contents.note_files(build)
    contents.take(build, (str(site),))
    return build


def _no_answer(question: Question) -> Any:
    raise AssertionError(question)


def came_from(site: Path, version: str, direct: dict[str, Any]) -> None:
    write(site / f"{NAME}-{version}.dist-info" / "direct_url.json", json.dumps(direct))


TARGET = f'[package.foo]\nreplace.{NAME} = {{ from = "target" }}\n'


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"version": "1.0"}, ""),
        ({"version": "1.0+local"}, f"contains {NAME} 1.0"),
        ({"version": "2.0"}, f"contains {NAME} 1.0"),
        ({"version": "1.0", "sha256": "ab"}, ""),
        ({"version": "1.0", "sha256": "cd"}, "from a different file"),
        ({"version": "1.0", "files": "ef"}, "with different files"),
    ],
)
def test_an_exact_answer(tmp_path: Path, answer: dict[str, str], problem: str) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    came_from(site, "1.0", {"url": "https://h/x.whl", "archive_info": {"hash": "sha256=ab"}})
    given = Answer(f"{NAME}", f"{NAME} (target)", **answer)
    build = build_of(TARGET, site, answer=given)
    if problem:
        with pytest.raises(OverrideError, match="package.foo") as raised:
            contents.check(build, complete=False)
        assert problem in str(raised.value)
    else:
        contents.check(build, complete=True)


def test_an_answer_of_which_nothing_is_there(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    build = build_of(TARGET, site, answer=Answer(NAME, NAME, version="1.0"))
    # Its pass may be yet to come.
    contents.check(build, complete=False)
    with pytest.raises(OverrideError, match=f"contains no {NAME}"):
        contents.check(build, complete=True)


@pytest.mark.parametrize("origin", ["right", "another file", "another content", "an index"])
def test_a_file(tmp_path: Path, origin: str) -> None:
    site, wheel = tmp_path / "site", tmp_path / f"{NAME}-1.0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    put(site, "1.0", files("1.0"))
    digest = sha256_of_file(str(wheel)) if origin != "another content" else "00"
    url = wheel.as_uri() if origin != "another file" else (tmp_path / "other.whl").as_uri()
    if origin != "an index":
        came_from(site, "1.0", {"url": url, "archive_info": {"hash": f"sha256={digest}"}})
    build = build_of(f'[package.foo]\nreplace.{NAME} = {{ path = "{wheel.name}" }}\n', site)
    if origin == "right":
        contents.check(build, complete=True)
        wheel.write_bytes(b"two")
        with pytest.raises(OverrideError, match="the file has changed since this run began"):
            contents.check(build, complete=True)
    else:
        with pytest.raises(OverrideError) as raised:
            contents.check(build, complete=True)
        words = {
            "another content": "the file has changed since this run began",
            "another file": "other.whl",
        }
        assert words.get(origin, "from an index, not from") in str(raised.value)


@pytest.mark.parametrize(
    ("url", "direct", "same"),
    [
        ("https://h/x.whl", "https://h/x.whl", True),
        ("https://u:p@h/x%20y.whl#sha256=ab", "https://h/x y.whl", True),
        ("https://h/x.whl", "https://other/x.whl", False),
        ("git+https://h/x.git@main", "https://h/x.git", True),
        ("git+https://h/x.git", "https://h/x.git", True),
        ("git+https://h/x.git@0ff1ce#subdirectory=y", "https://h/x.git", True),
        ("git+ssh://git@h/x.git@main", "ssh://git@h/x.git", True),
        ("git+https://h/x.git@main", "https://h/y.git", False),
        ("git+file:///x/y@main", "file:///x/y", True),
        ("https://h/x.whl", "", False),
    ],
)
def test_where_it_comes_from(url: str, direct: str, same: bool) -> None:
    assert contents._is_from({"url": direct} if direct else {}, url) is same


def test_what_the_second_pass_must_leave(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of("", site)
    build.pinned = {NAME: "1.0"}
    contents.check(build, complete=True)
    build.pinned = {NAME: "2.0"}
    with pytest.raises(OverrideError, match=f"contained {NAME} 2.0"):
        contents.check(build, complete=True)


def test_what_was_built_to_match_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of("", site)
    build.matched = [Matched("inner 1.0", NAME, "1.0"), Matched("inner 1.0", "absent", "1.0")]
    contents.check(build, complete=True)
    build.matched = [Matched("inner 1.0", NAME, "3.0")]
    with pytest.raises(OverrideError) as raised:
        contents.check(build, complete=True)
    assert f"inner 1.0 was built with {NAME} 3.0" in str(raised.value)
    assert f'add = ["{NAME}==1.0"]' in raised.value.hint


def test_two_copies_and_nothing_tells_which(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", {f"{NAME}.py": ""})
    put(site, "2.0", {f"{NAME}/__init__.py": ""})
    with pytest.raises(OverrideError, match=f"{NAME} is installed more than once"):
        build_of("", site)


def test_which_version_is_pinned_to_match(tmp_path: Path) -> None:
    site = tmp_path / "site"
    put(site, "1.0", files("1.0"))
    build = build_of(f'[package.foo]\nreplace.{NAME} = "{NAME}==1.0"\n', site)
    build.matched = [Matched("inner 1.0", NAME, "1.0"), Matched("inner 1.0", "absent", "1.0")]
    pins, paths = build.pins_for_second_pass()
    assert pins == (
        (f"{NAME}==1.0", "installed by pip's first pass"),
        ("absent==1.0", "inner 1.0 was built with it"),
    )
    assert paths == ()
