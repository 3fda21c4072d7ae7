"""The answer for a target by URL: pip gets that URL, and what is kept of it contains no secret."""

from __future__ import annotations

from typing import Any

import pytest

from pip_build_override.in_pip.target.source_tables import _by_url
from pip_build_override.in_pip.target.target import Expected, _url
from pip_build_override.rules import Answer, Question
from pip_build_override.rules.tables import Source

WHEEL = "inner-1.0-py3-none-any.whl"


def answer(url: str) -> Answer:
    question = Question("inner", Source("target"), (), "o.toml")
    return _by_url(question, Expected("1.0", "it is there", url))


def test_what_is_installed_and_what_is_kept() -> None:
    url = f"https://user:hush@host/{WHEEL}?token=hush"
    found = answer(url)
    assert found.requirement == f"inner @ {url}"
    assert found.shown == f"inner 1.0 @ https://host/{WHEEL} (target)"
    assert "hush" not in found.key


def test_another_file_has_another_key() -> None:
    urls = [
        f"https://host/{WHEEL}",
        f"https://host/{WHEEL}?build=1",
        f"https://host/{WHEEL}?build=2",
        f"https://host/{WHEEL}#sha256=ab",
        f"https://other/{WHEEL}",
    ]
    assert len({answer(url).key for url in urls}) == len(urls)
    # Another password leads to the same file.
    assert answer(f"https://u:p@host/{WHEEL}").key == answer(f"https://host/{WHEEL}").key


@pytest.mark.parametrize(
    ("direct", "url"),
    [
        ({}, ""),
        ({"url": "https://h/x.tar.gz", "archive_info": {}}, "https://h/x.tar.gz"),
        (
            {"url": "https://h/x.whl", "archive_info": {"hash": "sha256=ab"}},
            "https://h/x.whl#sha256=ab",
        ),
        (
            {"url": "https://h/x.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
            "https://h/x.whl#sha256=ab",
        ),
        (
            {
                "url": "https://h/x.tar.gz",
                "archive_info": {"hash": "sha256=ab"},
                "subdirectory": "inner",
            },
            "https://h/x.tar.gz#sha256=ab&subdirectory=inner",
        ),
        (
            {"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": "0ff1ce"}},
            "git+https://h/x@0ff1ce",
        ),
    ],
)
def test_where_an_installed_one_comes_from(direct: dict[str, Any], url: str) -> None:
    assert _url(direct) == url
