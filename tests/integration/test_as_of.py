"""``as-of``: a build environment as it would have been at a moment, by what an index says."""

from __future__ import annotations

import pytest

from ..support.environments import Target
from ..support.hints import ONE_PIP, follows
from ..support.serving import index_of_files
from ..support.wheelhouse import source_tree

# After each floor of the Pythons under test.
TIMES = {
    "ingredient-2.0": "2025-05-01T00:00:00Z",
    "ingredient-3.0": "2026-01-01T00:00:00.000001Z",
    "spice-2.0": "2025-06-01T12:00:00.000001Z",
    "needs-spice-1.0": "2025-06-01T12:00:00Z",
}
OLD = "2015-01-01T00:00:00.000000Z"
RULES = """\
[package.needs-sauce]
as-of = 2025-12-31

[package.needs-spice]
as-of = "release"

[package.declares-and-asks]
as-of = "2025-05-01T01:59:59+02:00"
reason = "as it was"
"""


@pytest.mark.seam("build environments")
@pytest.mark.quick_on("26.3")
def test_both_passes_and_what_is_built_below(target: Target) -> None:
    names = ("needs-sauce", "needs-spice", "declares-and-asks")
    with index_of_files(target.index, TIMES, OLD) as settings:
        result = target.override(RULES, "install", *names, settings=settings).succeeded()
    # The last moment of that day; a dependency that is built is under its own table, of which there
    # is none.
    assert target.stamp("needs_sauce") == {"ingredient": "2.0", "sauce": "1.0"}
    assert target.nested_stamps("needs_sauce")["sauce"] == {"ingredient": "3.0"}
    # Transitive, and to the microsecond.
    assert target.stamp("needs_spice") == {"spice": "1.0", "ingredient": "2.0"}
    assert target.stamp("declares_and_asks") == {"ingredient": "1.0"}
    for line in (
        'needs-sauce 1.0: as-of = "2025-12-31"',
        'needs-spice 1.0: as-of = "release" (2025-06-01T12:00:00Z, the upload of needs-spice-1.0.tar',
        'declares-and-asks 1.0: as-of = "2025-04-30T23:59:59Z"',
    ):
        assert line in result.stdout, str(result)
    assert result.warnings == []


def test_what_cannot_be_honoured(target: Target) -> None:
    rules = "[package.declares]\nas-of = {}\n"
    with index_of_files(target.index, {}, OLD, html=True) as settings:
        page = f"{settings['PIP_INDEX_URL']}/stampbackend/ does not say when stampbackend-1.0"
        target.refuses(
            rules.format("2020-01-01"), "install", "declares", settings=settings, words=(page,)
        )
    # Files of --find-links are not limited.
    target.override(rules.format("2014-12-31"), "install", "declares").succeeded()
    assert target.stamp("declares") == {"ingredient": "3.0"}
    with index_of_files(target.index, {}, OLD) as settings:
        command = ("install", "--no-deps", "--force-reinstall", "--no-cache-dir", "declares")
        result = target.override(rules.format("2014-12-31"), *command, settings=settings).failed()
        says = ": pip cannot find stampbackend, which it requires, and"
        if target.pip.mode.startswith("inprocess"):
            # What pip prints while it fills an environment in its own process is not known by then.
            says = ", for an unknown reason, and"
        assert (
            f"does not build{says} files uploaded after 2014-12-31 are left out"
            " (build-overrides.toml: package.declares: as-of)"
        ) in result.stderr, str(result)
        assert result.warnings == []
        assert result.stderr.count("hint: ") == 1, str(result)
        follows("give as-of a later date{}{}", result.stderr)
        if target.pip.id == ONE_PIP:
            target.override(rules.format("2015-01-01"), *command, settings=settings).succeeded()


@pytest.mark.seam("wheel cache")
def test_matched_cached_and_given_to_run(target: Target) -> None:
    matched = '[package.declares]\nas-of = "release"\nreplace.ingredient = { from = "target" }\n'
    with index_of_files(target.index, {**TIMES, "spice": "2026-01-01T00:00:00Z"}, OLD) as settings:
        target.put(target.index / "ingredient-3.0-py3-none-any.whl")
        result = target.override(matched, "install", "declares", settings=settings).succeeded()
        # The version in the target is not limited.
        assert target.stamp("declares") == {"ingredient": "3.0"}
        assert "days after the first release of Python" in result.stdout

        rules = "[package.unheard-of]\nconstrain = ['ingredient']\n"
        for moment, version, built in (
            ("2025-12-31", "2.0", True),
            ("2025-12-31", "2.0", False),
            ("2025-04-30", "1.0", True),
        ):
            target.builds()
            target = target.fresh()
            options = ("--allow-unused", "--as-of", moment)
            asked = ("install", "declares-and-asks")
            target.override(rules, *asked, settings=settings, options=options).succeeded()
            assert target.stamp("declares_and_asks") == {"ingredient": version}
            assert bool(target.builds()) is built

        source = source_tree("declares", target.room)
        rules = "[package.declares]\nas-of = {}\n"
        error = target.refuses(rules.format('"release"'), "install", source, settings=settings).error
        assert "is a directory, which was never released" in error
        follows("write as-of = {}, with a date instead of {} under {}", error)
        if target.pip.id == ONE_PIP:
            # pip's own limit holds as well.
            for options, version in (((), "2.0"), (("--uploaded-prior-to", "2025-04-01"), "1.0")):
                install = ("install", "--force-reinstall", *options, source)
                target.override(rules.format("2025-12-31"), *install, settings=settings).succeeded()
                assert target.stamp("declares") == {"ingredient": version}
