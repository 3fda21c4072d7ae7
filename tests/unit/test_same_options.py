"""The words with which another pip finds the same files, by what this pip has parsed and found."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from optparse import OptionParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.diagnosis.failed_command import FailedCommand
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import same_options

from .fakes import Options


def finder(**more: Any) -> Any:
    formats = SimpleNamespace(no_binary={"b", "a"}, only_binary=set())
    urls = ["https://me:secret@h.test/simple", "https://h.test/more"]
    given = {"format_control": formats, "index_urls": urls, "find_links": [], "trusted_hosts": ["h:1"]}
    return SimpleNamespace(**{**given, "prefer_binary": False, **more})


FOUND = (
    "--no-binary=a,b",
    "--only-binary=:none:",
    "--index-url=https://me:secret@h.test/simple",
    "--extra-index-url=https://h.test/more",
    "--trusted-host=h:1",
)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def test_what_the_finder_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert same_options.words(Options(), finder()) == FOUND
    (tmp_path / "links").mkdir()
    monkeypatch.chdir(tmp_path)
    links = ["links", "https://h.test/links", "none"]
    found = same_options.words(Options(), finder(index_urls=[], find_links=links, prefer_binary=True))
    assert found[2:] == (
        "--no-index",
        f"--find-links={tmp_path / 'links'}",
        "--find-links=https://h.test/links",
        # pip warns of it as it did.
        "--find-links=none",
        "--trusted-host=h:1",
        "--prefer-binary",
    )


class Control:
    def __init__(self, *ordered: tuple[str, str], everything: bool = False) -> None:
        self.ordered = list(ordered)
        self.all_releases = {":all:"} if everything else set()

    def get_ordered_args(self) -> list[tuple[str, str]]:
        return list(self.ordered)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"allow_all_prereleases": True}, [("--pre", None)]),
        ({"allow_all_prereleases": False}, []),
        ({"release_control": None}, []),
        ({"release_control": Control(everything=True)}, [("--pre", None)]),
        (
            {"release_control": Control(("only_final", "a"), everything=True)},
            [("--all-releases", ":all:"), ("--only-final", "a")],
        ),
        (
            {"release_control": Control(("all_releases", ":all:"), everything=True)},
            [("--all-releases", ":all:")],
        ),
    ],
)
def test_pre_releases(more: Any, words: Any) -> None:
    assert list(same_options._pre_releases(finder(**more))) == words


def test_what_the_options_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = OptionParser()
    for option in ("--cert", "--proxy", "--timeout", "--use-feature", "--constraint", "--cache-dir"):
        parser.add_option(option)
    parser.add_option("--uploaded-prior-to")
    parser.add_option("--config-settings")
    parser.add_option("--global-option")
    for flag in ("--no-cache-dir", "--no-build-isolation", "--use-pep517", "--ignore-requires-python"):
        parser.add_option(flag)
    parser.defaults = {"config_settings": {"a": ["1", "2"]}, "global_options": ["-q"]}
    monkeypatch.setattr(same_options, "_parser", lambda: parser)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").touch()
    options = Options(
        cert="bundle.pem",
        proxy="",
        timeout=7.0,
        retries=3,
        features_enabled=["fast-deps"],
        constraints=["c.txt", "https://h.test/c.txt"],
        uploaded_prior_to=datetime(2024, 1, 2, tzinfo=timezone.utc),
        cache_dir=False,
        build_isolation="off",
        use_pep517=True,
        ignore_requires_python=True,
        config_settings={"a": ["1", "2", "1"], "b": "3"},
        global_options=["-q", "-v"],
    )
    assert same_options.words(options, finder()) == (
        # This pip has no --retries, and none of the options of the finder.
        "--cert=bundle.pem",
        "--timeout=7.0",
        "--ignore-requires-python",
        "--use-feature=fast-deps",
        f"--constraint={tmp_path / 'c.txt'}",
        "--constraint=https://h.test/c.txt",
        "--uploaded-prior-to=2024-01-02T00:00:00+00:00",
        "--no-cache-dir",
        "--no-build-isolation",
        "--use-pep517",
        # The other pip inherits the rest, and would have it twice.
        "--global-option=-v",
        "--config-settings=a=1",
        "--config-settings=b=3",
    )
    parser.add_option("--no-deps")
    plain = Options(cache_dir=str(tmp_path), use_pep517=False, ignore_dependencies=True)
    words = same_options.words(plain, finder())
    assert words == ("--no-deps", f"--cache-dir={tmp_path}")
    inner = Failure("inner")
    command = FailedCommand("/python", "/pip", words, (inner, Failure("outer", nested=(inner,))), "/")
    assert command.options_for(inner) == (f"--cache-dir={tmp_path}",)


def test_a_finder_of_another_kind() -> None:
    with pytest.raises(OverrideError, match=r"PackageFinder\.find_links: missing"):
        same_options.words(Options(), SimpleNamespace())


def test_the_pip_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    path = same_options.runnable_pip()
    said = subprocess.run([sys.executable, path, "--version"], capture_output=True, check=True)
    assert said.stdout.startswith(b"pip ")
    for name in same_options._RUNNABLE:
        monkeypatch.delitem(sys.modules, name, raising=False)
    # As before 22.3.
    assert os.path.basename(same_options.runnable_pip()) == "pip"
    known = SimpleNamespace(get_runnable_pip=lambda: "/pip/__pip-runner__.py")
    monkeypatch.setitem(sys.modules, same_options._RUNNABLE[1], known)
    assert same_options.runnable_pip() == "/pip/__pip-runner__.py"


def test_what_is_not_for_build_requirements() -> None:
    inner = Failure("y")
    outer = Failure("x", nested=(inner,))
    own = ("--constraint=/c.txt", "--config-settings=a=b", "--no-build-isolation", "--use-pep517")
    shared = ("--index-url=https://h.test", "--build-constraint=/b.txt", "--use-feature=x")
    command = FailedCommand("/python", "/pip", (*own, *shared), (inner, outer), "/home")
    assert command.options_for(outer) == (*own, *shared)
    assert command.options_for(inner) == command.options_of_finder == shared
