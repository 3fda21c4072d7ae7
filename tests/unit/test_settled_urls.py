"""What a target by URL comes to: pip gets that URL, and what is kept of it has no secret in it."""

from __future__ import annotations

from pip_build_override.in_pip.settling import _by_url
from pip_build_override.in_pip.target import Standing
from pip_build_override.rules import Answer, Question
from pip_build_override.rules.tables import Source

WHEEL = "inner-1.0-py3-none-any.whl"


def answer(url: str) -> Answer:
    question = Question("inner", Source("target"), (), "o.toml")
    return _by_url(question, Standing("1.0", "it is there", url))


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
