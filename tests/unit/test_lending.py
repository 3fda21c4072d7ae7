"""What the target lends to build environments, and when it does not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.builds import checks
from pip_build_override.in_pip.lending import distribution, stand_ins
from pip_build_override.in_pip.lending.lender import Lender, check_kept
from pip_build_override.in_pip.target.target import Expected
from pip_build_override.rules import Question, Source

from .fakes import Target

BORROW = Question("larder", Source("target", borrow=True), where="o.toml: package.x")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A library directory with larder 1.0, which needs salt and something that is not installed."""
    directory = tmp_path / "site"
    put(directory, "larder", "1.0", "Requires-Dist: salt\n", "Requires-Dist: none\n")
    put(directory, "salt", "2.0", 'Requires-Dist: larder; extra == "back"\n')
    return directory


def put(site: Path, name: str, version: str, *more: str) -> Path:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(head + "".join(more), encoding="utf-8")
    (site / f"{name}.py").write_text("x = 1\n", encoding="utf-8")
    record = f"{name}.py,sha256=aa,6\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n"
    (info / "RECORD").write_text(record, encoding="utf-8")
    return info


class Room:
    """A lender, and the target that it lends from."""

    def __init__(self, site: Path) -> None:
        self.site = str(site)
        self.lender = Lender(str(site.parent / "room"))
        self.target: Any = Target(larder="1.0")
        self.target.directories = (self.site,)
        self.target.resolved = False

    def lend(self, expected: Expected | None = None) -> Any:
        return self.lender.lend(BORROW, expected or Expected("1.0", "it is installed"), self.target)


@pytest.fixture
def room(site: Path) -> Room:
    return Room(site)


def test_what_is_installed_is_lent(room: Room) -> None:
    answer = room.lend()
    assert answer.version == "1.0"
    assert answer.requirement.startswith("larder @ file:")
    assert answer.shown == "larder==1.0 (borrowed)"
    loans = room.lender.asked_for(["other", "other @ mine://", answer.requirement, "@"])
    # With what it needs, as far as that is there.
    assert sorted(loan.distribution.name for loan in loans) == ["larder", "salt"]
    assert room.lender.asked_for(["larder", "larder @ https://h.test/larder.whl"]) == []
    stand_in = loans[0].stand_in
    assert room.lender.digest_of(stand_in.name, (room.site,)) == stand_in.digest
    with zipfile.ZipFile(stand_in.path) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert names == {"METADATA", "WHEEL", "RECORD"}


def test_a_stand_in_has_the_commands(room: Room, site: Path) -> None:
    text = "[console_scripts]\nlarder = larder:main\n"
    (site / "larder-1.0.dist-info" / "entry_points.txt").write_text(text, encoding="utf-8")
    room.lend()
    (loan,) = [one for one in room.lender._loans.values() if one.distribution.name == "larder"]
    with zipfile.ZipFile(loan.stand_in.path) as archive:
        assert archive.read("larder-1.0.dist-info/entry_points.txt").decode() == text
    found = distribution.find("larder", [room.site])
    assert found is not None
    # The same distribution is the same wheel.
    assert stand_ins.write(found, loan.lent.files, room.lender._room) == loan.stand_in


def test_the_key_tells_what_would_be_lent_with_it(room: Room, site: Path) -> None:
    before = room.lend().key
    put(site, "none", "1.0")
    assert Room(site).lend().key != before


def test_nothing_that_could_be_lent(room: Room, tmp_path: Path) -> None:
    assert room.lender.digest_of("other", (room.site,)) == ""
    assert room.lender.digest_of("larder", (str(tmp_path / "none"),)) == ""


def test_what_is_not_installed(room: Room, tmp_path: Path) -> None:
    room.target.directories = (str(tmp_path / "none"),)
    with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: larder is not installed"):
        room.lend()


def test_what_cannot_be_lent(room: Room, site: Path) -> None:
    (site / "larder-1.0.dist-info" / "RECORD").unlink()
    with pytest.raises(OverrideError, match=r"^o\.toml: package\.x: larder ") as caught:
        room.lend()
    assert "borrow" in caught.value.hint
    assert room.lender.digest_of("larder", (room.site,)) == ""
    # As a dependency of another one it comes from the index.
    put(site, "cook", "1.0", "Requires-Dist: larder\n")
    question = Question("cook", Source("target", borrow=True))
    answer = room.lender.lend(question, Expected("1.0", "it is installed"), room.target)
    assert [loan.distribution.name for loan in room.lender.asked_for([answer.requirement])] == ["cook"]


@pytest.mark.parametrize(
    ("expected", "resolved", "changes", "fine"),
    [
        (Expected("1.0", "r"), False, False, True),
        (Expected("1.0", "r"), False, True, False),
        (Expected("2.0", "r"), False, False, False),
        # A guess may be wrong.
        (Expected("2.0", "r", certain=False), False, False, True),
        (Expected("1.0.0", "r"), False, False, True),
        (Expected("1.0.0", "r"), True, False, False),
    ],
)
def test_what_this_run_changes(
    room: Room, expected: Expected, resolved: bool, changes: bool, fine: bool
) -> None:
    room.target.resolved = resolved
    room.target.changed = {"larder"} if changes else set()
    if fine:
        assert room.lend(expected).version == "1.0"
    else:
        with pytest.raises(OverrideError, match=r"larder 1\.0 is installed"):
            room.lend(expected)


@pytest.mark.parametrize("how", ["prefixes", "venv", "neither"])
def test_what_pip_took_is_linked(room: Room, tmp_path: Path, how: str) -> None:
    (loan,) = [
        one
        for one in room.lender.asked_for([room.lend().requirement])
        if one.distribution.name == "larder"
    ]
    prefix = tmp_path / "env"
    lib = prefix / "lib"
    environment: Any = SimpleNamespace()
    if how == "prefixes":
        environment._prefixes = {"overlay": SimpleNamespace(path=str(prefix))}
    elif how == "venv":
        prefix.mkdir()
        (prefix / "pyvenv.cfg").touch()
    with zipfile.ZipFile(loan.stand_in.path) as archive:
        archive.extractall(lib)
    # Another one of that name, and what pip has installed itself.
    put(lib, "salt", "2.0")
    put(lib, "other", "1.0")
    (tmp_path / "foreign").mkdir()
    link: Callable[[], Any] = lambda: room.lender.link(  # noqa: E731 - called in two ways
        environment, (str(lib), str(lib), str(tmp_path / "none")), [loan]
    )
    if how == "neither":
        with pytest.raises(OverrideError, match="install_requirements"):
            link()
        return
    assert link() == [loan]
    assert (lib / "larder.py").read_text(encoding="utf-8") == "x = 1\n"
    room.lender.close()


def test_a_stand_in_that_pip_did_not_take(room: Room, tmp_path: Path) -> None:
    loans = room.lender.asked_for([room.lend().requirement])
    put(tmp_path / "lib", "larder", "3.0")
    environment: Any = SimpleNamespace()
    assert room.lender.link(environment, (str(tmp_path / "lib"),), loans) == []
    # What is no stand-in has a WHEEL of its own, or none.
    wheel = tmp_path / "lib" / "larder-3.0.dist-info" / "WHEEL"
    wheel.write_text("Wheel-Version: 1.0\n", encoding="utf-8")
    assert stand_ins.placed_in(str(tmp_path / "lib")) == {}


def test_what_was_lent_must_stay() -> None:
    borrowed = [("larder", "1.0")]
    target: Any = Target(changes=["larder"], larder="2.0")
    check_kept("x 1", [], target, "o.toml")
    with pytest.raises(OverrideError, match=r"^o\.toml: x 1 .*larder 1\.0.*larder 2\.0"):
        check_kept("x 1", borrowed, target, "o.toml")
    gone: Any = Target(changes=["larder"])
    with pytest.raises(OverrideError, match="another larder"):
        check_kept("x 1", borrowed, gone, "o.toml")
    check_kept("x 1", borrowed, Target(larder="1.0"), "o.toml")  # type: ignore[arg-type]


def test_a_build_that_writes_to_what_it_has_borrowed(room: Room, site: Path) -> None:
    loans = room.lender.asked_for([room.lend().requirement])
    build: Any = SimpleNamespace(label="x 1", borrowed=loans, plan=None)
    checks.check_borrowed(build)
    (site / "larder.py").write_text("x = 22\n", encoding="utf-8")
    asked = {"larder": True, "shelf": True, "other": False}
    sources = [
        SimpleNamespace(name=name, where=f"o.toml: {name}", source=Source("target", borrow))
        for name, borrow in asked.items()
    ]
    build.plan = SimpleNamespace(settled=[(question, None) for question in sources])
    with pytest.raises(OverrideError, match=r"x 1: .*larder\.py.*larder 1\.0") as caught:
        checks.check_borrowed(build)
    assert caught.value.where == "o.toml: larder"
    # It may be lent only because something else needs it.
    sources[0].name = "shed"
    with pytest.raises(OverrideError) as caught:
        checks.check_borrowed(build)
    assert caught.value.where == "o.toml: larder, o.toml: shelf"
