"""Where the block can stand: before all else, behind what Python wants first, or nowhere."""

from __future__ import annotations

import io
import json
import runpy
import sys

import pytest

from pip_build_override.startup import preamble


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"import os\n"),
        (b"#!/usr/bin/python\n", b"# a comment\nx = 1\n"),
        (b"# coding: latin-1\n", b"'\xe9'.upper()\n"),
        (b"# coding: latin-1\n'\xe9'\n", b"x = 1\n"),
        (b"\n# coding: latin-1\n", b"x = '\xe9'\n"),
        (b"\xef\xbb\xbf", b"x = 1\n"),
        (b"'''Doc.'''\n", b"\n'not a docstring'\n"),
        (b"# coding: ascii\n'''Doc.'''\nfrom __future__ import division\n", b"x = 1\n"),
        (b"from __future__ import division; from __future__ import generators\n", b"x = 1\n"),
        (b"", b"1 + 1\n"),
        (b"", b"b'no docstring'\n"),
        (b"", b"f'no {docstring}'\n"),
    ],
)
def test_place(before: bytes, after: bytes) -> None:
    assert preamble.place(before + after) == len(before)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"x = (\n", "SyntaxError"),
        (b"\x00\n", "Error"),
        (b"# coding: no-such-encoding\n", "SyntaxError"),
        (b"return 1\n", "SyntaxError"),
        (b"x = 1\nfrom __future__ import division\n", "SyntaxError"),
        (b"'''Doc.'''; import os\n", "more than one statement"),
        (b"from __future__ import division; x = 1\n", "more than one statement"),
    ],
)
def test_no_place(source: bytes, reason: str) -> None:
    with pytest.raises(preamble.NoPlace, match=reason):
        preamble.place(source)


def test_check() -> None:
    preamble.check(b"'''Doc.'''\nx = 1\n", b"y = 2\n", 11)
    preamble.check(b"", b"y = 2\n", 0)
    with pytest.raises(preamble.NoPlace, match="change the meaning"):
        preamble.check(b"if x:\n    y = 1\n", b"    y = 2\n", 6)
    with pytest.raises(preamble.NoPlace, match="compile"):
        preamble.check(b"x = (\n1)\n", b"y = 2\n", 6)


def _ask(question: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(question)))
    answer = io.StringIO()
    monkeypatch.setattr(sys, "stdout", answer)
    runpy.run_path(preamble.__file__, run_name="__main__")
    loaded: dict[str, object] = json.loads(answer.getvalue())
    return loaded


def test_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ask({"source": "\xef\xbb\xbfx = 1\n"}, monkeypatch) == {"offset": 3}
    assert _ask({"source": "x = 1\n", "block": "y = 1\n", "offset": 0}, monkeypatch) == {}
    assert "compile" in str(_ask({"source": "x ="}, monkeypatch)["problem"])
