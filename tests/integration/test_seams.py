"""A pip whose internals are not as known stops, and names what is not as known."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from typing import Callable

import pytest

from ..support.altered_pip import ALTERATIONS, NO_LONGER_BEST, NO_RUNNER, Alteration
from ..support.environments import Target, injected
from ..support.hints import ONE_PIP, follows
from ..support.pips import Pip

# Among its rules is one for each thing that the shim does.
OVERRIDES = "".join(
    f"""
[package.{name}]
no-binary = true
replace.ingredient = "ingredient==1.0"
"""
    for name in ("declares-and-asks", "ready-made")
)
QUICK = ("the static list comes from elsewhere",)
CASES = [
    pytest.param(
        alteration,
        id=alteration.name.replace(" ", "-"),
        marks=[
            pytest.mark.pips(only=tuple(alteration.edits)),
            *([pytest.mark.quick] if alteration.name in QUICK else []),
        ],
    )
    for alteration in ALTERATIONS
]


@pytest.fixture(scope="session")
def plain_caches(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Pip, str], Path]:
    """Gives the cache that a pip leaves which has built a package without any rule."""

    @functools.lru_cache(maxsize=None)
    def cache(pip: Pip, package: str) -> Path:
        room = tmp_path_factory.mktemp("plain")
        plain = Target(pip, room / "environment", room / "room", index)
        plain.run_pip("install", package).succeeded()
        plain.cache.mkdir(exist_ok=True)
        return plain.cache

    return cache


@pytest.mark.parametrize("alteration", CASES)
def test_altered(
    pip: Pip,
    alteration: Alteration,
    target: Target,
    plain_caches: Callable[[Pip, str], Path],
    request: pytest.FixtureRequest,
) -> None:
    alteration.apply(pip.id, target.site_packages)
    # pip's own wheel, which is wrong under the rules, is in the cache or on the index.
    shutil.copytree(plain_caches(pip, alteration.package), target.cache)
    result = target.refuses(
        OVERRIDES,
        "install",
        alteration.package,
        words=(f"pip {pip.version} has internals that pip-build-override does not know",),
    )
    assert any(name in result.error for name in alteration.seam), str(result)
    follows(
        "use a pip that this pip-build-override knows (21.2 or later; the changelog names the newest),"
        " or upgrade pip-build-override, or unset {}",
        result.error,
    )
    if alteration.name in QUICK and target.pip.id == ONE_PIP:
        # That pip without the variable, and one that is known with it.
        target.run_pip("install", "--no-cache-dir", alteration.package).succeeded()
        other = target.fresh()
        other.override(OVERRIDES, "install", "--no-cache-dir", alteration.package).succeeded()

    # Without rules the altered pip works, which changes only with this file or the pip.
    if request.config.getoption("--thorough"):
        shutil.rmtree(target.cache)
        settings = {"PYTHONPATH": injected()}
        target.run_pip("install", alteration.package, settings=settings).succeeded()
        assert target.versions() == {alteration.package: "1.0"}


@pytest.mark.pips(only=tuple(NO_LONGER_BEST.edits))
def test_what_is_read_only_when_it_is_wanted(target: Target) -> None:
    NO_LONGER_BEST.apply(target.pip.id, target.site_packages)
    overrides = '[package.declares]\nreplace.ingredient = { from = "target" }\n'
    words = (
        f"pip {target.pip.version} has internals that pip-build-override does not know",
        *NO_LONGER_BEST.seam,
    )
    target.refuses(overrides, "install", "declares", "spice", words=words)


@pytest.mark.pips(only=tuple(NO_RUNNER.edits))
def test_what_is_called_only_if_a_table_regenerates(target: Target) -> None:
    NO_RUNNER.apply(target.pip.id, target.site_packages)
    words = (
        f"pip {target.pip.version} has internals that pip-build-override does not know",
        *NO_RUNNER.seam,
    )
    target.refuses("[package.declares]\nregenerate = true\n", "install", "declares", words=words)
