"""Wheels that a finder rejects for their tags: it finds the same without them, of whatever it reads."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pip._internal.index.collector import IndexContent, LinkCollector
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.link import Link
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.models.target_python import TargetPython
from pip._vendor.packaging.tags import sys_tags

from pip_build_override.in_pip.internals import foreign_wheels

from .generated import fast

OWN = str(next(sys_tags()))
PYTHON, ABI, PLATFORM = OWN.split("-")
# Those of which pip can use a file, and others.
TAGS = ("py3-none-any", "py2.py3-none-any", OWN, f"cp27.{PYTHON}-{ABI}-win32.{PLATFORM}", OWN.upper())
FOREIGN = ("py2-none-any", f"{PYTHON}-{ABI}-win32", f"cp27-cp27m-{PLATFORM}", "cp27.cp26-none-any")
NAMES = (
    "x-1.0-{}.whl",
    "x-2.0-1-{}.whl",
    "X-3.0-{}.whl",
    "y-4.0-{}.whl",
    "x-{}.whl",
    "x-5.0-extra-part-{}.whl",
    "x-6.0%2Blocal-{}.whl",
    "x-7.0-{}.whl#sha256=00",
    "x-8.0-{}.whl#egg=x-8.0",
    "x-9.0-{}.whl?token=1",
    "x-10.0-{}.WHL",
    "x-11.0.tar.gz",
    "x-12.0-{}",
    "x-13.0.tar.gz#a-b-{}.whl",
    "x-15.0-py3-none-any.whl?from=/files/x-15.0-{}.whl",
    "x-16.0-py3-none-any.whl#from=/files/x-16.0-{}.whl",
    "x-17.0-py3-none-a\tny-{}.whl",
    "x-18.0-{}.wh\tl",
    "x-19.0_1-{}.whl",
    "x-20.0.post1.dev2+local.1-1build-{}.whl",
    "x__-21.0-{}.whl",
)
SESSION: Any = SimpleNamespace(is_secure_origin=lambda location: True)
FILES = st.builds(
    lambda name, tag, rest: {"url": f"https://h.test/files/{name.format(tag)}", "hashes": {}, **rest},
    st.sampled_from(NAMES),
    st.sampled_from(TAGS + FOREIGN),
    st.sampled_from([{}, {"yanked": True}, {"requires-python": "<3"}, {"requires-python": ">=3"}]),
)


def finder(files: list[dict[str, Any]], find_links: str = "", **target: Any) -> PackageFinder:
    """Return a finder of pip, for which there is one page with files, on an index or by itself."""
    content = json.dumps({"files": files}).encode()
    kind = "application/vnd.pypi.simple.v1+json"
    url = find_links or "https://h.test/simple/x/"
    page = IndexContent(content, kind, None, url, cache_link_parsing=bool(find_links))
    places = ([find_links], []) if find_links else ([], ["https://h.test/simple"])
    scope = SearchScope(*places, no_index=False)
    collector = LinkCollector(session=SESSION, search_scope=scope)
    setattr(collector, "fetch_response", lambda *args, **kwargs: page)  # noqa: B010 - a method
    return PackageFinder.create(
        link_collector=collector,
        selection_prefs=SelectionPreferences(allow_yanked=True),
        target_python=TargetPython(**target),
    )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The files of which pip makes an object."""
    names: list[str] = []
    original = vars(Link)["from_json"].__func__

    def from_json(cls: type[Link], file_data: dict[str, Any], page_url: str) -> Any:
        names.append(file_data["url"].rpartition("/")[2])
        return original(cls, file_data, page_url)

    monkeypatch.setattr(Link, "from_json", classmethod(from_json))
    return names


@fast
@given(st.lists(FILES, max_size=6))
@example([{"url": "https://h.test/x-1-py2-none-any.whl"}, {"url": "x-2-py3-none-any.whl"}, {}])
def test_the_same_candidates_are_found(files: list[dict[str, Any]]) -> None:
    without = finder(files)
    foreign_wheels.leave_unread(without)
    expected = finder(files)
    found = without.find_all_candidates("x")
    assert [(one.link.url, str(one.version)) for one in found] == [
        (one.link.url, str(one.version)) for one in expected.find_all_candidates("x")
    ]
    assert without.requires_python_skipped_reasons() == expected.requires_python_skipped_reasons()


def test_no_object_is_made_of_foreign_wheels(made: list[str]) -> None:
    files = [{"url": f"x-1.0-{tag}.whl"} for tag in (*TAGS, *FOREIGN)]
    one = finder(files)
    foreign_wheels.leave_unread(one)
    before = dict(vars(one))
    foreign_wheels.leave_unread(one)
    assert vars(one) == before
    assert len(one.find_all_candidates("x")) == len(TAGS)
    assert made == [f"x-1.0-{tag}.whl" for tag in TAGS]
    # Others, and pip itself, read all of them.
    finder(files).find_all_candidates("x")
    assert len(made) == 2 * len(TAGS) + len(FOREIGN)


def test_a_finder_for_another_platform(made: list[str]) -> None:
    """pip download has it, and may build something meanwhile."""
    files = [{"url": f"x-1.0-{tag}.whl"} for tag in (OWN, "cp27-none-win32")]
    one = finder(files, platforms=["win32"], py_version_info=(2, 7), abis=["none"])
    foreign_wheels.leave_unread(one)
    assert [one.link.filename for one in one.find_all_candidates("x")] == ["x-1.0-cp27-none-win32.whl"]
    assert made == ["x-1.0-cp27-none-win32.whl"]


def test_a_page_that_is_parsed_once_for_all_finders() -> None:
    files = [{"url": f"x-1.0-{tag}.whl"} for tag in (OWN, "cp27-none-win32")]
    page = "https://h.test/links.html"
    other = finder(files, page, platforms=["win32"], py_version_info=(2, 7), abis=["none"])
    own = finder(files, page)
    for one in (other, own):
        foreign_wheels.leave_unread(one)
    found = [one.link.filename for each in (other, own) for one in each.find_all_candidates("x")]
    assert found == ["x-1.0-cp27-none-win32.whl", f"x-1.0-{OWN}.whl"]


def test_all_are_read_if_the_reasons_are_logged(
    made: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    one = finder([{"url": "x-1.0-py2-none-any.whl"}])
    foreign_wheels.leave_unread(one)
    caplog.set_level(logging.DEBUG, "pip._internal.index.package_finder")
    one.find_all_candidates("x")
    assert made == ["x-1.0-py2-none-any.whl"]
    assert "none of the wheel's tags" in caplog.text


def test_an_error_while_a_page_is_read() -> None:
    before = vars(Link)["from_json"]
    one = finder([{"url": 3}])
    foreign_wheels.leave_unread(one)
    with pytest.raises(TypeError):
        one.find_all_candidates("x")
    assert vars(Link)["from_json"] is before


@pytest.mark.parametrize("lacks", ["process_project_url", "target_python", "from_json", "tags"])
def test_a_pip_that_does_it_in_another_way(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    owner = {"from_json": Link, "tags": TargetPython}.get(lacks, PackageFinder)
    for name in [lacks] if lacks != "tags" else ["get_tags", "get_unsorted_tags"]:
        monkeypatch.delattr(owner, name, raising=False)
    one = finder([])
    before = dict(vars(one))
    foreign_wheels.leave_unread(one)
    assert vars(one) == before


def test_the_tags_of_an_older_pip(monkeypatch: pytest.MonkeyPatch, made: list[str]) -> None:
    one = finder([{"url": f"x-1.0-{tag}.whl"} for tag in (OWN, "py2-none-any")])
    older: Any = SimpleNamespace(get_tags=lambda: list(sys_tags()))
    with monkeypatch.context() as patch:
        patch.setattr(PackageFinder, "target_python", older)
        foreign_wheels.leave_unread(one)
    one.find_all_candidates("x")
    assert made == [f"x-1.0-{OWN}.whl"]
