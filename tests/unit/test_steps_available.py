"""The part of ``matrix`` that runs in pip: the releases that pip finds, and that indexes list."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pip._vendor.requests.exceptions import ConnectionError as NoConnection

from pip_build_override import switch
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import objects
from pip_build_override.in_pip.internals.endings import InstallationError
from pip_build_override.in_pip.steps.available import available
from pip_build_override.in_pip.steps.explain import Explain
from pip_build_override.releases import Available, Release

from .fakes import Link, Owners, Requirement, call

PAGE = "https://index.test/simple/numpy/"
JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "numpy-{}-cp311-cp311-linux_x86_64.whl"


class Index:
    """An index, and the finder of a pip that reads it.

    Args:
        files: As on a page in JSON.
        found: The names of the files that pip accepts here.
    """

    def __init__(
        self, *files: Any, found: tuple[str, ...] = (), pages: tuple[str, ...] = (PAGE,)
    ) -> None:
        self.document: Any = {"meta": {"api-version": "1.1"}, "files": list(files)}
        self.found = found
        self.pages = list(pages)
        self.status, self.content_type = 200, JSON
        self.asked: list[tuple[str, Any]] = []
        self.error: Exception | None = None
        self._link_collector = SimpleNamespace(session=self)
        self.search_scope = SimpleNamespace(get_index_urls_locations=lambda name: self.pages)

    def get(self, url: str, *, headers: Any) -> Any:
        self.asked.append((url, headers))
        if self.error is not None:
            raise self.error
        return SimpleNamespace(
            status_code=self.status,
            url=url,
            headers={"Content-Type": self.content_type},
            json=lambda: self.document,
        )

    def find_all_candidates(self, project_name: str) -> Any:
        entries = [entry for entry in self.document["files"] if isinstance(entry, dict)]
        yanked = {entry["filename"] for entry in entries if entry.get("yanked")}
        links = [
            (name.split("-")[1].replace(".tar.gz", ""), Link(f"{PAGE}{name}")) for name in self.found
        ]
        for _, link in links:
            link.is_yanked = link.filename in yanked
        return [SimpleNamespace(version=version, link=link) for version, link in links]


def file(name: str, day: str = "2024-01-02", **more: Any) -> dict[str, Any]:
    return {"filename": name, "upload-time": f"{day}T03:04:05.678901Z", "hashes": {}, **more}


def asked(index: Index) -> Available:
    return available(["numpy"], {"python_version": "3.11"}, index)  # type: ignore[arg-type]


def of(index: Index) -> dict[str, Release]:
    return {release.version: release for release in asked(index).releases["numpy"]}


def test_what_pip_finds_and_what_it_does_not() -> None:
    index = Index(
        file("numpy-1.0.tar.gz", "2024-01-01"),
        file(WHEEL.format("1.0"), "2024-02-01"),
        file("numpy-1.0-cp38-cp38-linux_x86_64.whl", "2023-12-31"),
        file("numpy-2.0-cp38-cp38-linux_x86_64.whl", "2024-03-01"),
        file("numpy-3.0.tar.gz", "2024-04-01"),
        found=(WHEEL.format("1.0"), "numpy-1.0.tar.gz", "numpy-3.0.tar.gz"),
    )
    assert of(index) == {
        "1.0": Release("1.0", True, False, date(2023, 12, 31), date(2024, 2, 1)),
        # For another Python.
        "2.0": Release("2.0", False, False, date(2024, 3, 1), None),
        "3.0": Release("3.0", False, False, date(2024, 4, 1), None),
    }
    assert asked(index).without_times == ()
    assert asked(index).environment == {"python_version": "3.11"}
    (url, headers), *_ = index.asked
    assert url == PAGE
    assert headers["Accept"].startswith(JSON)


def test_what_is_yanked() -> None:
    index = Index(
        file(WHEEL.format("1.0"), yanked="broken"),
        file("numpy-1.0.tar.gz"),
        file(WHEEL.format("2.0"), yanked=True),
        file("numpy-3.0-cp38-cp38-linux_x86_64.whl", yanked="broken"),
        found=(WHEEL.format("1.0"), "numpy-1.0.tar.gz", WHEEL.format("2.0")),
    )
    found = of(index)
    assert {version: (each.wheel, each.yanked) for version, each in found.items()} == {
        "1.0": (False, False),
        "2.0": (False, True),
        "3.0": (False, True),
    }
    assert found["1.0"].wheel_uploaded is None


def test_what_is_only_in_find_links() -> None:
    index = Index(found=(WHEEL.format("1.0"),), pages=())
    assert asked(index) == Available(
        {"python_version": "3.11"}, {"numpy": (Release("1.0", True, False, None, None),)}
    )
    assert index.asked == []


@pytest.mark.parametrize(
    "change",
    [
        {"content_type": "text/html"},
        {"content_type": f"{JSON}; charset=utf-8", "document": {"files": []}},
        {"document": {"files": [file("numpy-1.0.tar.gz"), {"filename": "numpy-2.0.tar.gz"}]}},
        {"document": {"files": [file("numpy-1.0.tar.gz", "yesterday")]}},
        {"document": {"files": [file("numpy-1.0.tar.gz", **{"upload-time": None})]}},
        {"status": 406, "content_type": "text/plain"},
        {"pages": ["file:///simple/numpy/"]},
    ],
)
def test_an_index_that_does_not_say_when(change: dict[str, Any]) -> None:
    index = Index()
    vars(index).update(change)
    assert asked(index).without_times == tuple(index.pages)


def test_secrets_of_an_index_are_not_shown() -> None:
    index = Index(pages=("https://me:secret@index.test/simple/numpy/",))
    index.content_type = "text/html"
    (page,) = asked(index).without_times
    assert "secret" not in page
    # But it is asked with them.
    assert "secret" in index.asked[0][0]
    index.error = NoConnection("https://me:secret@index.test/simple/numpy/ is down")
    with pytest.raises(InstallationError) as caught:
        asked(index)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_index_without_the_distribution(status: int) -> None:
    index = Index()
    index.status = status
    assert asked(index).without_times == ()


@pytest.mark.parametrize("status", [401, 429, 500])
def test_an_index_that_cannot_be_read(status: int) -> None:
    index = Index()
    index.status = status
    with pytest.raises(InstallationError, match=f"{PAGE} cannot be read: HTTP status {status}"):
        asked(index)


def test_no_connection() -> None:
    index = Index()
    index.error = NoConnection("no route")
    with pytest.raises(InstallationError, match=f"{PAGE} cannot be read: no route"):
        asked(index)


@pytest.mark.parametrize(
    "entry",
    [7, {}, {"filename": 7}, file("numpy-1.0.exe"), file("numpy.whl"), file("numpy-one.tar.gz")],
)
def test_files_that_are_none(entry: Any) -> None:
    index = Index(file("numpy-1.0.tar.gz"), entry)
    assert list(of(index)) == ["1.0"]


def test_a_page_of_another_shape() -> None:
    for document in ([], {"files": {}}, {}):
        index = Index()
        index.find_all_candidates = lambda project_name: []  # type: ignore[method-assign]
        index.document = document
        assert asked(index).releases == {"numpy": ()}


def test_a_pip_whose_finder_is_not_as_known() -> None:
    index: Any = Index()
    index._link_collector = None
    with pytest.raises(OverrideError, match=r"PackageFinder\._link_collector\.session: missing"):
        objects.session_of(index)
    index.search_scope = None
    with pytest.raises(OverrideError, match=r"get_index_urls_locations: missing"):
        objects.index_pages_of(index, "numpy")


def test_nothing_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = tmp_path / "answer.json"
    monkeypatch.setenv(switch.EXPLAIN, str(answer))
    monkeypatch.setenv(switch.RELEASES, "1")
    owners = Owners(tmp_path, name="download")
    owners.target.finder = Index(file(WHEEL.format("1.0")), found=(WHEEL.format("1.0"),))
    step = Explain(**owners.given("rules_in_force", "environments", "explained", "outcome"))
    seen = []

    def resolve(self: Any, root_reqs: list[Any]) -> str:
        seen.append(root_reqs)
        return "empty"

    roots = [Requirement("NumPy"), Requirement("limit<2", constraint=True), Requirement("", Link())]
    assert step.resolve_each(resolve, call(resolve, None, roots)) == "empty"
    assert seen == [[]]
    found = Available.from_json(json.loads(answer.read_text(encoding="utf-8")))
    assert list(found.releases) == ["numpy"]
    assert found.releases["numpy"][0].released == date(2024, 1, 2)
    assert found.environment["os_name"]
