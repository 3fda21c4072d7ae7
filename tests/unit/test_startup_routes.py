"""Which route is taken, and why; on files that look like those of a real environment."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.startup import STEM, block, owners, routes, writing
from pip_build_override.startup.target import Target

PACKAGE = "/some/pip_build_override"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """Return an environment on paper, with directories that are really there."""
    for name in ("lib", "site-packages"):
        (tmp_path / name).mkdir()
    site_packages = str(tmp_path / "site-packages")
    return Target(
        python=sys.executable,
        version=(3, 11, 7),
        prefix=str(tmp_path),
        site_packages=site_packages,
        path=(str(tmp_path / "lib"), site_packages),
        site_directories=(site_packages,),
        sitecustomize=(),
        injected=None,
        managed=None,
    )


def standing(target: Target, content: bytes) -> Target:
    """Put a sitecustomize into it."""
    file = Path(routes.sitecustomize_file(target))
    file.write_bytes(content)
    return dataclasses.replace(target, sitecustomize=((target.site_packages, str(file)),))


def elsewhere(target: Target, entry: str) -> Target:
    """Put a sitecustomize into another directory of its path."""
    file = os.path.join(entry, "sitecustomize.py")
    Path(file).touch()
    found = [*target.sitecustomize, (entry, file)]
    found.sort(key=lambda pair: target.path.index(pair[0]))
    return dataclasses.replace(target, sitecustomize=tuple(found))


def contents(target: Target) -> dict[str, bytes]:
    files = Path(target.site_packages).iterdir()
    return {path.name: path.read_bytes() for path in files if path.is_file()}


OWN_FILES = {STEM + suffix for suffix in (".py", ".start", ".pth")}


@pytest.mark.parametrize("content", [None, b"", b"import os\n", b"import os\r\n", b'"""Doc."""'])
def test_there_and_back(content: bytes | None, target: Target) -> None:
    if content is not None:
        target = standing(target, content)
    before = contents(target)
    plan = routes.to_install(target, PACKAGE)
    assert plan.route == block.SITECUSTOMIZE
    writing.carry_out(plan.changes)
    (found,) = routes.installed(target)
    assert found[0] == block.SITECUSTOMIZE
    text = contents(target)["sitecustomize.py"]
    assert (b"\r\n" in text) == (b"\r\n" in (content or b""))
    # Once more changes nothing; so does a version that is newer, but for its own block.
    target = standing(target, text)
    assert routes.to_install(target, PACKAGE).changes == ()
    (change,) = routes.to_install(target, "/another/pip_build_override").changes
    assert change.before == text
    writing.carry_out(routes.to_uninstall(target).changes)
    assert contents(target) == before
    assert routes.to_uninstall(target).changes == ()
    assert routes.installed(target) == []


def by_pth(target: Target, *words: str) -> None:
    before = contents(target)
    plan = routes.to_install(target, PACKAGE)
    assert plan.route == block.PTH
    assert all(word in plan.reason for word in words), plan.reason
    writing.carry_out(plan.changes)
    assert set(contents(target)) == set(before) | OWN_FILES
    assert [found[0] for found in routes.installed(target)] == [block.PTH]
    assert routes.to_install(target, PACKAGE).changes == ()
    plan = routes.to_uninstall(target)
    # What Python looks at goes first.
    assert [Path(change.path).suffix for change in plan.changes] == [".pth", ".start", ".py"]
    writing.carry_out(plan.changes)
    assert contents(target) == before


def test_another_one_comes_first(target: Target) -> None:
    by_pth(elsewhere(target, target.path[0]), "lib", "loads there")
    by_pth(elsewhere(standing(target, b"x = 1\n"), target.path[0]), "lib", "loads there")


def test_a_new_one_would_hide_another(target: Target, tmp_path: Path) -> None:
    (tmp_path / "system").mkdir()
    target = dataclasses.replace(target, path=(*target.path, str(tmp_path / "system")))
    behind = elsewhere(target, str(tmp_path / "system"))
    by_pth(behind, "hide")
    # Where there is one already, it hides the other anyway.
    plan = routes.to_install(elsewhere(standing(target, b""), str(tmp_path / "system")), PACKAGE)
    assert plan.route == block.SITECUSTOMIZE


def test_a_link(target: Target, tmp_path: Path) -> None:
    (tmp_path / "theirs.py").write_bytes(b"x = 1\n")
    link = Path(routes.sitecustomize_file(target))
    link.symlink_to(tmp_path / "theirs.py")
    by_pth(dataclasses.replace(target, sitecustomize=((target.site_packages, str(link)),)), "link")
    assert link.is_symlink()
    link.unlink()
    link.symlink_to(tmp_path / "nowhere.py")
    plan = routes.to_install(target, PACKAGE)
    assert plan.route == block.PTH


@pytest.mark.parametrize("content", [b"x = (\n", b"'''Doc.'''; x = 1\n"])
def test_no_place_in_it(content: bytes, target: Target) -> None:
    by_pth(standing(target, content), "cannot contain it")


def test_a_block_that_cannot_be_checked_in(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [{"offset": 0}, {"problem": "no"}]
    monkeypatch.setattr(routes, "ask_preamble", lambda *args: answers.pop(0))
    assert routes.to_install(target, PACKAGE).route == block.PTH


def test_not_on_the_path(target: Target) -> None:
    by_pth(dataclasses.replace(target, path=target.path[:1]), "not on its path")


def test_put_ahead_by_pythonpath(target: Target) -> None:
    injected = "/theirs/sitecustomize.py"
    by_pth(dataclasses.replace(target, injected=injected), injected, "PYTHONPATH")


def test_asked_for(target: Target) -> None:
    plan = routes.to_install(target, PACKAGE, route=block.PTH)
    assert (plan.route, plan.reason) == (block.PTH, "the shim does not load from sitecustomize")


def test_from_one_route_to_the_other(target: Target) -> None:
    writing.carry_out(routes.to_install(target, PACKAGE).changes)
    text = contents(target)["sitecustomize.py"]
    assert {*map(os.path.basename, routes.files_of(target, block.SITECUSTOMIZE))} == {*contents(target)}
    other = elsewhere(standing(target, text), target.path[0])
    writing.carry_out(routes.to_install(other, PACKAGE).changes)
    assert set(contents(target)) == OWN_FILES
    assert {*map(os.path.basename, routes.files_of(target, block.PTH))} == OWN_FILES
    writing.carry_out(routes.to_install(target, PACKAGE).changes)
    assert set(contents(target)) == {"sitecustomize.py"}


# What is refused


def refused(target: Target, *words: str) -> None:
    before = contents(target)
    with pytest.raises(OverrideError) as caught:
        routes.to_install(target, PACKAGE)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.hint
    assert contents(target) == before


def test_managed(target: Target) -> None:
    refused(dataclasses.replace(target, managed="/usr/lib/EXTERNALLY-MANAGED"), "PEP 668", "venv")


def test_no_site_directory(target: Target) -> None:
    refused(dataclasses.replace(target, site_directories=()), "no start-up files")


def test_read_only(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    # By asking, not by mode: root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: os.fspath(path) != target.site_packages)
    refused(target, target.site_packages, "cannot be written")
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(".py"))
    refused(standing(target, b"x = 1\n"), "sitecustomize.py", "cannot be written")
    # Nothing to take out is nothing to write.
    assert routes.to_uninstall(target).changes == ()


def test_unreadable(target: Target) -> None:
    os.mkdir(routes.sitecustomize_file(target))
    with pytest.raises(OverrideError, match="cannot be read"):
        routes.to_install(target, PACKAGE)


def test_damaged(target: Target) -> None:
    target = standing(target, b"# >>> pip-build-override 0.1.0 >>>\nx = 1\n")
    refused(target, "missing", "by hand")
    with pytest.raises(OverrideError, match="missing"):
        routes.to_uninstall(target)
    assert routes.installed(target)[0][1] == "damaged"


def test_a_file_of_that_name_that_is_not_ours(target: Target) -> None:
    Path(routes.own_file(target, ".pth")).write_bytes(b"import theirs\n")
    refused(elsewhere(target, target.path[0]), "not written by pip-build-override")
    # It is no hook of ours, and nothing that we take away.
    assert routes.installed(target) == []
    assert routes.to_uninstall(target).changes == ()


# Whose a sitecustomize is


def record(directory: str, name: str, file: str, lines: str) -> None:
    path = Path(directory, name, file)
    path.parent.mkdir(parents=True)
    path.write_text(lines, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "file", "line"),
    [
        ("sites-1.0.dist-info", "RECORD", "sitecustomize.py,sha256=x,1\n"),
        ("sites-1.0.egg-info", "installed-files.txt", "PKG-INFO\n../sitecustomize.py\n"),
    ],
)
def test_owned(name: str, file: str, line: str, target: Target) -> None:
    record(target.site_packages, name, file, line)
    by_pth(standing(target, b"x = 1\n"), "belongs to sites-1.0")


def test_owned_by_conda(target: Target) -> None:
    meta = Path(target.prefix, "conda-meta")
    meta.mkdir()
    for name, text in {
        "broken-1.json": "{",
        "odd-1.json": "[]",
        "other-1.json": json.dumps({"files": ["bin/python"]}),
        "sites-1.0-0.json": json.dumps({"files": ["site-packages/sitecustomize.py"]}),
    }.items():
        (meta / name).write_text(text, encoding="utf-8")
    by_pth(standing(target, b"x = 1\n"), "belongs to sites-1.0-0")


def test_one_that_may_be_put_ahead(target: Target) -> None:
    record(target.site_packages, "a-1.0.dist-info", "RECORD", "a/__init__.py,,\n\na.py,,\n")
    Path(target.site_packages, "norecord-1.0.dist-info").mkdir()
    Path(target.site_packages, "a").mkdir()
    ours = "pip_build_override/startup/inject/sitecustomize.py,,\n"
    record(target.site_packages, "pip_build_override-1.0.dist-info", "RECORD", ours)
    assert owners.brings_sitecustomize([*target.path, "/nowhere"]) is None
    assert routes.to_install(target, PACKAGE).route == block.SITECUSTOMIZE
    record(target.site_packages, "otel-1.0.dist-info", "RECORD", "otel/auto/sitecustomize.py,,\n")
    by_pth(target, "otel-1.0")
