"""What the target has of a distribution, or will have, as far as that can be known."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.files import sha256_of_file
from pip_build_override.in_pip.target import source_tables, target
from pip_build_override.in_pip.target.placement import Placement
from pip_build_override.in_pip.target.settled import Settled as SettledAnswer
from pip_build_override.in_pip.target.source_tables import Settler
from pip_build_override.in_pip.target.target import Expected, Target
from pip_build_override.rules import Answer, Question, Source

from .fakes import Link, Options, Requirement
from .fakes import Target as Known

INDEX = "https://index.test/"


def install(site: Path, name: str, version: str, direct: Any = None, *, gone: bool = False) -> None:
    """Install a distribution of one module."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "RECORD").write_text(f"{name}.py,sha256=aa,0\n", encoding="utf-8")
    if not gone:
        (site / f"{name}.py").write_text("", encoding="utf-8")
    if direct is not None:
        text = direct if isinstance(direct, str) else json.dumps(direct)
        (info / "direct_url.json").write_text(text, encoding="utf-8")


class Finder:
    """pip's: it finds these files."""

    def __init__(self, *names: str, yanked: tuple[str, ...] = ()) -> None:
        self.candidates = []
        for name in names:
            link = Link(INDEX + name)
            link.is_yanked = name in yanked
            version = name.split("-")[1].replace(".tar.gz", "")
            self.candidates.append(SimpleNamespace(name="a", version=version, link=link))

    def find_all_candidates(self, project_name: str) -> Any:
        return self.candidates

    def find_best_candidate(self, project_name: str, specifier: Any = None) -> Any:
        fitting = [one for one in self.candidates if specifier.contains(one.version)]
        return SimpleNamespace(best_candidate=fitting[-1] if fitting else None)


def wheel(version: str) -> str:
    return f"a-{version}-py3-none-any.whl"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    directory = tmp_path / "site"
    directory.mkdir()
    return directory


def make(site: Path, *roots: Any, finder: Any = None, **more: Any) -> Target:
    return Target(roots, [str(site)], finder or Finder(), **more)


# What is there


def test_what_is_installed(site: Path) -> None:
    install(site, "a", "1.0")
    one = make(site)
    found = one.present("a")
    assert found == Expected("1.0", "it is installed")
    assert one.present("b") is None


def test_what_was_installed_and_is_gone(site: Path) -> None:
    install(site, "a", "1.0", gone=True)
    with pytest.raises(OverrideError, match=r"a 1\.0"):
        make(site).present("a")


@pytest.mark.parametrize(
    ("direct", "url", "is_wheel"),
    [
        ({}, "", True),
        ("mine", "", True),
        ([], "", True),
        ({"url": INDEX + "a.whl", "archive_info": {}}, INDEX + "a.whl", True),
        (
            {"url": INDEX + "a.whl", "archive_info": {"hash": "sha256=aa"}},
            INDEX + "a.whl#sha256=aa",
            True,
        ),
        (
            {"url": INDEX + "a.zip", "archive_info": {"hashes": {"sha256": "aa"}}, "subdirectory": "s"},
            INDEX + "a.zip#sha256=aa&subdirectory=s",
            False,
        ),
        (
            {"url": INDEX + "a", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}},
            f"git+{INDEX}a@c0ffee",
            False,
        ),
        ({"url": "file:///a", "dir_info": {}, "vcs_info": "mine"}, "file:///a", False),
    ],
)
def test_where_it_comes_from(site: Path, direct: Any, url: str, is_wheel: bool) -> None:
    install(site, "a", "1.0", direct)
    found = make(site).present("a")
    assert found is not None
    assert (found.url, found.wheel) == (url, is_wheel)


# What it will have


@pytest.mark.parametrize(
    ("roots", "installed", "finds", "more", "version", "certain"),
    [
        # Nothing is asked for, nothing is there, and an index has it.
        ([], "", ["1.0", "2.0"], {}, "2.0", False),
        ([], "", [], {}, None, True),
        # What is there stays.
        ([], "1.0", ["2.0"], {}, "1.0", True),
        (["a"], "1.0", ["2.0"], {}, "1.0", True),
        # Unless it does not fit, is upgraded, or is installed again.
        (["a>1.5"], "1.0", ["1.0", "2.0"], {}, "2.0", False),
        (["a"], "1.0", ["2.0"], {"upgrades": frozenset(["a"])}, "2.0", False),
        (["a"], "1.0", ["2.0"], {"upgrades": None}, "2.0", False),
        ([], "1.0", ["2.0"], {"upgrades": frozenset(["b"])}, "1.0", True),
        ([], "1.0", ["2.0"], {"stays": False}, "2.0", False),
        ([], "1.0", [], {"stays": False}, "1.0", True),
        # Without dependencies, what nobody asks for is not touched.
        ([], "1.0", ["2.0"], {"stays": False, "resolves": False}, "1.0", True),
        # Pinned.
        (["a==1.5"], "1.0", ["2.0"], {}, "1.5", True),
        (["a==1.5; python_version < '3'"], "1.0", ["2.0"], {}, "1.0", True),
        (["a==1.5", "b==3"], "", [], {}, "1.5", True),
        # The legacy resolver decides as it goes.
        (["a==1.5"], "1.0", ["2.0"], {"legacy": True}, "1.0", True),
    ],
)
def test_guesses(
    site: Path,
    roots: list[str],
    installed: str,
    finds: list[str],
    more: Any,
    version: str | None,
    certain: bool,
) -> None:
    if installed:
        install(site, "a", installed)
    one = make(site, *map(Requirement, roots), finder=Finder(*map(wheel, finds)), **more)
    found = one.expected("a")
    assert (found and found.version) == version
    assert found is None or found.certain is certain
    assert not one.resolved


def test_a_guess_within_what_the_table_takes(site: Path) -> None:
    one = make(site, finder=Finder(wheel("1.0"), wheel("2.0")))
    found = one.expected("a", "<2")
    assert found is not None
    assert found.version == "1.0"


@pytest.mark.parametrize(("installed", "said"), [("", False), ("1.5", False), ("1.0", True)])
def test_a_constraint(site: Path, installed: str, said: bool) -> None:
    if installed:
        install(site, "a", installed)
    found = make(site, Requirement("a==1.5", constraint=True)).expected("a")
    assert found is not None
    # If this run brings it at all.
    assert (found.version, found.certain) == ("1.5", False)
    assert ("1.0" in found.reason) is said


@pytest.mark.parametrize(
    ("file", "version"), [("a-1.5-py3-none-any.whl", "1.5"), ("a-1.5.tar.gz", "1.5"), ("archive", None)]
)
def test_a_file_that_is_asked_for(site: Path, file: str, version: str | None) -> None:
    link = Link(INDEX + file)
    found = make(site, Requirement("a", link, original_link=link)).expected("a")
    assert (found and found.version) == version
    if found is not None:
        assert found.url == link.url
        # The name of an sdist may lie.
        assert found.by_file_name is not file.endswith(".whl")


# Afterwards


def test_what_pip_has_settled_on(site: Path) -> None:
    install(site, "a", "1.0")
    install(site, "b", "1.0")
    one = make(site, finder=Finder(wheel("3.0")), installs=True)
    assert not one.changes("a")
    chosen: list[Any] = [
        (Requirement("A", Link(INDEX + wheel("2.0"))), "2.0rc1.post0"),
        (Requirement("c"), None),
        (Requirement(""), "1"),
    ]
    one.take(chosen)
    assert one.resolved
    found = one.expected("a")
    assert found is not None
    assert found.version == "2.0rc1.post0"
    assert one.changes("a")
    # What it did not choose stays as it is, whatever an index has.
    assert one.expected("b") == one.present("b")
    assert not one.changes("b")
    assert one.expected("c") is None
    one.take([(chosen[0][0], "not a version")])
    found = one.expected("a")
    assert found is not None
    assert found.version == "not a version"


def test_a_command_that_collects_only(site: Path) -> None:
    one = make(site)
    one.take([(Requirement("a"), "2.0")])  # type: ignore[list-item]
    assert not one.changes("a")


def test_a_copy_that_pip_leaves(site: Path, tmp_path: Path) -> None:
    install(site, "a", "1.0")
    other = tmp_path / "other"
    placement = Placement((str(other),), build_environment=True)
    one = Target([], [str(site), str(other)], Finder(), placement=placement, installs=True)  # type: ignore[arg-type]
    # It comes first on the path, whatever is installed behind it.
    found = one.expected("a")
    assert found is not None
    assert (found.version, str(site) in found.reason) == ("1.0", True)
    one.take([(Requirement("a"), "2.0")])  # type: ignore[list-item]
    assert one.expected("a") == found
    assert not one.changes("a")


# Of a command


@pytest.mark.parametrize(
    ("options", "installed", "version"),
    [
        ({}, True, "1.0"),
        ({"upgrade": True}, True, "2.0"),
        ({"upgrade": True, "upgrade_strategy": "eager"}, True, "2.0"),
        ({"ignore_installed": True}, True, "2.0"),
        ({"force_reinstall": True}, True, "2.0"),
    ],
)
def test_options(
    site: Path, options: Any, installed: bool, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "a", "1.0")
    monkeypatch.setattr("sys.path", ["", str(site)])
    root: Any = Requirement("a")
    finder: Any = Finder(wheel("2.0"))
    given: Any = Options(**options)
    found = target.of_command(True, given, [root], finder, False).expected("a")
    assert found is not None
    assert found.version == version


def test_where_the_command_installs(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", ["", str(site)])

    def directories(installs: bool = True, **options: Any) -> tuple[str, ...]:
        given: Any = Options(**options)
        finder: Any = Finder()
        return target.of_command(installs, given, [], finder, False).directories

    assert directories() == (str(site),)
    assert directories(target_dir=str(tmp_path / "t")) == (str(tmp_path / "t"),)
    assert directories(False, target_dir=str(tmp_path / "t")) == (str(site),)
    prefix = directories(prefix_path=str(tmp_path / "p"))
    assert prefix[0].startswith(str(tmp_path / "p"))
    assert prefix[-1] == str(site)
    alone = directories(prefix_path=str(tmp_path / "p"), ignore_installed=True)
    assert all(path.startswith(str(tmp_path / "p")) for path in alone)
    monkeypatch.setattr("sys.path", [*alone, str(site)])
    # On the path already, and in its order.
    assert directories(prefix_path=str(tmp_path / "p")) == (*alone, str(site))


def test_the_working_directory_is_no_place(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)
    monkeypatch.setattr("sys.path", [str(site), "/other", str(site)])
    assert target._search_path() == ["/other", str(site)]


# Source tables


def question(**source: Any) -> Question:
    more = {name: source.pop(name) for name in ("declared", "unreadable", "replaces") if name in source}
    return Question("a", Source(**{"origin": "target", **source}), where="o.toml: package.x", **more)


class Settled:
    """A target with one version, and what an index has."""

    def __init__(self, expected: Expected | None, *files: str, **more: Any) -> None:
        self.target: Any = Known()
        self.target.finder = Finder(*files, **more)
        self.target.expected = lambda name, specifier: expected
        self.lent: list[Any] = []
        self.ask = Settler(self.target, self.lend)

    def lend(self, *asked: Any) -> Answer:
        self.lent.append(asked)
        return Answer("a @ file:///lent", "a==1.0 (borrowed)")


def test_the_version_of_the_target() -> None:
    answer = Settled(Expected("1.0", "there"), wheel("1.0")).ask(question())
    assert answer.requirement == "a==1.0"
    assert answer.exact == "a===1.0"
    assert answer.version == "1.0"
    assert answer.reason == "there"
    assert answer.note == ""


@pytest.mark.parametrize("more", [{"declared": (">=2",)}, {"unreadable": ("a ~~ 1",)}])
def test_what_is_declared_may_say_otherwise(more: Any) -> None:
    answer = Settled(Expected("1.0", "there"), wheel("1.0")).ask(question(**more))
    assert answer.version == "1.0"
    assert next(iter(more.values()))[0] in answer.note


def test_a_version_outside_of_the_specifier() -> None:
    with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: a 1\.0"):
        Settled(Expected("1.0", "there"), wheel("1.0")).ask(question(specifier=">=2"))


def test_what_is_borrowed() -> None:
    expected = Expected("1.0", "there")
    settled = Settled(expected)
    asked = question(borrow=True)
    answer = settled.ask(asked)
    assert (answer.requirement, answer.reason) == ("a @ file:///lent", "there")
    assert settled.lent == [(asked, expected, settled.target)]


@pytest.mark.parametrize(
    ("files", "certain", "final", "source", "version"),
    [
        ((wheel("1.0"),), True, False, {}, "1.0"),
        (("a-1.0.tar.gz",), True, False, {"allow_sdist": True}, "1.0"),
        (("a-1.0.tar.gz",), True, False, {}, None),
        # A guess goes on to what has a wheel.
        (("a-1.0.tar.gz", wheel("0.9"), wheel("0.8")), False, False, {}, "0.9"),
        (("a-1.0.tar.gz", wheel("0.9")), False, False, {"specifier": ">0.9"}, None),
        (("a-1.0.tar.gz", wheel("0.9")), False, True, {}, None),
    ],
)
def test_a_version_without_a_wheel(
    files: tuple[str, ...], certain: bool, final: bool, source: Any, version: str | None
) -> None:
    settled = Settled(Expected("1.0", "there", certain=certain), *files)
    settled.target.final = final
    if version is None:
        with pytest.raises(OverrideError, match="no wheel"):
            settled.ask(question(**source))
    else:
        assert settled.ask(question(**source)).version == version


@pytest.mark.parametrize("expected", [None, Expected("1.0", "likely", certain=False)])
def test_a_target_without_it(expected: Expected | None) -> None:
    settled = Settled(expected, wheel("0.8"), wheel("0.9"))
    assert settled.ask(question(otherwise="declared")).requirement == ""
    assert settled.ask(question(otherwise="oldest")).version == "0.8"
    assert settled.ask(question(otherwise="a<2")).requirement == "a<2"
    if expected is None:
        for replaces, legacy in ((True, False), (False, True)):
            settled.target.legacy = legacy
            with pytest.raises(OverrideError, match="not in the target environment") as caught:
                settled.ask(question(replaces=replaces))
            assert ('"declared"' in caught.value.hint) is replaces
            assert ("this command" in caught.value.hint) is not legacy
            assert ("legacy resolver" in caught.value.message) is legacy
    settled.target.final = True
    if expected is not None:
        settled.target.finder = Finder(wheel("1.0"))
        assert settled.ask(question(otherwise="declared")).version == "1.0"


@pytest.mark.parametrize(
    ("formats", "resolved", "words"),
    [
        # pip found nothing that it may use for what the command asks for.
        (
            {"binary"},
            False,
            (
                'no release of a that satisfies a<2 and specifier = ">=1" has a wheel for this',
                "leave out --only-binary, and set allow-sdist = true",
            ),
        ),
        (
            {"binary", "source"},
            False,
            (
                'pip finds no release of a that satisfies a<2 and specifier = ">=1" for this',
                "let this command install another version of a",
            ),
        ),
        # pip's resolver has finished without it.
        (
            {"binary", "source"},
            True,
            ("nothing in this command requires it", "add a to this command, or install it first"),
        ),
    ],
)
def test_why_the_target_gets_none(
    site: Path, formats: set[str], resolved: bool, words: tuple[str, str]
) -> None:
    finder: Any = Finder(wheel("2.0"))
    finder.format_control = SimpleNamespace(get_allowed_formats=lambda name: frozenset(formats))
    one = make(site, Requirement("b<3"), *([] if resolved else [Requirement("a<2")]), finder=finder)
    if resolved:
        one.take([])
    with pytest.raises(OverrideError) as caught:
        Settler(one, Settled(None).lend)(question(specifier=">=1"))
    message, hint = words
    assert caught.value.message.startswith("a is not in the target environment, and ")
    assert message in caught.value.message
    assert caught.value.hint.startswith(hint if resolved else "let this command install")
    assert hint in caught.value.hint


def test_why_what_the_target_may_get_is_not_used(site: Path) -> None:
    one = make(site, Requirement("a"), finder=Finder(wheel("2.0")))
    answer = Settler(one, Settled(None).lend)(question(otherwise="declared"))
    assert answer.reason == (
        "which a the target environment will contain is not known yet, so the declared requirement is"
        " kept"
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, "the lowest release that has a wheel for this interpreter and platform"),
        (
            {"declared": ("<3",)},
            "the lowest release that satisfies a<3 and has a wheel for this interpreter and platform",
        ),
        ({"allow_sdist": True, "specifier": "<3"}, "the lowest release that satisfies a<3"),
        ({"allow_sdist": True}, "the lowest release"),
    ],
)
def test_why_it_is_the_oldest(more: Any, reason: str) -> None:
    assert Settled(None, wheel("1.0")).ask(question(origin="oldest", **more)).reason == reason


@pytest.mark.parametrize("allowed", [False, True])
def test_no_release_is_the_oldest(allowed: bool) -> None:
    with pytest.raises(OverrideError) as caught:
        Settled(None, wheel("1.0")).ask(
            question(origin="oldest", declared=(">1",), allow_sdist=allowed)
        )
    assert caught.value.message.startswith("no release of a satisfies a>1")
    assert ("has a wheel" in caught.value.message) is not allowed
    assert ("allow-sdist = true" in caught.value.hint) is not allowed


@pytest.mark.parametrize(
    ("files", "more", "version"),
    [
        ((wheel("1.0"), wheel("2.0")), {}, "1.0"),
        ((wheel("1.0"), wheel("2.0")), {"declared": (">1",)}, "2.0"),
        ((wheel("1.0rc1"), wheel("2.0")), {}, "2.0"),
        ((wheel("1.0rc1"), wheel("2.0")), {"declared": (">=1.0rc1",)}, "1.0rc1"),
        ((wheel("1.0rc1"), wheel("2.0")), {"specifier": "mine"}, None),
        (("a-1.0.tar.gz", wheel("2.0")), {}, "2.0"),
        (("a-1.0.tar.gz", wheel("2.0")), {"allow_sdist": True}, "1.0"),
        ((wheel("1.0"),), {"declared": (">1",)}, None),
        (("a-1.0.tar.gz",), {}, None),
        (tuple(f"a-{n}.0.tar.gz" for n in range(9)), {}, None),
        ((), {}, None),
        ((wheel("1.0"),), {"unreadable": ("a ~~ 1",)}, None),
    ],
)
def test_the_oldest(files: tuple[str, ...], more: Any, version: str | None) -> None:
    settled = Settled(None, *files)
    if version is None:
        with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: "):
            settled.ask(question(origin="oldest", **more))
    else:
        assert settled.ask(question(origin="oldest", **more)).version == version


def test_the_oldest_is_none_that_is_yanked() -> None:
    settled = Settled(None, wheel("1.0"), wheel("2.0"), yanked=(wheel("1.0"),))
    assert settled.ask(question(origin="oldest")).version == "2.0"
    settled = Settled(None, wheel("1.0"), yanked=(wheel("1.0"),))
    with pytest.raises(OverrideError, match=r"1\.0 is yanked"):
        settled.ask(question(origin="oldest"))


def test_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / wheel("1.0")
    file.write_bytes(b"wheel")
    answer = Settled(Expected("1.0", "there", file.as_uri())).ask(question())
    assert answer.requirement == f"a @ {file.as_uri()}"
    assert answer.sha256 == sha256_of_file(str(file))
    assert answer.version == "1.0"
    file.unlink()
    with pytest.raises(OverrideError, match="no longer there"):
        Settled(Expected("1.0", "there", file.as_uri())).ask(question())
    file.mkdir()
    with pytest.raises(OverrideError, match="is a directory"):
        Settled(Expected("1.0", "there", file.as_uri(), wheel=False)).ask(question(allow_sdist=True))


def test_the_same_file_of_a_server(tmp_path: Path) -> None:
    url = "https://user:secret@h.test/a-1.0.tar.gz?token=1"
    expected = Expected("1.0", "there", url, wheel=False, by_file_name=True)
    with pytest.raises(OverrideError, match="not a wheel") as caught:
        Settled(expected).ask(question())
    assert "secret" not in caught.value.message
    answer = Settled(expected).ask(question(allow_sdist=True))
    # Its own version counts, not that in its name.
    assert answer.version == ""
    assert answer.sha256 == ""
    assert "secret" not in answer.shown
    other = Settled(expected._replace(url=url.replace("=1", "=2"))).ask(question(allow_sdist=True))
    assert other.key != answer.key
    downloaded = tmp_path / "a-1.0.tar.gz"
    downloaded.write_bytes(b"sdist")
    at_hand = expected._replace(file=str(downloaded))
    answer = Settled(at_hand).ask(question(allow_sdist=True))
    assert answer.sha256 == sha256_of_file(str(downloaded))


def test_a_record_is_asked_again() -> None:
    asked = question(declared=(">1",), otherwise="declared")
    answer = Settled(None).ask(asked)
    recorded = SettledAnswer.from_json(
        json.loads(json.dumps(source_tables.record(asked, answer, "").to_json()))
    )
    again = recorded.question
    assert (again.name, again.source, again.declared) == (asked.name, asked.source, asked.declared)
    assert recorded.key == "declared"


def test_what_the_command_asks_for_as_constraints() -> None:
    file = Requirement("b>=1", original_link=Link("file:///b.whl"))
    roots = [Requirement("NumPy[x]<2,>=1.20"), Requirement("a"), file, Requirement("")]
    asked = Target(roots, [], Finder())  # type: ignore[arg-type]
    assert [set(limit.replace("numpy", "").split(",")) for limit in asked.plain_limits] == [
        {"<2", ">=1.20"}
    ]
