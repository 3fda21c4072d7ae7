"""A hint of the readers, when it is done literally, gives a file that is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pip_build_override.rules import OverrideError, parse_overrides
from pip_build_override.rules.reading import sources as sources_of_rules

from . import test_rules_malformed_as_of as as_of
from . import test_rules_malformed_backend as backend
from . import test_rules_malformed_environment as environment
from . import test_rules_malformed_headers as headers
from . import test_rules_malformed_pins as pins
from . import test_rules_malformed_regenerate as regenerate
from . import test_rules_malformed_requirements as requirements
from . import test_rules_malformed_sources as sources
from . import test_rules_malformed_tables as tables
from . import test_rules_malformed_text as text_slips
from .hints import followed, line_followed

TABLE = "[package.pyworld]\n"
ROWS = [
    *(("build-overrides.toml", row[0]) for row in (*headers.HEADERS, *headers.SETTINGS)),
    *(
        ("build-overrides.toml", f"{TABLE}{row[0]}\n")
        for row in (
            *pins.PINS,
            *requirements.REQUIREMENTS,
            *requirements.URLS,
            *requirements.MARKERS,
            *sources.SOURCES,
            *sources.CONTRADICTIONS,
            *tables.KEYS,
            *tables.TYPES,
            *tables.NAMES,
            *environment.ENVIRONMENT,
            *regenerate.REGENERATE,
            *as_of.AS_OF,
        )
    ),
    ("build-overrides.toml", regenerate.FOR_ALL),
    *(("build-overrides.toml", f"{TABLE}{row[0]}\n") for row in backend.KEYS),
    *(("build-overrides.toml", row[0]) for row in backend.FILES),
    *(("build-overrides.toml", row[0]) for row in text_slips.SLIPS),
    *(("overrides.txt", row[0]) for row in text_slips.TXT),
    *(("pyproject.toml", row[0]) for row in text_slips.PYPROJECT),
]

# Their own test has the file that the hint leads to.
FOLLOWED_THERE = {f"{TABLE}{row[0]}\n" for row in backend.KEYS} | {row[0] for row in backend.FILES}

# Of two mistakes, the hint is about the first one.
TWO_MISTAKES = (
    "name = 'a', hashes = []",
    "{ reason = 'a' }",
    "{ event = 'a', app = 'b' }",
    "path = 'x #1',\n else = ",
)

# Hints that leave something to the user, who alone knows what is meant.
DECISIONS = (
    r"(its keys|the (keys|settings|tables|variables)) are ",
    r"keep (one of|only replace\.a, with)",
    r"put (all|it on|it at the top|names|the source table|a comma) ",
    r"a group is a table of its own",
    r"give the wheel ",
    r"write (one list|the (value|path|URL|full path)|a (whole URL|marker|version|simpler)|it on one)",
    r"write (a (name and|(requirement|specifier), such|table like)|tables like|sha256: and|NAME @ f)",
    r"write plain quotes",
    r"(begin with a name|end it with|look for a missing|close the quotes|use single quotes)",
    r"(compare a variable|edit the list|copy the lines|add hashes|to install |to use tables)",
    r"(leave it out|remove extra from the marker)",
    r"(create that environment|write the full path)",
    r"(remove (one of the two|\S+ from pin-compatible)|the placeholders are|use braces for)",
    # Only by a file of another name.
    r"(in a \.toml file|if this is a pyproject\.toml), ",
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        row
        for row in ROWS
        if row[1] not in FOLLOWED_THERE and not any(part in row[1] for part in TWO_MISTAKES)
    ],
)
def test_a_hint_gives_a_valid_file(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A path that a hint repeats may not exist.
    monkeypatch.setattr(sources_of_rules, "_check_file", lambda *_: None)
    (tmp_path / "PATH").mkdir()

    def refusal(content: str) -> OverrideError | None:
        try:
            parse_overrides(content.encode(), path=str(tmp_path / name), shown=name)
        except OverrideError as error:
            return error
        return None

    error = refusal(text)
    if error is None:
        assert "path = " in text
        return
    follow = line_followed if name.endswith(".txt") else followed
    result = follow(text, error.message, error.hint)
    if result is None:
        assert any(re.match(decision, error.hint) for decision in DECISIONS), error.hint
        return
    assert result != text
    again = refusal(result)
    assert again is None, f"{error.hint}\n{result}\n{again}"
