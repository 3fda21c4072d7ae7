"""Source tables: how they are read, what a plan asks of them, and what it makes of the answers."""

from __future__ import annotations

import pytest

from pip_build_override import rules
from pip_build_override.rules import Alternative, Answer, Declared, OverrideError, Question, Source

ENVIRONMENT = {"python_version": "3.11", "os_name": "posix", "sys_platform": "linux"}
DIGEST = "sha256:" + "0" * 64


def overrides(text: str) -> rules.Overrides:
    return rules.parse_overrides(
        f"[package.pyworld]\n{text}\n".encode(), path="/x/build-overrides.toml"
    )


class Answers:
    """Answers questions, and remembers them."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        return self.answers[question.name]


def target(name: str, version: str, note: str = "") -> Answer:
    requirement = f"{name}=={version}"
    return Answer(
        requirement,
        f"{requirement} (target)",
        "it is installed there",
        note,
        exact=f"{name}==={version}",
        key=requirement,
    )


def plan(text: str, declared: Declared, answers: Answers) -> rules.Plan:
    return rules.plan(overrides(text), rules.package("pyworld", "1"), declared, ENVIRONMENT, answers)


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ('{ from = "target" }', Source("target")),
        ('{ from = "oldest", specifier = " >= 1.20, <2" }', Source("oldest", specifier="<2,>=1.20")),
        ('{ from = "target", borrow = true }', Source("target", borrow=True)),
        ('{ from = "target", else = "declared" }', Source("target", otherwise="declared")),
        ('{ from = "target", else = "oldest" }', Source("target", otherwise="oldest")),
        ('{ from = "target", else = "NumPy == 1.2" }', Source("target", otherwise="numpy==1.2")),
        ('{ from = "target", allow-sdist = true }', Source("target", allow_sdist=True)),
    ],
)
def test_source_table(entry: str, source: Source) -> None:
    (table,) = overrides(f"replace.numpy = {entry}").tables
    assert table.replace == (("numpy", (Alternative("numpy", "numpy", source=source),)),)


def test_source_table_with_name_and_marker() -> None:
    (table,) = overrides(
        """add = [{ name = "Num.Py", from = "target", marker = "os_name=='nt'" }]"""
    ).tables
    (entry,) = table.add
    assert (entry.name, entry.marker) == ("num-py", 'os_name == "nt"')


def test_requirement_with_hashes() -> None:
    (table,) = overrides(
        f"""add = [{{ requirement = "numpy==1.2; os_name == 'posix'", hashes = ["{DIGEST}"] }}]"""
    ).tables
    entry = Alternative("numpy", "numpy==1.2", 'os_name == "posix"', hashes=(DIGEST,))
    assert table.add == (entry,)


def test_a_replacement_is_asked_with_all_that_is_declared() -> None:
    answers = Answers(numpy=target("numpy", "1.20.1"))
    declared = Declared(
        ("numpy>=1.17; os_name == 'posix'", "numpy (<3)", "numpy<1; os_name == 'nt'", "six==1"),
        ("numpy[extra] != 1.19", "numpy @ file:///x"),
    )
    made = plan('replace.numpy = { from = "target" }', declared, answers)
    assert answers.asked == [
        Question("numpy", Source("target"), ("!= 1.19", "<3", ">=1.17"), _where("pyworld"), True)
    ]
    assert made.static == ("numpy==1.20.1", "six==1")
    assert made.hook == ("numpy[extra]==1.20.1",)
    (change,) = made.changes
    assert change.after == ("numpy==1.20.1 (target)", "numpy[extra]==1.20.1 (target)")
    assert change.reason == "declared and returned by the backend's hook; it is installed there"
    assert made.exact == (("numpy===1.20.1", _where("pyworld")),)
    assert made.shown("numpy[extra]==1.20.1") == "numpy[extra]==1.20.1 (target)"
    assert made.shown("six==1") == "six==1"
    assert made.settled == ((answers.asked[0], answers.answers["numpy"]),)
    assert made.touched == {"numpy"}


def test_add_and_requires_ask_as_well() -> None:
    answers = Answers(numpy=target("numpy", "2"), torch=target("torch", "3", "torch 3 is odd"))
    text = 'add = [{ name = "torch", from = "target", borrow = true }, "wheel"]'
    made = plan(text, Declared(("torch<2",)), answers)
    assert made.static == ("torch<2", "torch==3", "wheel")
    assert answers.asked[0].declared == ("<2",)
    assert [change.describe() for change in made.changes] == [
        "torch==3 (target) added",
        "torch 3 is odd",
        "wheel added",
    ]

    made = plan('requires = ["wheel", { name = "numpy", from = "oldest" }]', Declared(("a",)), answers)
    assert made.static == ("wheel", "numpy==2")
    assert made.changes[0].describe() == "requires replaced by wheel, numpy==2 (target) (was a)"


def test_what_is_declared_stands_where_a_source_comes_to_nothing() -> None:
    answers = Answers(numpy=Answer("", "", "there is none", key="declared"))
    text = 'replace.numpy = { from = "target", else = "declared" }'
    made = plan(text, Declared(("numpy>=1", "six"), ("numpy",)), answers)
    assert (made.static, made.hook) == (("numpy>=1", "six"), ("numpy",))
    assert [change.describe() for change in made.changes] == ["there is none"]
    assert made.exact == ()
    assert made.touched == frozenset()
    assert made.unused == ()


def test_hashes_reach_the_plan_by_name() -> None:
    text = f'replace.numpy = {{ requirement = "numpy==1.2", hashes = ["{DIGEST}"] }}'
    made = plan(text, Declared(("numpy",)), Answers())
    assert made.static == ("numpy==1.2",)
    assert made.hashes == (("numpy", (DIGEST,)),)


def test_a_source_table_is_answered_inside_pip_only() -> None:
    text = 'replace.numpy = { from = "target" }'
    with pytest.raises(OverrideError, match="known only in a run of pip") as caught:
        rules.plan(overrides(text), rules.package("pyworld"), Declared(("numpy",)), ENVIRONMENT)
    assert caught.value.where == _where("pyworld")


def test_each_thing_that_a_source_table_says_counts_in_the_fingerprint() -> None:
    entries = [
        '"numpy"',
        '{ from = "target" }',
        '{ from = "oldest" }',
        '{ from = "target", borrow = true }',
        '{ from = "target", else = "declared" }',
        '{ from = "target", specifier = ">1" }',
        '{ from = "target", allow-sdist = true }',
        f'{{ requirement = "numpy", hashes = ["{DIGEST}"] }}',
    ]
    found = {
        rules.select(
            overrides(f"replace.numpy = {entry}"), rules.package("pyworld"), ENVIRONMENT
        ).fingerprint
        for entry in entries
    }
    assert len(found) == len(entries)


def _where(name: str) -> str:
    return f"/x/build-overrides.toml: package.{name}"
