"""The key of a build environment: each of its ingredients counts, and what does not decide does not."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterable, cast

import pytest
from pip._internal import configuration

from pip_build_override import switch
from pip_build_override.frozen import fields, replace
from pip_build_override.in_pip.builds import filling_key
from pip_build_override.in_pip.builds.filling_key import Ingredients
from pip_build_override.in_pip.internals import filling_options

PLAIN = Ingredients(
    requirements=("a", "b"),
    constraints=(),
    hashes={},
    touched=(),
    stand_ins=(),
    moment="",
    unlimited=(),
    seen=(),
    pass_name="overlay",
    before="",
    present=(),
    options=(),
    variables={},
    interpreter=("/python", "3.11"),
    places=("lib",),
    elsewhere=False,
    files={},
)
CHANGED: dict[str, Any] = {
    # The order decides which version pip's resolver tries first.
    "requirements": ("b", "a"),
    "constraints": ("a<2",),
    "hashes": {"a": ["sha256:ab"]},
    "touched": ("a",),
    "stand_ins": (("torch", "2.0", "/run/torch-2.0-py3-none-any.whl", "ab"),),
    "moment": "2023-01-31",
    "unlimited": ("torch",),
    "seen": ("/target",),
    "pass_name": "normal",
    "before": "ab",
    "present": ("lib",),
    "options": ("index_urls=['https://h']",),
    "variables": {"CC": "gcc"},
    "interpreter": ("/python", "3.12"),
    "places": ("lib64",),
    "elsewhere": True,
    "files": {"/x.whl": "ab"},
}


def test_every_ingredient_is_tried() -> None:
    assert CHANGED.keys() == set(fields(Ingredients))


@pytest.mark.parametrize("name", CHANGED)
def test_each_ingredient_counts(name: str) -> None:
    assert replace(PLAIN, **{name: CHANGED[name]}).key != PLAIN.key
    assert replace(PLAIN).key == PLAIN.key


NOT_KEPT = ("stand_ins", "seen", "elsewhere")
ONE_FILE_EACH = replace(PLAIN, hashes={"a": ["sha256:ab"], "b": ["sha256:cd"]})


@pytest.mark.parametrize("name", CHANGED)
def test_what_is_kept_for_later_runs(name: str) -> None:
    assert replace(PLAIN, **{name: CHANGED[name]}).is_kept is (name not in NOT_KEPT)


@pytest.mark.parametrize(
    ("changes", "pinned"),
    [
        ({}, True),
        ({"hashes": {}}, False),
        ({"hashes": {"a": ["sha256:ab", "sha256:ef"]}}, False),
        ({"moment": "2023-01-31"}, False),
    ],
)
def test_what_is_pinned(changes: dict[str, Any], pinned: bool) -> None:
    assert replace(ONE_FILE_EACH, **changes).is_pinned is pinned


def test_variables_that_decide() -> None:
    own = {"CC": "gcc", "PIP_PRE": "1", "PYTHONPATH": "/x"}
    found = filling_key.variables_in(own, "/environment")
    assert found == {**own, "PIP_NO_COMPILE": "0"}
    # What pip and the shim set for a nested pip, and the path of the environment itself.
    nested = {
        **own,
        "PIP_NO_COMPILE": "0",
        "PYTHONPATH": os.pathsep.join([switch.INJECTED, "/x"]),
        "_PIP_STANDALONE_CERT": "/cert",
        switch.RUN_DIRECTORY: "/run",
    }
    assert filling_key.variables_in(nested, "/environment") == found
    inside = filling_key.variables_in({"PATH": "/environment/bin:/bin"}, "/environment")
    assert inside == filling_key.variables_in({"PATH": "/other/bin:/bin"}, "/other")
    assert filling_key.variables_in({"PIP_NO_COMPILE": "1"}, "/e")["PIP_NO_COMPILE"] == "1"


def test_the_interpreter() -> None:
    assert filling_key.interpreter(virtual=True)[1:] == filling_key.interpreter(virtual=False)[1:]


def _contents(
    requirements: Iterable[str] = (), places: Iterable[Path] = (), lists: Iterable[Path] = ()
) -> dict[str, str] | None:
    return filling_key.contents_of_files(requirements, map(str, places), map(str, lists))


def test_files_count_by_content(tmp_path: Path) -> None:
    wheel = tmp_path / "a-1-py3-none-any.whl"
    wheel.write_bytes(b"1")
    named = [f"a @ {wheel.as_uri()}", "b<2", "c @ https://h/c.whl", "@ no"]
    found = _contents(named)
    wheel.write_bytes(b"22")
    assert found is not None
    assert list(found) == [str(wheel)]
    assert _contents(named) != found


def _write_with_the_time_put_back(path: Path, text: str) -> None:
    before = path.stat()
    with path.open("r+", encoding="utf-8") as file:
        file.write(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda wheel: wheel.write_text("22", encoding="utf-8"),
        lambda wheel: _write_with_the_time_put_back(wheel, "2"),
        lambda wheel: wheel.unlink(),
        lambda wheel: wheel.rename(wheel.with_name("b-1-py3-none-any.whl")),
        lambda wheel: wheel.with_name("c-1-py3-none-any.whl").touch(),
        lambda wheel: (wheel.with_name("x").write_text("1"), wheel.with_name("x").replace(wheel)),
    ],
    ids=["written", "same size and time", "removed", "renamed", "added", "replaced"],
)
def test_each_file_in_a_directory_of_wheels_counts(tmp_path: Path, change: Any) -> None:
    wheel = tmp_path / "a-1-py3-none-any.whl"
    wheel.write_text("1", encoding="utf-8")
    found = _contents(places=[tmp_path])
    # What a build puts into a directory of its own there does not.
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "x").touch()
    assert found is not None
    assert _contents(places=[tmp_path]) == found
    change(wheel)
    assert _contents(places=[tmp_path]) != found


def test_a_page_counts_by_content(tmp_path: Path) -> None:
    page = tmp_path / "links.html"
    page.touch()
    found = _contents(places=[page])
    page.write_text("<a href=x></a>", encoding="utf-8")
    assert _contents(places=[page]) != found


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("numpy<2  # see https://h/issue", True),
        ("numpy==1.0 \\\n    --hash=sha256:ab", True),
        ("numpy==1.0 --hash=sha256:ab", True),
        ("-c more.txt", False),
        ("--constraint=more.txt", False),
        ("numpy @ file:///numpy", False),
        ("./numpy", False),
        (".\\numpy", False),
        ("${NUMPY}", False),
        ("\xff", False),
    ],
)
def test_lists_count_by_content(tmp_path: Path, line: str, known: bool) -> None:
    limits = tmp_path / "constraints.txt"
    limits.write_bytes(f"# limits\n{line}\n".encode("latin-1"))
    found = _contents(lists=[limits])
    assert (found is not None) is known
    limits.write_text("numpy<3", encoding="utf-8")
    assert _contents(lists=[limits]) not in (None, found)


@pytest.mark.parametrize("url", ["{tmp}", "{tmp}/none.whl", "git+https://h/a", "git+{tmp}@main"])
def test_what_cannot_be_compared(tmp_path: Path, url: str) -> None:
    assert _contents([f"a @ {url.format(tmp=tmp_path.as_uri())}"]) is None


class Finder:
    """A finder of pip's that reveals its options."""

    def __init__(self, **options: Any) -> None:
        self.format_control = SimpleNamespace(no_binary={"b", "a"}, only_binary=set())
        self._options = options

    @property
    def find_links(self) -> list[str]:
        return list(self._options.get("find_links", ()))

    @property
    def prefer_binary(self) -> bool:
        return bool(self._options.get("prefer_binary"))

    @property
    def refresh_package(self) -> set[str]:
        return {"x", "y"}

    @property
    def target_python(self) -> object:
        return object()


def _environment(finder: Finder | None, **attributes: Any) -> Any:
    installer = SimpleNamespace(finder=finder, _build_constraints=["bc.txt"])
    return SimpleNamespace(installer=installer, **attributes)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing is told to the other pip but what a test tells it."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    # Those of this machine.
    kinds = ("global", "site", "user")
    monkeypatch.setattr(configuration, "get_configuration_files", lambda: {kind: [] for kind in kinds})
    return monkeypatch


def _options(finder: Finder, limits: Iterable[str] = ()) -> filling_options.Options | None:
    installer = SimpleNamespace(finder=finder, _build_constraints=limits)
    return filling_options.options_of(cast(Any, SimpleNamespace(installer=installer)), None)


@pytest.mark.usefixtures("told")
def test_everything_that_a_finder_reveals(tmp_path: Path) -> None:
    found = _options(Finder(), ["bc.txt"])
    assert found is not None
    assert [option for option in found.shown if not option.startswith("told ")] == [
        "installer=SimpleNamespace",
        "build-constraint=bc.txt",
        "find_links=[]",
        "format_control=no_binary ['a', 'b']",
        "format_control=only_binary []",
        "format_control=[]",
        "prefer_binary=False",
        """refresh_package=["'x'", "'y'"]""",
    ]
    links = Finder(find_links=[tmp_path.as_uri(), "https://h/", "nowhere"], prefer_binary=True)
    changed = filling_options.options_of(_environment(None), cast(Any, links))
    assert changed is not None
    assert "prefer_binary=True" in changed.shown
    assert changed.places == [str(tmp_path)]


@pytest.mark.parametrize(
    "lines",
    ["[global]\npre = true", "[install]\nprefer-binary = true", "[install]\nno-binary = numpy"],
)
def test_what_the_other_pip_reads_in_files(
    told: pytest.MonkeyPatch, tmp_path: Path, lines: str
) -> None:
    before = _options(Finder())
    file = tmp_path / "pip.conf"
    file.write_text("[wheel]\npre = true", encoding="utf-8")
    told.setenv("PIP_CONFIG_FILE", str(file))
    assert _options(Finder()) == before
    file.write_text(lines, encoding="utf-8")
    assert _options(Finder()) != before


def test_the_files_that_options_name(told: pytest.MonkeyPatch, tmp_path: Path) -> None:
    links, page, own = tmp_path / "w", tmp_path / "p.html", tmp_path / "o"
    limits, more = tmp_path / "c.txt", tmp_path / "d.txt"
    for path in (links, own):
        path.mkdir()
    for path in (page, limits, more):
        path.touch()
    told.setenv("PIP_CONSTRAINT", f"{limits} {tmp_path}/none.txt https://h/c.txt")
    told.setenv("PIP_FIND_LINKS", f"{links} {page.as_uri()}")
    found = _options(Finder(find_links=[str(own)]), [str(more)])
    assert found is not None
    assert found.places == [str(own), str(links), str(page)]
    assert found.lists == [str(more), str(limits)]


def test_an_index_that_a_build_may_change(told: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _options(Finder()) is not None
    for index in (str(tmp_path), tmp_path.as_uri()):
        told.setenv("PIP_INDEX_URL", index)
        assert _options(Finder()) is None
        told.delenv("PIP_INDEX_URL")
        finder: Any = Finder()
        finder.index_urls = [index]
        assert _options(finder) is None


def test_options_that_are_not_valid(
    told: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told.setenv("PIP_USER", "maybe")
    assert _options(Finder()) is None
    assert capsys.readouterr() == ("", "")


def test_an_environment_of_an_unknown_kind() -> None:
    assert filling_options.options_of(_environment(None), None) is None
    assert filling_options.places_of_pass(_environment(None), "overlay") is None
    virtual = _environment(None, _prefixes={"overlay": SimpleNamespace(path="/e/overlay")})
    assert filling_options.places_of_pass(virtual, "overlay") == ("/e", "/e/overlay")
    assert filling_options.places_of_pass(virtual, "normal") is None
    assert filling_options.places_of_pass(_environment(None, _env_path="/e"), "x") == ("/e", "/e")


@pytest.mark.parametrize("option", ["ROOT", "TARGET", "PREFIX", "USER"])
def test_options_that_install_elsewhere(option: str, told: pytest.MonkeyPatch) -> None:
    found = _options(Finder())
    assert found is not None
    assert not found.elsewhere
    told.setenv(f"PIP_{option}", "1")
    found = _options(Finder())
    assert found is not None
    assert found.elsewhere
