"""What a link leads to, by its content."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pip._internal.models.link import Link
from pip._internal.utils import direct_url_helpers

from pip_build_override.in_pip.builds import link_contents
from pip_build_override.in_pip.builds.link_contents import ContentNote
from pip_build_override.in_pip.internals import functions


def requirement(url: str, **hashes: list[str]) -> Any:
    link = Link(url)
    return SimpleNamespace(link=link, original_link=link, hash_options=hashes)


def note(url: str, source: str | None = None, **hashes: list[str]) -> ContentNote:
    req = requirement(url, **hashes)
    return link_contents.noted(req, req.link, source)


def test_a_file_by_its_content_and_not_by_its_times(tmp_path: Path) -> None:
    file = tmp_path / "x-1.0.tar.gz"
    file.write_bytes(b"one")
    before = os.stat(file)
    noted = note(file.as_uri())
    assert link_contents.is_as_it_was(noted)
    file.write_bytes(b"two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not link_contents.is_as_it_was(noted)
    file.write_bytes(b"one")
    assert link_contents.is_as_it_was(noted)
    file.unlink()
    assert not link_contents.is_as_it_was(noted)
    assert not link_contents.may_change(noted)


@pytest.mark.parametrize("path", ["/x\0", "/x\ud800", ""])
def test_a_path_that_no_file_has(path: str) -> None:
    assert link_contents.sha256(path) == ""
    assert link_contents.is_same_file(ContentNote(path, "ab")) == (not path)


def test_a_directory_is_never_as_it_was(tmp_path: Path) -> None:
    noted = note(tmp_path.as_uri())
    assert link_contents.may_change(noted)
    assert not link_contents.is_as_it_was(noted)
    assert not link_contents.is_same_file(noted)


@pytest.mark.parametrize(
    ("url", "hashes", "changes"),
    [
        ("https://h/x-1.0.tar.gz", {}, True),
        ("https://h/x-1.0.tar.gz?v=1#subdirectory=a", {}, True),
        ("https://h/x-1.0.tar.gz#sha256=ab", {}, False),
        ("https://h/x-1.0.tar.gz", {"sha256": ["ab"]}, False),
    ],
)
def test_a_file_elsewhere(url: str, hashes: dict[str, list[str]], changes: bool) -> None:
    noted = note(url, **hashes)
    assert link_contents.may_change(noted) == changes
    assert link_contents.is_as_it_was(noted) != changes
    # What was built from it in this run is still good.
    assert link_contents.is_same_file(noted)


def test_a_file_of_an_index_is_a_release() -> None:
    link = Link("https://h/x-1.0.tar.gz", comes_from="https://h/simple/x/")
    req: Any = SimpleNamespace(link=link, original_link=None, hash_options={})
    assert link_contents.noted(req, link, None) == ContentNote()
    assert not link_contents.changes(link)


@pytest.mark.parametrize(("revision", "changes"), [("{commit}", False), ("main", True), ("", True)])
def test_a_checkout(revision: str, changes: bool, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()

    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "Nothing")
    revision = revision.format(commit=git("rev-parse", "HEAD"))
    url = f"git+https://h/x.git{'@' if revision else ''}{revision}"
    assert link_contents.may_change(note(url, str(tmp_path))) == changes


def test_a_checkout_of_which_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = "git+https://h/x.git@0123456789abcdef0123456789abcdef01234567"
    assert link_contents.may_change(note(url))
    monkeypatch.setattr(direct_url_helpers, "direct_url_from_link", lambda link, source_dir: None)
    assert link_contents.may_change(note(url, str(tmp_path)))
    monkeypatch.delattr(direct_url_helpers, "direct_url_from_link")
    assert link_contents.may_change(note(url, str(tmp_path)))


def test_a_checkout_that_a_cached_wheel_was_built_from() -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    link = Link(f"git+https://h/x.git@{commit}")
    assert functions.checkout_of(link, None, cached=True) == ("git", "https://h/x.git", commit, commit)
    # Of a wheel that was kept for one run only.
    assert functions.checkout_of(Link("git+https://h/x.git"), None, cached=True) is None


def test_a_fault_of_pip_is_shown_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def direct_url_from_link(link: Link, source_dir: str, link_is_in_wheel_cache: bool) -> None:
        raise AttributeError("of pip's own")

    monkeypatch.setattr(direct_url_helpers, "direct_url_from_link", direct_url_from_link)
    with pytest.raises(AttributeError, match="of pip's own"):
        note("git+https://h/x.git", str(tmp_path))
