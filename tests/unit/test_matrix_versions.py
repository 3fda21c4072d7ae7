"""What the words of a matrix stand for on one Python, on the releases of numpy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pip_build_override.matrix.project import Limits
from pip_build_override.matrix.versions import Offer
from pip_build_override.releases import Release

from .matrices import TODAY, offer, releases

MINORS_311 = "1.23.5 1.24.4 1.25.2 1.26.4 2.0.2 2.1.3 2.2.6 2.3.5 2.4.6"


def versions(found: Offer, *words: str) -> str:
    choices = found.choices(words)
    assert not any(choice.state for choice in choices), choices
    return " ".join(choice.version for choice in choices)


def missing(found: Offer, word: str) -> tuple[str, str, str]:
    (choice,) = found.choices([word])
    return choice.version, choice.state, choice.reason


@pytest.mark.parametrize(
    ("python", "specifier", "words", "expected"),
    [
        ("3.11", "", "oldest", "1.23.2"),
        ("3.11", ">=1.21", "oldest", "1.23.2"),
        ("3.11", ">=1.24,!=1.24.0", "oldest", "1.24.2"),
        ("3.11", ">=1.24", "latest", "2.4.6"),
        ("3.11", ">=1.21,<2", "latest", "1.26.4"),
        ("3.11", "", "minors", MINORS_311),
        ("3.11", "<2,>=1.25", "minors", "1.25.2 1.26.4"),
        ("3.9", "<2", "oldest latest", "1.19.3 1.26.4"),
        ("3.13", "", "oldest", "2.1.0"),
        # In order, and each once.
        ("3.11", ">=1.26", "latest minors oldest 2.0.*", "1.26.0 1.26.4 2.0.2 2.1.3 2.2.6 2.3.5 2.4.6"),
        ("3.11", "", "1.26.* 1.23.2 2.*", "1.23.2 1.26.4 2.4.6"),
        ("3.14", "", "minors", "2.3.5 2.4.6"),
        ("3.12", "~=2.0", "oldest latest", "2.0.0 2.4.6"),
        # A release candidate, only if it is asked for by itself.
        ("3.12", "<2.1.0", "latest", "2.0.2"),
    ],
)
def test_words(python: str, specifier: str, words: str, expected: str) -> None:
    assert versions(offer(python, specifier), *words.split()) == expected


def test_a_candidate_counts_if_it_is_named() -> None:
    found = replace(offer("3.11"), releases=releases("1.0", "1.1rc1"))
    assert versions(found, "latest") == versions(found, "minors") == "1.0"
    assert versions(found, "1.1rc1") == "1.1rc1"
    assert missing(found, "1.1.*") == ("1.1.*", "contradiction", "there is no release numpy 1.1.*")


@pytest.mark.parametrize(
    ("python", "specifier", "word", "state", "reason"),
    [
        ("3.11", "<2", "2.0.*", "contradiction", "[project] numpy<2 excludes numpy 2.0.*"),
        ("3.11", "", "1.27.*", "contradiction", "there is no release numpy 1.27.*"),
        ("3.11", "", "1.21.7", "contradiction", "there is no release numpy 1.21.7"),
        ("3.13", "", "1.26.*", "no wheel", "numpy 1.26.* has no wheel for this Python"),
        ("3.11", "", "1.23.0", "no wheel", "numpy 1.23.0 has no wheel for this Python"),
        ("3.12", "", "2.4.0", "contradiction", "numpy 2.4.0 is yanked"),
        (
            "3.13",
            "<2",
            "oldest",
            "no wheel",
            "no release of numpy that [project] numpy<2 allows has a wheel for this Python",
        ),
        (
            "3.11",
            ">=9",
            "latest",
            "contradiction",
            "[project] numpy>=9 excludes all releases of numpy",
        ),
    ],
)
def test_there_is_none(python: str, specifier: str, word: str, state: str, reason: str) -> None:
    shown = word if word[0].isdigit() else "none"
    assert missing(offer(python, specifier), word) == (shown, state, reason)


def test_no_release_at_all() -> None:
    found = replace(offer("3.11"), releases=())
    assert missing(found, "minors") == ("none", "no wheel", "there is no release of numpy")
    # What is missing is said once, whatever asks for it.
    assert len(found.choices(["oldest", "minors", "latest"])) == 1
    assert found.notes(["oldest"]) == []


def test_what_is_missing_comes_last() -> None:
    choices = offer("3.13").choices(["1.26.*", "latest"])
    assert [choice.version for choice in choices] == ["2.4.6", "1.26.*"]


def test_in_a_window() -> None:
    found = offer("3.11", window="spec0", as_of=date(2025, 6, 17))
    assert versions(found, "minors") == "1.25.2 1.26.4 2.0.2 2.1.3 2.2.6 2.3.0"
    found = offer("3.11", window="spec0", as_of=date(2025, 6, 18))
    assert versions(found, "oldest") == "1.26.0"
    assert missing(found, "1.25.*") == (
        "1.25.*",
        "contradiction",
        "numpy 1.25.* is outside of the window",
    )
    late = offer("3.9", window="spec0", as_of=date(2026, 6, 17))
    assert missing(late, "oldest")[1:] == (
        "no wheel",
        "no release of numpy that [project] numpy allows has a wheel for this Python",
    )
    gone = offer("3.9", "<2", window="spec0", as_of=date(2026, 6, 17))
    assert missing(gone, "oldest")[1:] == (
        "no wheel",
        "no release of numpy that [project] numpy<2 allows is in the window",
    )


def test_as_of_a_day() -> None:
    assert versions(offer("3.11", as_of=date(2024, 8, 17)), "latest") == "2.0.0"
    assert versions(offer("3.11", as_of=date(2024, 8, 18)), "latest") == "2.1.0"
    assert missing(offer("3.11", as_of=date(2024, 8, 17)), "2.1.*") == (
        "2.1.*",
        "contradiction",
        "there is no release numpy 2.1.* as of 2024-08-17",
    )


def test_a_wheel_that_is_uploaded_later() -> None:
    later = Release("1.0", released=date(2024, 1, 1), wheel_uploaded=date(2025, 1, 1))
    without_days = Release("0.9")
    found = replace(offer("3.11", as_of=date(2024, 6, 1)), releases=(later, without_days))
    # A file of --find-links has no day, and always counts.
    assert versions(found, "latest") == "0.9"
    assert missing(found, "1.0")[1] == "no wheel"
    assert versions(replace(found, as_of=date(2025, 1, 1)), "latest") == "1.0"


def note(found: Offer, *words: str) -> str:
    (text,) = found.notes(words or ["oldest"])
    return text


@pytest.mark.parametrize(
    ("python", "specifier", "text"),
    [
        ("3.9", ">=1.21.7", ">=1.21.7, but pip finds no release 1.21.7; the oldest here is 1.22.0"),
        ("3.11", ">=1.21", ">=1.21, but 1.21 has no wheel for this Python; the oldest here is 1.23.2"),
        ("3.11", "~=1.21.0", ""),
        ("3.11", ">=2.4.0", ">=2.4.0, but 2.4.0 is yanked; the oldest here is 2.4.6"),
        (
            "3.11",
            ">=1.24,!=1.24.0",
            ">=1.24,!=1.24.0, but 1.24 is excluded there; the oldest here is 1.24.2",
        ),
    ],
)
def test_a_floor_that_is_not_met_is_told(python: str, specifier: str, text: str) -> None:
    found = offer(python, specifier)
    if not text:
        assert found.notes(["oldest"]) == []
        return
    assert note(found) == f"[project] declares numpy{text}"
    assert note(found, "minors") == note(found)
    # Nobody asks for the oldest.
    assert found.notes(["latest", "1.26.*"]) == []


def test_a_floor_outside_of_what_counts_is_told() -> None:
    text = note(offer("3.11", ">=1.24", window="spec0", as_of=date(2025, 6, 18)))
    assert text == (
        "[project] declares numpy>=1.24, but 1.24 is outside of the window; the oldest here is 1.26.0"
    )
    younger = replace(
        offer("3.11", ">=1.0", as_of=date(2024, 6, 1)),
        releases=(Release("1.0", released=date(2025, 1, 1)), Release("1.1", released=date(2024, 1, 1))),
    )
    assert note(younger).endswith("but 1.0 is later than 2024-06-01; the oldest here is 1.1")


@pytest.mark.parametrize(
    "specifier", ["", "<2", ">1.24", "!=1.24.0", "==1.26.*", ">=1.26.0", "==1.26.4"]
)
def test_a_floor_that_is_met_needs_no_note(specifier: str) -> None:
    assert offer("3.11", specifier).notes(["oldest"]) == []


def test_what_is_not_declared_is_told() -> None:
    limits = Limits("[project]", "numpy", declared=False)
    text = note(replace(offer("3.11"), limits=limits), "latest")
    assert text == "[project] does not declare numpy, so any version counts"


def test_nightly() -> None:
    limits = Limits("[project]", "numpy", "<3")
    nightly = releases("2.5.0.dev0", "2.6.0.dev0")
    found = Offer("numpy", releases("2.4.6"), limits, None, TODAY, nightly=nightly)
    (choice,) = found.choices(["nightly"])
    assert (choice.version, choice.nightly, choice.state) == ("2.6.0.dev0", True, "")
    assert versions(found, "nightly", "latest") == "2.4.6 2.6.0.dev0"
    low = replace(found, limits=Limits("[project]", "numpy", "<2.6.0.dev0"))
    assert missing(low, "nightly") == (
        "nightly",
        "contradiction",
        "[project] numpy<2.6.0.dev0 excludes the nightly build 2.6.0.dev0",
    )
    none = replace(found, nightly=(replace(nightly[0], wheel=False), replace(nightly[1], yanked=True)))
    assert missing(none, "nightly") == (
        "nightly",
        "no wheel",
        "there is no nightly wheel of numpy for this Python",
    )
