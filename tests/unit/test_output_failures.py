"""What is known of a build that failed, and what is said of it at the end."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace as replaced
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pip_build_override import rules, switch
from pip_build_override.build_steps import KNOWN
from pip_build_override.diagnosis import Failure, diagnose
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.regeneration import Regeneration
from pip_build_override.in_pip.internals.build_output import Printed
from pip_build_override.in_pip.output import diagnosis, failures
from pip_build_override.in_pip.state.outcome import Outcome

from ..support.hints import follows
from ..support.names import unnamed
from .fakes import Link, Owners, Requirement

RULE = '[package.x]\nreplace.a = "a==1"\nconstrain = ["limited<2"]\n'
NO_DISTUTILS = "ModuleNotFoundError: No module named 'pkg_resources'"


def noted(owners: Owners, build: Build, depth: int = 0) -> Failure:
    failures.note(build, depth, owners.outcome)
    return Failure.from_json(json.loads(json.dumps(owners.outcome.failures[-1].failure.to_json())))


def printed(*lines: str) -> Printed:
    output = Printed()
    for line in lines:
        output.take(line)
    return output


def test_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("import fast\n", encoding="utf-8")
    (tmp_path / "fast").mkdir()
    owners = Owners(tmp_path, RULE)
    who: Any = Requirement("y @ https://user:secret@h.test/y.zip", Link())
    req = Requirement("x==1.0", Link(), source_dir=str(tmp_path), comes_from=who)
    build = owners.build(req, "a", "d", hook=("h",))
    build.environment = {"a": "1", "d": "2", "h": "3", "other": "4"}
    build.printed = printed(NO_DISTUTILS)
    failure = noted(owners, build)
    assert (failure.name, failure.version, failure.step) == ("x", "1.0", "build")
    assert failure.error == NO_DISTUTILS
    assert failure.hits
    assert failure.declared == ("a", "d", "h")
    assert failure.environment == build.environment
    assert failure.setup_py == "import fast\n"
    assert {"fast", "setup"} <= failure.own_modules
    assert "secret" not in failure.asked_by
    assert failure.asked_by.startswith("y")
    assert failure.origins == (
        ("declared", ("d 2",)),
        ("requested by its backend", ("h 3",)),
        ("by o.toml: package.x", ("a 1",)),
        ("their dependencies", ("other 4",)),
    )


def test_what_is_not_known(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(
        Requirement("x", Link(), source_dir="/none"), plan=None, static_installed=False
    )
    build.package = rules.package("", None)
    failure = noted(owners, build)
    assert failure.name == "x"
    assert failure.version == ""
    # None was filled.
    assert failure.environment is None
    assert failure.hits == ()
    assert failure.setup_py is None
    assert failure.own_modules == frozenset()
    assert failure.asked_by == ""
    assert failure.origins == ()


@pytest.mark.parametrize("comes_from", ["-r requirements.txt", None])
def test_who_has_asked_for_it(tmp_path: Path, comes_from: str | None) -> None:
    owners = Owners(tmp_path, RULE)
    build = owners.build(Requirement("x", Link(), comes_from=comes_from))
    assert noted(owners, build).asked_by == (comes_from or "")


@pytest.mark.parametrize(
    ("name", "link", "by_name", "requirement"),
    [
        ("x", Link("https://h.test/x-1.0.1.tar.gz"), True, "x==1.0.1"),
        ("x", Link("https://h.test/x-1.0-final.tar.gz"), True, "x===1.0-final"),
        # Its version is in its sources alone.
        ("x", Link("https://h.test/latest.zip"), True, "x==1.0"),
        ("x", Link("https://me:secret@h.test/x.zip"), False, "x @ https://me:secret@h.test/x.zip"),
        ("x", Link("git+https://h.test/x@main"), False, "x @ git+https://h.test/x@main"),
        ("", Link("https://h.test/x.zip"), False, "https://h.test/x.zip"),
        ("x", Link("https://h.test/x.zip", sha256="ab"), False, "x @ https://h.test/x.zip#sha256=ab"),
        ("x", Link("file:///tmp/x-1.0.tar.gz"), False, "/tmp/x-1.0.tar.gz"),
    ],
)
def test_how_it_is_asked_for(
    tmp_path: Path, name: str, link: Any, by_name: bool, requirement: str
) -> None:
    owners = Owners(tmp_path, RULE)
    req = Requirement(name, link, original_link=None if by_name else link)
    build = owners.build(req)
    build.package = rules.package(name, "1.0")
    assert noted(owners, build).requirement == requirement
    assert noted(owners, build).hashes == ()


def test_which_files_the_user_allows(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    req = Requirement("x", Link())
    req.hash_options = {"sha512": ["cc"], "sha256": ["aa", "bb"]}
    assert noted(owners, owners.build(req)).hashes == ("sha256:aa", "sha256:bb", "sha512:cc")


def test_a_part_of_what_is_asked_for(tmp_path: Path) -> None:
    link = Link("file:///tmp/x.tar.gz", sha256="ab")
    link.subdirectory_fragment = "python/x"
    owners = Owners(tmp_path, RULE)
    build = owners.build(Requirement("x", link, original_link=link))
    requirement = "x @ file:///tmp/x.tar.gz#subdirectory=python/x&sha256=ab"
    assert noted(owners, build).requirement == requirement


def test_generated_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    for name, version in (("a", "0.29.21"), ("b", "3.0"), ("c", "3.1")):
        text = f"/* Generated by Cython {version} */\n"
        (sources / f"{name}.c").write_text(text, encoding="utf-8")
        os.utime(sources / f"{name}.c", (1, 1))
    for name in ("a", "c"):
        (sources / f"{name}.pyx").touch()
    owners = Owners(tmp_path, RULE)
    build = owners.build(Requirement("x", Link(), source_dir=str(sources)))
    assert noted(owners, build).generated is None
    monkeypatch.setenv(switch.FIX, str(tmp_path))
    assert noted(owners, build).generated == {"a.c": "0.29.21", "c.c": "3.1"}
    # By the build itself, which says nothing of the sources.
    os.utime(sources / "c.c", (build.began + 9, build.began + 9))
    assert noted(owners, build).generated == {"a.c": "0.29.21"}
    monkeypatch.setattr(failures, "_MOST_GENERATED", 0)
    assert noted(owners, build).generated == {}
    monkeypatch.setattr(failures, "_MOST_GENERATED", 9)
    files: Any = SimpleNamespace(files=[SimpleNamespace(target="a.c", was="0.28")], cython="")
    build.regeneration = files
    assert noted(owners, build).generated == {"a.c": "0.28"}


@pytest.mark.parametrize(
    ("stage", "filled"),
    [
        *(("sources", ""), ("first pass", ""), ("hook", "static"), ("second pass", "")),
        *(("metadata", "whole"), ("wheel", "whole")),
    ],
)
def test_how_far_it_was(tmp_path: Path, stage: str, filled: str) -> None:
    owners = Owners(tmp_path, RULE)
    failure = noted(owners, owners.build(stage=stage))
    assert (failure.stage, failure.filled) == (stage, filled)


def test_below_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    before = room.lines()
    begin = next(i for i, line in enumerate(before) if line.startswith("hint: write into "))
    monkeypatch.setenv(switch.FIX, str(tmp_path))
    # It writes the rules itself, and says the rest as always.
    assert room.lines() == before[:begin]
    assert before[begin - 1 :][-1].startswith("  then run: ")
    failed = room.owners.outcome.failures
    failed[:] = [replace(one, failure=replaced(one.failure, step=KNOWN)) for one in failed]
    assert room.lines() == []


STALE = "src/x.c:196:12: fatal error: longintrepr.h: No such file or directory"


def test_what_can_be_generated_again(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    for name in ("x", "later", "alone"):
        (source / f"{name}.c").write_text("/* Generated by Cython 0.29.1 */\n", encoding="utf-8")
        if name != "alone":
            (source / f"{name}.pyx").write_text("", encoding="utf-8")
    owners = Owners(tmp_path, RULE)
    req = Requirement("x==1.0", Link(), source_dir=str(tmp_path))
    build = owners.build(req, printed=printed(STALE, "[1/1] Cythonizing src/other.pyx"))
    build.began = (source / "x.c").stat().st_mtime + 10
    # Cython has generated this one in the build.
    os.utime(source / "later.c", (build.began + 1, build.began + 1))
    failure = noted(owners, build)
    assert failure.generated == {"src/x.c": "0.29.1"}
    assert failure.cythonized == ("src/other.pyx",)
    assert diagnose(failure).rules.regenerate
    # Generated again already.
    again = Regeneration("o.toml: package.x", str(tmp_path))
    again.cython = "0.29.37"
    build.regeneration = again
    assert "src/x.c" in noted(owners, build).cythonized
    # Not looked for if nothing depends on it.
    build.printed = printed(NO_DISTUTILS)
    assert noted(owners, build).generated is None


def test_nothing_is_generated_again_where_pip_builds_in_place(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("/* Generated by Cython 0.29.1 */\n", encoding="utf-8")
    (tmp_path / "x.pyx").write_text("", encoding="utf-8")
    owners = Owners(tmp_path, RULE)
    req = Requirement("x", Link(f"file://{tmp_path}"), source_dir=str(tmp_path))
    build = owners.build(req, printed=printed(STALE.replace("src/", "")))
    assert build.in_place
    failure = noted(owners, build)
    assert failure.generated == {}
    assert not diagnose(failure).rules


def test_what_failed_below_is_part_of_it(tmp_path: Path) -> None:
    owners = Owners(tmp_path, RULE)
    output = printed(NO_DISTUTILS)
    beside = owners.build(Requirement("beside", Link()))
    below = owners.build(Requirement("below", Link()), printed=output)
    other = owners.build(Requirement("other", Link()))
    build = owners.build(None, "a", printed=output)
    noted(owners, below, 1)
    noted(owners, beside, 0)
    noted(owners, below, 1)
    noted(owners, other, 2)
    failure = noted(owners, build)
    # Of another one that failed before, what failed below is none of this one's.
    assert [inner.name for inner in failure.nested] == ["below", "other"]
    # What was printed is theirs.
    assert failure.hits == ()
    assert failure.error == ""


@pytest.mark.parametrize(
    ("requirement", "where"),
    [
        ("a==1", "o.toml: package.x"),
        ("a", "o.toml: package.x"),
        # What a rule limits it has not asked for, unless it leaves nothing.
        ("limited>=3", "o.toml: package.x"),
        ("limited", "o.toml: package.x"),
        ("limited>=1", ""),
        ("other", ""),
    ],
)
def test_what_a_rule_asks_for_and_pip_does_not_find(
    tmp_path: Path, requirement: str, where: str
) -> None:
    owners = Owners(tmp_path, RULE)
    output = printed(f"ERROR: No matching distribution found for {requirement}")
    failure = noted(owners, owners.build(None, "a", printed=output))
    assert failure.asked_in == where
    assert failure.not_found == requirement


def test_what_a_rule_has_taken_out(tmp_path: Path) -> None:
    rule = '[package.x]\nremove = ["six"]\nreplace.yaml = "other==1"\nreplace.a = "a==1"\n'
    owners = Owners(tmp_path, rule)
    build = owners.build(None, "six>=1", "yaml", "a")
    build.printed = printed("ModuleNotFoundError: No module named 'six'")
    failure = noted(owners, build)
    assert failure.removed == {
        "six": "o.toml: package.x removes six",
        "yaml": "o.toml: package.x replaces yaml with other==1",
    }
    (finding,) = diagnose(failure).findings
    assert (finding.says, finding.because) == (
        "imports six while it is built",
        "o.toml: package.x removes six",
    )
    whole = Owners(tmp_path, '[package.x]\nrequires = ["setuptools"]\n')
    removed = noted(whole, whole.build(None, "six>=1", "setuptools")).removed
    assert removed == {"six": "o.toml: package.x does not list six in its requires"}


@pytest.mark.parametrize("left", ["_skbuild/a.o", "build/cp311/build.ninja", "target/.rustc_info.json"])
def test_what_an_earlier_build_left(left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    file = tree / left
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    room = Room(tmp_path, monkeypatch, "")
    room.build.req = cast(Any, Requirement("x", Link(f"file://{tree}"), source_dir=str(tree)))
    room.build.environment = {"pybind11": "2.13.6"}
    room.build.printed = printed("fatal error: pybind11/pybind11.h: No such file or directory")
    room.build.began = file.stat().st_mtime + 10
    directory = str(file.parent)
    lines = room.lines()
    assert lines[0] == (
        "pip-build-override: x 1.0 is compiled with pybind11's headers: pybind11 2.13.6 is in the build"
        f" environment, but an earlier build left {directory}, which may refer to another build"
        " environment"
    )
    assert f"  left by an earlier build: {directory}" in lines
    assert lines[-1] == (
        f"hint: remove what an earlier build left, and run the command again: rm -r {directory}"
    )


def test_what_this_build_wrote_is_of_no_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "tree" / "_skbuild" / "a.o"
    file.parent.mkdir(parents=True)
    file.write_text("", encoding="utf-8")
    owners = Owners(tmp_path, RULE)
    tree = str(tmp_path / "tree")
    build = owners.build(Requirement("x", Link(f"file://{tree}"), source_dir=tree))
    build.began = file.stat().st_mtime - 10
    assert noted(owners, build).leftovers == ()


# What is said


class Room:
    """A command in which x 1.0 failed, under some rules."""

    def __init__(
        self, room: Path, monkeypatch: pytest.MonkeyPatch, text: str = RULE, **options: Any
    ) -> None:
        for name in (switch.WATCH, switch.COMMAND_LINE):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("sys.argv", ["pip", "install", "x"])
        scripts = os.path.dirname(sys.executable)
        monkeypatch.setattr("shutil.which", lambda name: os.path.join(scripts, name))
        monkeypatch.chdir(room)
        self.owners = Owners(room, text, **options)
        self.build = self.owners.build(None, "a", printed=printed(NO_DISTUTILS))
        self.build.environment = {"setuptools": "82.0.0"}

    def lines(self) -> list[str]:
        outcome: Outcome = self.owners.outcome
        if not outcome.failures:
            failures.note(self.build, 0, outcome)
        used = self.owners.ledger.used
        lines = diagnosis.lines_for_the_end(self.owners.command, self.owners.rules, outcome, used)
        return [*map(unnamed, lines)]


def test_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Room(tmp_path, monkeypatch).lines()
    text = "\n".join(lines)
    assert lines[0].startswith("pip-build-override: ")
    assert "x 1.0" in text
    assert "[package.x]" in text
    assert "setuptools" in text
    assert "hint: write into o.toml, instead of everything under package.x:" in lines
    assert "pip install x" in text
    assert "  build environment:" in lines


def test_who_wanted_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    room.build.req.comes_from = "-r r.txt"
    assert "  required by: -r r.txt" in room.lines()


@pytest.mark.parametrize("quiet", [2, 3])
def test_silence(tmp_path: Path, quiet: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bool(Room(tmp_path, monkeypatch, quiet=quiet).lines()) is (quiet < 3)


def test_without_failures_there_is_nothing_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = Room(tmp_path, monkeypatch).owners
    assert diagnosis.lines_for_the_end(owners.command, owners.rules, Outcome()) == []


@pytest.mark.parametrize("form", ["toml", "pyproject", "txt"])
def test_where_it_goes(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    content = "[package.x]\nreplace.a = 'a==1'\n"
    if form == "pyproject":
        content = content.replace("[package", "[tool.pip-build-override.package")
    room.owners.rules.file_content = b"a==1  # why\n" if form == "txt" else content.encode()
    overrides = room.owners.rules.overrides
    shown = {"toml": "o.toml", "pyproject": "pyproject.toml", "txt": "o.txt"}[form]
    room.owners.rules.overrides = type(overrides)(**{**vars(overrides), "form": form, "shown": shown})
    text = "\n".join(room.lines())
    if form == "txt":
        # Another file, with the lines of the old one.
        assert "hint: write into a new file build-overrides.toml:" in text
        assert '[package."*"]' in text
        assert "run --overrides build-overrides.toml -- pip install x" in text
    else:
        prefix = "tool.pip-build-override." if form == "pyproject" else ""
        where = f"instead of everything under {prefix}package.x:"
        assert f"hint: write into {shown}, {where}" in text
    assert ("[tool.pip-build-override.package.x]" in text) is (form == "pyproject")
    # What is there already is kept.
    assert "a==1" in text.partition("package.")[2]


@pytest.mark.parametrize("has_file", [True, False])
def test_below_run(tmp_path: Path, has_file: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    monkeypatch.setenv(switch.WATCH, str(tmp_path / "run") if has_file else str(tmp_path))
    given = rules.CommandLine(constrain=("b<2",), set=("x: c==1",))
    monkeypatch.setenv(switch.COMMAND_LINE, given.dump())
    (command,) = [line for line in room.lines() if "pip-build-override run" in line]
    assert ("--overrides o.toml" in command) is has_file
    assert "--constrain 'b<2'" in command
    assert command.endswith("-- pip install x")
    assert command.count("--set") >= 1


def test_rules_without_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = '[package.x]\nconstrain = ["aa<2", "own<2"]\nreplace.b = "b==1"\n'
    room = Room(tmp_path, monkeypatch, rule)
    build = room.build
    build.environment = {"setuptools": "82.0.0", "own": "1"}
    failure = noted(room.owners, build)
    assert (failure.idle, failure.undecided) == (("aa", "b"), ())
    lines = room.lines()
    says = (
        "  o.toml: package.x: constrain had no effect on x 1.0, because aa is not in its build"
        " environment"
    )
    assert (
        lines[lines.index(says) + 1] == "hint: check the spelling of aa in constrain, or leave it out"
    )
    says = (
        "  o.toml: package.x: replace.b had no effect on x 1.0, because b is not among its build"
        " requirements; the next run would stop at it, so it is left out"
    )
    assert lines[lines.index(says) + 1] == (
        'hint: if b is misspelt, put replace.b = "b==1" back with the right name'
    )
    begin = lines.index("hint: write into o.toml, instead of everything under package.x:")
    assert lines.index(says) < begin
    assert "replace.b" not in "".join(lines[begin:])


def test_rules_that_may_be_without_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = '[package.x]\nconstrain = ["aa<2"]\nreplace.b = "b==1"\n'
    room = Room(tmp_path, monkeypatch, rule)
    # Until the backend was asked, more may be declared and installed.
    build = room.owners.build(None, "a", hook=None)
    build.environment, build.printed = {"setuptools": "82.0.0"}, printed(NO_DISTUTILS)
    failure = noted(room.owners, build)
    assert (failure.idle, failure.undecided) == ((), ("b",))
    room.owners.outcome.failures = room.owners.outcome.failures[-1:]
    lines = room.lines()
    assert any("replace.b may be unused" in line for line in lines)
    assert '    replace.b = "b==1"' in lines


def test_a_whole_list_leaves_nothing_to_the_backend(tmp_path: Path) -> None:
    owners = Owners(tmp_path, '[package.x]\nrequires = ["a"]\n[package."x<2"]\nreplace.b = "b"\n')
    failure = noted(owners, owners.build(None, "a", hook=None))
    assert (failure.idle, failure.undecided) == (("b",), ())
    # Even if the build environment was never filled.
    build = owners.build(None, "a", printed=printed("ERROR: No matching distribution found for a==9"))
    assert noted(owners, build).idle == ("b",)


def misspelt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, output: str = NO_DISTUTILS
) -> Room:
    """Return a command in which makefun 1.0 failed."""
    room = Room(tmp_path, monkeypatch, text)
    room.build.package = rules.package("makefun", "1.0")
    room.build.make_plan(room.owners.rules.overrides, {}, None)
    room.build.printed = printed(output)
    return room


MEANT = "was probably meant for makefun 1.0, which has no table of its own"


def test_a_table_with_a_misspelt_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = misspelt(tmp_path, monkeypatch, '[package.makfun]\nadd = ["own"]\n').lines()
    assert f"  o.toml: package.makfun {MEANT}" in lines
    start = lines.index("hint: write into o.toml, instead of everything under package.makfun:")
    # One table, with both.
    assert lines[start + 1 : start + 4] == [
        "    [package.makefun]",
        '    add = ["own"]',
        '    constrain = ["setuptools<82"]',
    ]
    assert not any("rename" in line for line in lines)


def test_a_misspelt_name_with_a_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = misspelt(tmp_path, monkeypatch, '[package."makfun>=1"]\nadd = ["own"]\n').lines()
    # The fix is for every version.
    start = lines.index(f'  o.toml: package."makfun>=1" {MEANT}')
    assert lines[start + 1 : start + 4] == [
        'hint: rename package."makfun>=1" to package."makefun>=1"',
        "hint: write into o.toml:",
        "    [package.makefun]",
    ]


def test_a_misspelt_name_without_a_known_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '[package.makfun]\nadd = ["own"]\n'
    room = misspelt(tmp_path, monkeypatch, text, "ValueError: no")
    lines = room.lines()
    start = lines.index(f"  o.toml: package.makfun {MEANT}")
    said = follows("rename {} to {}", lines[start + 1])
    _, wrong, _, right = said.split(" ")
    renamed = misspelt(tmp_path, monkeypatch, text.replace(wrong, right), "ValueError: no")
    assert not any("probably" in line for line in renamed.lines())
    assert renamed.build.plan is not None
    assert renamed.build.plan.static == ("a", "own")
    # What the command asks for is not misspelt, nor is what another build has used.
    monkeypatch.setattr("sys.argv", ["pip", "install", "makefun", "Makfun[x]>=1"])
    assert not any("probably" in line for line in room.lines())
    monkeypatch.setattr("sys.argv", ["pip", "install", "makefun"])
    assert any("probably" in line for line in room.lines())
    room.owners.ledger.used.add("package.makfun")
    assert not any("probably" in line for line in room.lines())


@pytest.mark.parametrize("name", ["numpy", "scikit-makefun", "'*'", "makefun"])
def test_a_table_of_another_package(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'[package.{name}]\nadd = ["own"]\n'
    assert not any("probably" in line for line in misspelt(tmp_path, monkeypatch, text).lines())


class BelowRun(Room):
    """A run with options only, in a directory in which there may be a file of the usual name."""

    def __init__(self, room: Path, monkeypatch: pytest.MonkeyPatch, there: str | None) -> None:
        super().__init__(room, monkeypatch, "")
        monkeypatch.setenv(switch.WATCH, str(room))
        monkeypatch.setenv(switch.COMMAND_LINE, rules.CommandLine(constrain=("b<2",)).dump())
        if there is not None:
            (room / "build-overrides.toml").write_text(there, encoding="utf-8")
            (room / "build-overrides.toml").chmod(0o600)

    def hint(self) -> str:
        (hint,) = [line for line in self.lines() if line.startswith("hint:")]
        return hint


def test_a_file_that_the_run_did_not_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "build-overrides.toml"
    run = f"pip-build-override run --overrides {name} --constrain 'b<2' -- pip install x"
    room = BelowRun(tmp_path, monkeypatch, None)
    assert room.hint() == f"hint: write into a new file {name}:"

    room = BelowRun(tmp_path, monkeypatch, '[package.other]\nadd = ["a"]\n')
    lines = room.lines()
    assert room.hint() == f"hint: add to {name}, which this run did not use:"
    assert "    [package.x]" in lines
    assert not any("other" in line for line in lines)
    assert lines[-1] == f"  then run: {run}"

    room = BelowRun(tmp_path, monkeypatch, '[package.X]\nadd = ["own"]\n')
    there = "which this run did not use, instead of everything under package.X"
    assert room.hint() == f"hint: write into {name}, {there}:"
    assert '    add = ["own"]' in room.lines()

    room = BelowRun(tmp_path, monkeypatch, '[package.x]\nconstrain = ["setuptools<82"]\n')
    said = follows("{} contains the fix, but this run did not use it; try it: {}", room.hint())
    assert said.endswith(f"try it: {run}")


@pytest.mark.parametrize("there", ["[package.x]\nadds = []\n", "not TOML"])
def test_a_file_that_pip_would_not_accept(
    tmp_path: Path, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = BelowRun(tmp_path, monkeypatch, there)
    assert room.hint() == "hint: write into a new file build-overrides-2.toml:"
    assert "--overrides build-overrides-2.toml " in room.lines()[-1]


def test_another_pip_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    monkeypatch.setattr("sys.executable", "/my env/bin/python")
    assert room.lines()[-1] == "  then run: '/my env/bin/python' -m pip install x"


def test_what_pip_did_not_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    room.build.printed = printed("ERROR: No matching distribution found for a==1")
    lines = room.lines()
    says = "x 1.0 does not build: pip cannot find a==1, which o.toml: package.x requires"
    assert lines[0] == f"pip-build-override: {says}"
    assert lines[-1] == (
        "hint: use a version of a that exists in o.toml: package.x: `pip index versions a` lists them;"
        " --index-url or --find-links name other places to search"
    )


RETRYING = (
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by"
    " 'NewConnectionError('<HTTPSConnection object>: Failed to establish a connection')': /simple/a/"
)
NONE = "ERROR: Could not find a version that satisfies the requirement a==1 (from versions: none)"
NO_MATCH = "ERROR: No matching distribution found for a==1"


@pytest.mark.parametrize(
    ("options", "printed_lines", "why", "hint"),
    [
        pytest.param(
            {"no_index": True},
            (NONE, NO_MATCH),
            "because it uses no package index (--no-index)",
            "run the command without --no-index, or put a==1 into a directory that --find-links names",
            id="no index",
        ),
        pytest.param(
            {},
            (RETRYING, NONE, NO_MATCH),
            "because it cannot connect to the package index",
            "check the network connection, --proxy and --index-url, then run the command again",
            id="offline",
        ),
        pytest.param(
            {},
            (NONE, NO_MATCH),
            "because it finds no release of a at all",
            "check the spelling of a in o.toml: package.x; --index-url or --find-links name other"
            " places to search",
            id="no release",
        ),
    ],
)
def test_why_pip_did_not_find_it(
    options: dict[str, Any],
    printed_lines: tuple[str, ...],
    why: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Room(tmp_path, monkeypatch, **options)
    room.build.printed = printed(*printed_lines)
    lines = room.lines()
    says = f"x 1.0 does not build: pip cannot find a==1, which o.toml: package.x requires, {why}"
    assert lines[0] == f"pip-build-override: {says}"
    assert lines[-1] == f"hint: {hint}"


def test_what_no_rule_asks_for_and_pip_does_not_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path, monkeypatch)
    room.build.printed = printed("ERROR: No matching distribution found for d==99")
    lines = room.lines()
    assert (
        lines[0] == "pip-build-override: x 1.0 does not build: pip cannot find d==99, which it requires"
    )
    assert lines[-1] == (
        "hint: use a version of d that exists, with replace.d in package.x: `pip index versions d`"
        " lists them; --index-url or --find-links name other places to search"
    )


def test_a_failure_without_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path, monkeypatch)
    room.build.printed = printed("error: something else")
    text = "\n".join(room.lines())
    assert "x 1.0" in text
    assert "[package" not in text
