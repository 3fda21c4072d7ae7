"""Build environments as of a moment: the moment of a release, and the files that are left out."""

from __future__ import annotations

import enum
import hashlib
import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import git_checkout, rule_checks
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.upload_limit import UploadLimit
from pip_build_override.in_pip.internals import index_pages, link_evaluators
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.output import failures
from pip_build_override.in_pip.state.environments import Filling
from pip_build_override.in_pip.state.uploads import Uploads
from pip_build_override.in_pip.steps.upload_limits import UploadLimits
from pip_build_override.rules import Answer, parse_overrides
from pip_build_override.rules.moments import floor_for

from ..support.hints import follows
from .fakes import Link, Owners, Requirement

PAGE = "https://index.test/simple/x/"
SDIST = "https://index.test/files/x-1.0.tar.gz"
RELEASE = '[package.x]\nas-of = "release"\n'
DAY = "[package.x]\nas-of = 2023-01-31\n"
AFTER = datetime(2099, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
BEFORE = datetime(2001, 1, 2, tzinfo=timezone.utc)
CONTENT = b"sdist"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def _file(name: str = "x-1.0.tar.gz", uploaded: datetime | None = AFTER, sha256: str = SHA256) -> Any:
    return index_pages.File(name, sha256, False, uploaded)


def _page(*files: Any, url: str = PAGE) -> index_pages.Page:
    return index_pages.Page(url, (url, url.replace("/x/", "/X/")), files)


class Room:
    """The step, with pages that indexes have."""

    def __init__(self, room: Path, text: str = DAY, *pages: index_pages.Page) -> None:
        self.owners = Owners(room, text)
        self.uploads = Uploads()
        self.uploads._pages = {"x": pages, "a": pages}
        self.finder: Any = SimpleNamespace(search_scope=SimpleNamespace(find_links=[]))
        names = ("rules_in_force", "environments", "outcome")
        self.step = UploadLimits(**self.owners.given(*names, uploads=self.uploads))
        self.sdist = room / "x-1.0.tar.gz"
        self.sdist.write_bytes(CONTENT)

    def build(self, link: Any = None, **more: Any) -> Build:
        link = link or Link(SDIST, comes_from=PAGE)
        more = {"local_file_path": str(self.sdist), **more}
        return self.owners.build(Requirement(link=link, **more))

    def found(self, link: Any = None, **more: Any) -> UploadLimit:
        build = self.build(link, **more)
        self.step.find(build)
        assert build.upload_limit is not None
        return build.upload_limit

    def refusal(self, link: Any = None, **more: Any) -> OverrideError:
        with pytest.raises(OverrideError) as caught:
            self.found(link, **more)
        return caught.value

    def filling(self, **limit: Any) -> Filling:
        given = {"moment": "2023-01-31", "where": "o.toml: package.x", **limit}
        return Filling(depth=1, built_for=("x 1.0",), upload_limit=UploadLimit(**given))


def test_a_moment_of_the_file(tmp_path: Path) -> None:
    assert Room(tmp_path).found() == UploadLimit("2023-01-31", "o.toml: package.x")
    nothing = Room(tmp_path, '[package.x]\nenv.A = "1"\n').build()
    Room(tmp_path).step.find(nothing)
    nothing.plan = None
    Room(tmp_path).step.find(nothing)
    assert (nothing.upload_limit, nothing.limit_of_uploads) == (None, None)


def test_the_release(tmp_path: Path) -> None:
    room = Room(tmp_path, RELEASE, _page(_file("y-1.0.tar.gz"), _file(sha256="other"), _file()))
    limit = room.found()
    assert (limit.moment, limit.why) == ("2099-01-02T03:04:05Z", "the upload of x-1.0.tar.gz")
    build = room.build()
    room.step.find(build)
    (change,) = build.changes
    assert change.describe() == ('as-of = "release" (2099-01-02T03:04:05Z, the upload of x-1.0.tar.gz)')
    assert change.after == ('as-of = "release"',)
    python = room.owners.rules.environment["python_version"]
    room = Room(tmp_path, RELEASE, _page(_file(uploaded=BEFORE, sha256="")))
    limit = room.found()
    assert limit.moment == floor_for(python)
    assert limit.why == f"90 days after the first release of Python {python}"


def test_a_release_that_is_not_known(tmp_path: Path) -> None:
    begins = 'as-of = "release" is the moment at which x 1.0 was released, but '
    hint = 'write as-of = {}, with a date instead of "release", under {}'
    silent = f"{PAGE} does not say when x-1.0.tar.gz was uploaded"
    for pages, problem in (
        ((), "no index that pip reads has x-1.0.tar.gz with the same content"),
        ((_page(_file(sha256="other")),), "no index that pip reads has x-1.0.tar.gz with the same"),
        ((_page(),), silent),
        ((_page(_file(uploaded=None)),), silent),
    ):
        error = Room(tmp_path, RELEASE, *pages).refusal()
        assert error.message.startswith(begins + problem)
        assert error.where == "o.toml: package.x"
        # The hint is a template of its own in the sources.
        assert hint.partition("{}")[0] in error.hint
    said = follows(
        'write as-of = 2023-01-31, with a date instead of "release", under {}', f"hint: {error.hint}"
    )
    line, _, header = said.partition("write ")[2].partition(
        ', with a date instead of "release", under '
    )
    assert (
        parse_overrides(f"{header}\n{line}\n".encode(), path="/o.toml").tables[0].as_of == "2023-01-31"
    )
    nameless = Room(tmp_path, RELEASE, _page(_file())).build()
    nameless.package = nameless.package.__class__("", None)
    with pytest.raises(OverrideError, match="no index that pip reads"):
        Room(tmp_path, RELEASE, _page(_file())).step.find(nameless)


def test_a_release_by_option(tmp_path: Path) -> None:
    room = Room(tmp_path, RELEASE.replace("package.x", 'package."*"'))
    build = room.build()
    assert build.plan is not None
    (setting,) = build.plan.selection.settings
    vars(setting)["where"] = "--as-of"
    with pytest.raises(OverrideError) as caught:
        room.step.find(build)
    assert caught.value.where == "--as-of"
    follows("write --as-of 2023-01-31, with a date instead of release", f"hint: {caught.value.hint}")


def test_a_directory(tmp_path: Path) -> None:
    error = Room(tmp_path, RELEASE).refusal(Link(f"file://{tmp_path}"), source_dir=str(tmp_path))
    assert f"{tmp_path} is a directory, which was never released" in error.message


def test_a_python_of_unknown_age(tmp_path: Path) -> None:
    room = Room(tmp_path, RELEASE, _page(_file()))
    room.owners.rules.environment["python_version"] = "3.99"
    assert "support Python 3.99, and it is not known when that was first" in room.refusal().message


def test_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    link = Link("git+https://user:secret@host.test/x")
    error = Room(tmp_path, RELEASE).refusal(link, source_dir=str(checkout))
    assert "host.test/x does not say when it was committed" in error.message
    assert "secret" not in str(error)
    moment = "2098-07-06T05:04:03+00:00"
    identity = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **identity, "GIT_COMMITTER_DATE": moment}
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=checkout, env=environment, check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    limit = Room(tmp_path, RELEASE).found(link, source_dir=str(checkout))
    assert (limit.moment, limit.why) == ("2098-07-06T05:04:03Z", "the time of its commit")
    link.url = "hg+https://host.test/x"
    assert (
        "does not say when" in Room(tmp_path, RELEASE).refusal(link, source_dir=str(checkout)).message
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_checkout.time_of_commit(str(checkout)) is None


class Verdict(enum.Enum):
    """As pip 22.2 and later have it."""

    candidate = 1
    platform_mismatch = 2


class Evaluator:
    """As of pip, which accepts all but one file."""

    def __init__(self, accepted: Any, rejected: Any) -> None:
        self.accepted, self.rejected = accepted, rejected

    def evaluate_link(self, link: Any) -> Any:
        accepted = link.filename != "x-0.tar.gz"
        return (self.accepted, "1.0") if accepted else (self.rejected, "not for this Python")


def _judged(room: Room, url: str, page: object, *, evaluator: Any = None, name: str = "x") -> Any:
    evaluator = evaluator or Evaluator(Verdict.candidate, Verdict.platform_mismatch)
    room.step.keep_within(evaluator, name, room.finder)
    return evaluator.evaluate_link(Link(url, comes_from=page))


def test_files_that_are_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path, DAY, _page(_file(), _file("x-0.9.tar.gz", BEFORE)))
    filling = room.filling()
    with room.owners.environments.entered(filling):
        assert _judged(room, SDIST, PAGE) == (
            Verdict.platform_mismatch,
            "uploaded at 2099-01-02T03:04:05Z, after 2023-01-31 (as-of)",
        )
        assert filling.left_out == {"x"}
        # Where the index redirects to; pip has an object with the URL, too.
        for page in (PAGE.replace("/x/", "/X/"), SimpleNamespace(url=PAGE)):
            assert _judged(room, SDIST, page)[0] is Verdict.platform_mismatch
        assert _judged(room, SDIST.replace("1.0", "0.9"), PAGE) == (Verdict.candidate, "1.0")
        assert _judged(room, SDIST.replace("1.0", "0"), PAGE)[1] == "not for this Python"
        # From a file, a local page of --find-links, or a URL.
        for place in (None, "file:///links/index.html", ""):
            assert _judged(room, SDIST, place) == (Verdict.candidate, "1.0")
        old = Evaluator(True, False)
        assert _judged(room, SDIST, PAGE, evaluator=old)[0] is False
        assert _judged(room, SDIST.replace("1.0", "0"), PAGE, evaluator=old)[0] is False
        assert _judged(room, SDIST.replace("1.0", "0.9"), PAGE, evaluator=old)[0] is True


def test_what_is_not_limited(tmp_path: Path) -> None:
    room = Room(tmp_path, DAY, _page(_file()))
    assert _judged(room, SDIST, PAGE)[0] is Verdict.candidate
    with room.owners.environments.entered(room.filling(unlimited=("x",))):
        assert _judged(room, SDIST, PAGE)[0] is Verdict.candidate
        room.step.check_chosen(Requirement(link=Link(SDIST, comes_from=PAGE)), room.finder)
        assert _judged(room, SDIST, PAGE, name="a")[0] is Verdict.platform_mismatch


def test_an_index_that_does_not_say_when(tmp_path: Path) -> None:
    for pages in ((_page(),), (_page(_file(uploaded=None)),)):
        room = Room(tmp_path, DAY, *pages)
        with room.owners.environments.entered(room.filling()), pytest.raises(Refusal):
            _judged(room, SDIST, PAGE)
        error = room.owners.outcome.refusal
        assert error is not None
        assert error.message == (
            f"{PAGE} does not say when x-1.0.tar.gz was uploaded, so it is not known whether it is a"
            " candidate for the build environment of x 1.0"
        )
        follows(
            "use an index that says it (PEP 700, https://peps.python.org/pep-0700/), or remove as-of",
            f"hint: {error.hint}",
        )
    room = Room(tmp_path, DAY, _page())
    below = Filling(upload_limit=room.filling().upload_limit)
    with room.owners.environments.entered(below), pytest.raises(Refusal):
        _judged(room, SDIST, PAGE)
    assert "a candidate for what a build backend installs by pip" in str(room.owners.outcome.refusal)
    said = Room(tmp_path, DAY, _page(_file(uploaded=BEFORE)))
    with said.owners.environments.entered(said.filling()):
        assert _judged(said, SDIST, PAGE)[0] is Verdict.candidate
    # A directory as an index.
    room = Room(tmp_path, DAY, _page(url="file:///index/x/"))
    with room.owners.environments.entered(room.filling()), pytest.raises(Refusal):
        _judged(room, "file:///index/x/x-1.0.tar.gz", "file:///index/x/index.html")


def test_a_page_that_is_none_of_the_index(tmp_path: Path) -> None:
    room = Room(tmp_path, DAY, _page(_file(uploaded=BEFORE)))
    with room.owners.environments.entered(room.filling()):
        with pytest.raises(Refusal):
            _judged(room, SDIST, "https://user:secret@other.test/x/")
        error = room.owners.outcome.refusal
        assert error is not None
        assert "secret" not in str(error)
        follows(
            "use an index whose pages are always at the same URL, or remove as-of",
            f"hint: {error.hint}",
        )
        assert _judged(room, SDIST, PAGE)[0] is Verdict.candidate
        room.finder.search_scope.find_links = ["/wheels", "https://other.test/x/"]
        assert _judged(room, SDIST, "https://other.test/x/")[0] is Verdict.candidate


def test_a_choice_that_was_made_past_us(tmp_path: Path) -> None:
    room = Room(tmp_path, DAY, _page(_file()))
    late = Requirement(link=Link(SDIST, comes_from=PAGE))
    cached = Requirement(link=Link("file:///cache/x-1.0-py3-none-any.whl"))
    cached.original_link = late.link
    room.step.check_chosen(late, room.finder)
    with room.owners.environments.entered(room.filling()):
        for req in (late, cached):
            with pytest.raises(OverrideError, match="evaluate_link of its result was bypassed"):
                room.step.check_chosen(req, room.finder)
        room.step.check_chosen(Requirement(), room.finder)


def test_a_pip_whose_evaluator_is_not_known() -> None:
    for result in (None, (1, 2, 3)):
        evaluator: Any = SimpleNamespace(evaluate_link=lambda link, result=result: result)
        link_evaluators.reject_links(evaluator, lambda link: "late")
        with pytest.raises(OverrideError, match="something else than a pair"):
            evaluator.evaluate_link(Link())
    other = enum.Enum("other", "candidate unsuitable")
    evaluator = Evaluator(other["candidate"], None)
    link_evaluators.reject_links(evaluator, lambda link: "late")
    with pytest.raises(OverrideError, match="no verdict for a file of that time"):
        evaluator.evaluate_link(Link())


def test_an_environment_with_another_limit_in_this_process(tmp_path: Path) -> None:
    room = Room(tmp_path)
    environments = room.owners.environments
    assert not environments.limited_apart
    cleared: list[str] = []

    def find() -> None: ...

    find.cache_clear = lambda: cleared.append("x")  # type: ignore[attr-defined]
    finder: Any = SimpleNamespace(find_all_candidates=find, find_best_candidate=find)
    with environments.entered(Filling()):
        assert not environments.limited_apart
    with environments.entered(room.filling()):
        assert environments.limited_apart
        with room.step.apart(finder):
            assert len(cleared) == 2
        assert len(cleared) == 4
        with environments.entered(room.filling()):
            assert not environments.limited_apart
        with environments.entered(Filling()):
            assert environments.limited_apart


def test_versions_of_the_target_are_not_limited(tmp_path: Path) -> None:
    room = Room(tmp_path, f'{DAY}add = [{{ name = "numpy", from = "target" }}, "mint"]\n')
    room.owners.target.finder = SimpleNamespace(find_all_candidates=lambda name: [])
    room.owners.target.versions["numpy"] = "1.0"
    room.owners.rules.settle = (  # type: ignore[method-assign]
        lambda question, target: Answer("numpy==1.0", "numpy==1.0 (target)", of_target=True)
    )
    build = room.build()
    assert build.limit_of_uploads is None
    room.step.find(build)
    assert build.limit_of_uploads == UploadLimit("2023-01-31", "o.toml: package.x", "", ("numpy",))


def test_pages_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(index_pages, "pages", lambda name, finder: read.append(name) or [_page()])
    uploads = Uploads()
    for name in ("x", "y", "x"):
        assert uploads.pages(name, SimpleNamespace()) == (_page(),)  # type: ignore[arg-type]
    assert read == ["x", "y"]


def test_without_isolation(tmp_path: Path) -> None:
    for text, refused in ((DAY, True), (DAY.replace("package.x", 'package."*"'), False)):
        selection = Owners(tmp_path, text).rules.selection("x", "1.0")
        assert bool(rule_checks.against_no_isolation(selection)) is refused
        assert rule_checks.without_effect(selection, "env") == "as-of"
        build = Owners(tmp_path, text).build(isolated=False)
        owners = Owners(tmp_path, text)
        build.plan_settings(owners.rules.overrides, owners.rules.environment)
        assert build.changes == ()


def test_what_a_failure_says_of_it(tmp_path: Path) -> None:
    room = Room(tmp_path)
    build = room.build()
    room.step.find(build)
    said = "files uploaded after 2023-01-31 are left out (o.toml: package.x: as-of)"
    assert failures._limited(build, ["a>=2"]) == ""
    build.left_out = {"a"}
    assert failures._limited(build, ["b", "A>=2"]) == said
    assert failures._limited(build, ["b"]) == ""
    # Nothing is known of what pip prints in this process.
    assert failures._limited(build, []) == said
    build.upload_limit = UploadLimit("2023-01-31", "--as-of")
    assert failures._limited(build, []) == said.replace("o.toml: package.x: as-of", "--as-of")
    build.upload_limit = None
    assert failures._limited(build, ["a>=2"]) == ""
