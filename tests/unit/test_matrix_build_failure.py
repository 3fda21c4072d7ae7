"""What a build of a matrix that failed is said to have failed of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.matrix.build_failure import Builder, failure_in
from pip_build_override.matrix.results import NOT_BUILT
from pip_build_override.matrix.versions import CONTRADICTION
from pip_build_override.rules import load_overrides

from ..support.hints import follows

# What pip 26.3 prints, shortened.
MISSING = """\
Processing ./sdist.tar.gz
  Getting requirements to build wheel: started
  Getting requirements to build wheel: finished with status 'error'
  error: subprocess-exited-with-error

  \u00d7 Getting requirements to build wheel did not run successfully.
  │ exit code: 1
  ╰─> [1 lines of output]
      ModuleNotFoundError: No module named 'six'
      [end of output]

ERROR: Failed to build 'lamp' when getting requirements to build wheel
"""
TOLD = """
pip-build-override: lamp 1.0 imports six while it is built: it does not declare six, so the build \
environment does not contain it
  build environment:
    setuptools 82.0 (declared)
hint: write into RULES, instead of everything under package.lamp:
    [package.lamp]
    add = ["six"]
  then run: pip wheel .
"""
CONFLICT = """\
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/

pip-build-override: lamp 1.0 does not build: RULES: package.lamp requires numpy==1.22.0 and RULES: \
package.* in USER allows only numpy<1; no version satisfies both
hint: change numpy==1.22.0 in RULES: package.lamp

"""


@pytest.fixture(autouse=True)
def _room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def failed(
    said: str, *, user: str = "", built: tuple[str, ...] = ("numpy",)
) -> tuple[str, str, tuple[str, ...]]:
    """Return the state, the reason and the hints of a build that failed.

    Args:
        said: What it has printed, with RULES for its overrides file, and USER for that of the user.
        user: The overrides file of the user.
        built: The names of what it was built against.
    """
    here = Path.cwd()
    build = Builder("lamp", here / "store" / "rules.toml", built, str(here / user) if user else "")
    said = said.replace("RULES", "store/rules.toml").replace("USER", user)
    log = here / "log"
    log.write_text(said, encoding="utf-8")
    error = failure_in(log, 1, build)
    assert error.log == str(log)
    return error.state, error.reason, error.hints


def test_a_known_failure() -> None:
    state, reason, hints = failed(MISSING)
    assert state == NOT_BUILT
    assert reason.startswith("lamp imports six while it is built: ")
    (hint,) = hints
    assert hint.startswith('write [package.lamp] and under it add = ["six"] into build-overrides.toml,')
    follows("write {} into {}, and name {} with --overrides", f"hint: {hint}")
    _accepted("build-overrides.toml", hints)


def test_what_the_shim_says() -> None:
    _, reason, hints = failed(MISSING + TOLD)
    assert reason.startswith("lamp 1.0 imports six while it is built: it does not declare six")
    (hint,) = hints
    assert 'add = ["six"]' in hint


def test_the_file_of_the_user() -> None:
    rules = "[package.lamp]\nconstrain = ['wheel<1']\nadd = ['wheel']\n"
    Path("o.toml").write_text(rules, encoding="utf-8")
    _, _, hints = failed(MISSING, user="o.toml")
    assert hints[0] == (
        'write [package.lamp] and under it add = ["wheel", "six"] and constrain = ["wheel<1"] into'
        " o.toml, in place of what is under that header"
    )
    follows("write {} into {}, in place of what is under that header", f"hint: {hints[0]}")
    _accepted("o.toml", hints)

    Path("pyproject.toml").write_text("[tool.pip-build-override]\n", encoding="utf-8")
    _, _, hints = failed(MISSING, user="pyproject.toml")
    assert hints[0] == (
        'write [tool.pip-build-override.package.lamp] and under it add = ["six"] into pyproject.toml,'
        " and run it again"
    )
    follows("write {} into {}, and run it again", f"hint: {hints[0]}")
    _accepted("pyproject.toml", hints)

    Path("o.txt").write_text("wheel<1\n", encoding="utf-8")
    _, _, hints = failed(MISSING, user="o.txt")
    assert hints[0] == (
        'write [package."*"] and under it replace.wheel = "wheel<1" into build-overrides.toml, instead'
        " of o.txt, and name build-overrides.toml with --overrides"
    )
    _accepted("build-overrides.toml", hints)


def _accepted(file: str, hints: tuple[str, ...]) -> None:
    """Do what the hints say."""
    text = "".join(f"{line}\n" for hint in hints for line in _lines(hint))
    Path(file).write_text(text, encoding="utf-8")
    assert load_overrides(file).named_tables("lamp")


def _lines(hint: str) -> list[str]:
    written = hint[len("write ") :].partition(" into ")[0]
    header, _, keys = written.partition(" and under it ")
    return [header, *keys.split(" and ")]


def test_no_rule_for_what_the_matrix_decides() -> None:
    _, reason, hints = failed(MISSING, built=("six",))
    assert "six" in reason
    assert hints == ()


def test_a_contradiction() -> None:
    Path("o.toml").write_text("[package.x]\nadd = ['y']\n", encoding="utf-8")
    state, reason, hints = failed(CONFLICT, user="o.toml")
    assert state == CONTRADICTION
    assert reason == (
        "lamp 1.0 does not build: the matrix requires numpy==1.22.0 and o.toml: package.* allows only"
        " numpy<1; no version satisfies both"
    )
    assert hints == ("change numpy==1.22.0 in the matrix",)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (
            "Cannot install a==1 and a<1 because these packages have conflicting dependencies",
            CONTRADICTION,
        ),
        ("Could not find a version that satisfies the requirement a==9 (from versions: 1)", NOT_BUILT),
    ],
)
def test_what_the_shim_knows_nothing_of(said: str, state: str) -> None:
    told = "pip-build-override: lamp 1.0 does not build, for an unknown reason [unknown-failure]"
    found = failed(f"  ERROR: {said}\n  ERROR: another\n\n{told}\n")
    kind = "requirements-conflict" if state == CONTRADICTION else "requirement-not-found"
    assert found == (state, f"lamp 1.0 does not build: {said} [{kind}]", ())


@pytest.mark.parametrize(
    ("said", "reason", "hints"),
    [
        (
            "x\nERROR: x\npip-build-override: error: RULES: package.lamp: no\n  hint: do this\n",
            "the matrix: no",
            ("do this",),
        ),
        ("pip-build-override: error: no\n\nhint: of another\n", "no", ()),
        ("WARNING: w\nERROR: one\nERROR: two\n", "one", ()),
        ("ERROR: see https://me:secret@h/x\n", "see https://h/x", ()),
        ("", "pip ended with status 1", ()),
    ],
)
def test_other_failures(said: str, reason: str, hints: tuple[str, ...]) -> None:
    assert failed(said) == (NOT_BUILT, reason, hints)
