"""An index with a file whose version is not a PEP 440 one, which pips before 24.1 find."""

from __future__ import annotations

import pytest

from ..support.environments import Target


@pytest.mark.pips(only=("22.3.1", "24.0", "26.3"))
@pytest.mark.parametrize("source", ['"oldest"', '"target", else = "oldest"'])
def test_the_oldest_release_beside_it(target: Target, source: str) -> None:
    # Of files in a directory those pips, too, take only what has a PEP 440 version.
    page = target.room / "page.html"
    page.write_text('<a href="ingredient-0.6.0.macosx-10.15-x86_64.tar.gz">it</a>', encoding="utf-8")
    settings = {"PIP_FIND_LINKS": f"{target.index} {page}"}
    rules = f"[package.declares]\nreplace.ingredient = {{ from = {source} }}\n"
    target.override(rules, "install", "declares", settings=settings).succeeded()
    assert target.stamp("declares") == {"ingredient": "1.0"}
