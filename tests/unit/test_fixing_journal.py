"""The journal of ``fix``: what is said while it searches, and the table at its end."""

from __future__ import annotations

import pytest

from pip_build_override.diagnosis import Failure
from pip_build_override.fixing.attempts import BUILT, FAILED, REFUSED, Attempt, Imported
from pip_build_override.fixing.journal import Journal, Row


def made(*attempts: tuple[str, Attempt]) -> tuple[Journal, list[str]]:
    said: list[str] = []
    journal = Journal(said.append)
    for purpose, attempt in attempts:
        journal.begin("lamp 1.0", purpose)
        journal.end(attempt)
    return journal, said


def failed(**known: str) -> Attempt:
    return Attempt({}, FAILED, Failure("lamp", "1.0", **known), seconds=3.4)


def test_says_what_is_tried_and_what_came_of_it() -> None:
    journal, said = made(
        ("with cython<3", Attempt({}, BUILT, seconds=12.6)),
        ("as of its release", failed(error="No such file", step="wheel")),
        ("with numpy<2", Attempt({}, REFUSED, refusal="numpy is declared nowhere\nhint: no")),
    )
    assert said == [
        "lamp 1.0: trying with cython<3",
        "lamp 1.0: with cython<3: builds (13 s)",
        "lamp 1.0: trying as of its release",
        "lamp 1.0: as of its release: fails: No such file (3 s)",
        "lamp 1.0: trying with numpy<2",
        "lamp 1.0: with numpy<2: refused: numpy is declared nowhere (0 s)",
    ]
    assert [row.tried for row in journal.rows] == ["with cython<3", "as of its release", "with numpy<2"]


@pytest.mark.parametrize(
    ("attempt", "result"),
    [
        (failed(not_found="lens==9"), "fails: pip cannot find lens==9, which it requires"),
        (Attempt({}, FAILED), "fails"),
        (failed(), "fails"),
    ],
)
def test_why_a_build_fails(attempt: Attempt, result: str) -> None:
    assert made(("with x", attempt))[0].rows[0].result == result


def test_says_whether_it_can_be_imported() -> None:
    journal, said = made()
    journal.imported("lamp 1.0", Imported(True))
    journal.imported("lamp 1.0", Imported(True, reason="nothing to import"))
    broken = Failure("lamp", "1.0", step="import", error="ImportError: no bulb")
    journal.imported("lamp 1.0", Imported(False, broken))
    assert said == [
        "lamp 1.0: import: works",
        "lamp 1.0: import: works: nothing to import",
        "lamp 1.0: import: fails: ImportError: no bulb",
    ]


def test_shows_no_secrets() -> None:
    journal, said = made()
    journal.begin("lamp 1.0", "with x @ https://me:secret@h.test/x.whl")
    journal.end(Attempt({}, REFUSED, refusal="https://me:secret@h.test is not found"))
    journal.imported("lamp 1.0", Imported(False, reason="https://me:secret@h.test"))
    assert "secret" not in " ".join([*said, *journal.table()])
    assert len(said) == 3


def test_the_table_fits_its_width() -> None:
    journal, _ = made(("with cython<3", Attempt({}, BUILT, seconds=120.4)))
    journal.ran("succeeds", 3.2)
    journal.rows.append(
        Row("a-package-with-a-very-long-name 1.2.3", "with " + "x" * 40, "fails: " + "y " * 60)
    )
    table = journal.table()
    assert table[0].split() == ["PACKAGE", "TRIED", "RESULT", "SECONDS"]
    assert table[1].split() == ["lamp", "1.0", "with", "cython<3", "builds", "120"]
    assert table[2].split() == ["COMMAND", "succeeds", "3"]
    assert all(len(line) <= 80 for line in table)
    assert table[3].count("…") == 3
    # Where there is room, all of a result is shown.
    assert journal.table(200)[3].count("…") == 2
    # The columns are in line.
    assert table[0].index("RESULT") == table[1].index("builds") == table[2].index("succeeds")


def test_no_table_without_rows() -> None:
    assert Journal().table() == []
    Journal().begin("lamp 1.0", "with nobody who reads it")
