"""The table that fixes a mismatch: it is whole, and works with the rest of the file."""

from __future__ import annotations

from typing import Any, Mapping

import pytest
from pip._vendor.packaging.markers import default_environment

from pip_build_override import records, rules
from pip_build_override.records import Change, Distribution, Record
from pip_build_override.rules import parse_overrides
from pip_build_override.verifying import remedy
from pip_build_override.verifying.trial import Misfit

ENVIRONMENT: Mapping[str, str] = dict(default_environment())
NUMPY = Distribution("numpy", "1.23.2")
BUNDLE = Distribution("oldest-supported-numpy", "1", requires=("numpy==1.23.2",))
SCIPY = Distribution("scipy", "1.9", requires=("numpy<2,>=1.18",))


def found(
    record: Record, text: str = "", name: str = "o.toml", **given: tuple[str, ...]
) -> remedy.Remedy | str:
    file = remedy.File(text.encode(), f"/{name}", name, rules.CommandLine(**given))
    return remedy.find(Misfit(record, ENVIRONMENT, {"torch": "2.2"}.get), "numpy", "2.0", file)


def built(declared: tuple[str, ...], text: str = "", *others: Distribution, **more: Any) -> Record:
    """Return the record of a build under an overrides file."""
    overrides = parse_overrides(text.encode(), path="/o.toml")
    plan = rules.plan(
        overrides,
        rules.package("p", "1"),
        rules.Declared(declared, ()),
        ENVIRONMENT,
        lambda question: rules.Answer(f"{question.name}==1", f"{question.name}==1 (target)"),
    )
    changes = tuple(
        Change(change.kind, change.name, change.before, change.after, change.where, change.describe())
        for change in plan.changes
    )
    return Record(
        "p",
        "1",
        (NUMPY, *others),
        declared,
        effective=plan.static,
        constraints=plan.constraints,
        changes=changes,
        **more,
    )


WITHOUT_RULES = [
    (Record("p", "1", declared=("numpy>=1",), effective=("numpy>=1",)), 'replace.numpy = "numpy==2.0"'),
    (Record("p", "1", asked=("NumPy",), effective_asked=("numpy",)), 'replace.numpy = "numpy==2.0"'),
    (
        Record(
            "p",
            "1",
            (BUNDLE,),
            ("Oldest_Supported-NumPy",),
            effective=("oldest-supported-numpy",),
        ),
        'replace.oldest-supported-numpy = "numpy==2.0"',
    ),
    # bottleneck 1.3.7: its backend asks for numpy, in addition to what is declared.
    (
        Record(
            "p",
            "1",
            (BUNDLE,),
            ("oldest-supported-numpy",),
            ("numpy",),
            ("oldest-supported-numpy",),
            ("numpy",),
        ),
        'replace.oldest-supported-numpy = "numpy==2.0"',
    ),
    (
        Record(
            "p",
            "1",
            (BUNDLE,),
            ("oldest-supported-numpy", "numpy<2"),
            (),
            ("oldest-supported-numpy", "numpy<2"),
        ),
        'replace.oldest-supported-numpy = "numpy==2.0"\nreplace.numpy = "numpy==2.0"',
    ),
    (Record("p", "1", effective=("numpy==1.0",)), 'add = ["numpy==2.0"]'),
    (
        Record(
            "p", "1", (Distribution("scipy", "1", requires=("numpy<3",)),), ("scipy",), (), ("scipy",)
        ),
        'constrain = ["numpy==2.0"]',
    ),
    # pip can find another scipy, which must not be replaced: the build needs it.
    (built(("scipy",), "", SCIPY), 'constrain = ["numpy==2.0"]'),
    (
        built(("scipy==1.9",), "", SCIPY),
        'replace.scipy = "scipy"\nconstrain = ["numpy==2.0"]',
    ),
    (
        built(("numpy", "scipy==1.9"), "", SCIPY),
        'replace.scipy = "scipy"\nreplace.numpy = "numpy==2.0"',
    ),
]


@pytest.mark.parametrize(("record", "lines"), WITHOUT_RULES)
@pytest.mark.parametrize("form", ["toml", "pyproject"])
def test_without_rules_for_the_package(record: Record, lines: str, form: str) -> None:
    prefix, name = (
        ("tool.pip-build-override.", "pyproject.toml") if form == "pyproject" else ("", "o.toml")
    )
    text = '[tool.pip-build-override.package.other]\nadd = ["a"]\n' if prefix else ""
    result = found(record, text, name)
    assert isinstance(result, remedy.Remedy), result
    assert result.text == f"[{prefix}package.p]\n{lines}"
    assert result.instruction(name).startswith(f"add this to {name} (")
    parse_overrides(f"{text}{result.text}".encode(), path=f"/{name}")


WITH_RULES = [
    # The other rules of the table are kept, and so are those of other tables.
    (
        ("numpy", "cython"),
        '[package.p]\nreplace.cython = "cython<3"\nadd = ["swig"]\n',
        '[package.p]\nreplace.cython = "cython<3"\nreplace.numpy = "numpy==2.0"\nadd = ["swig"]',
    ),
    # A limit of its own.
    (
        ("numpy",),
        '[package.p]\nconstrain = ["numpy<2", "setuptools<60"]\n',
        '[package.p]\nreplace.numpy = "numpy==2.0"\nconstrain = ["setuptools<60"]',
    ),
    # An addition of its own.
    (
        (),
        '[package.P]\nadd = ["numpy==1.23.2", "swig"]\n',
        '[package.P]\nadd = ["swig", "numpy==2.0"]',
    ),
    # A replacement of its own, of another name.
    (
        ("oldest-supported-numpy",),
        '[package.p]\nreplace.oldest-supported-numpy = "numpy==1.23.2"\n',
        '[package.p]\nreplace.oldest-supported-numpy = "numpy==2.0"',
    ),
    # A whole list, as freeze writes it.
    (
        ("numpy",),
        (
            "[package.p]\nno-binary = true\nrequires = [\n"
            f' {{ requirement = "numpy==1.23.2", hashes = ["sha256:{"a" * 64}"] }},\n "swig==4",\n]\n'
        ),
        '[package.p]\nrequires = ["numpy==2.0", "swig==4"]\nno-binary = true',
    ),
    # Rules for all packages are set aside by those of the package.
    (
        ("numpy",),
        '[package."*"]\nconstrain = ["numpy<2"]\n',
        '[package.p]\nreplace.numpy = "numpy==2.0"',
    ),
    # A table for this version is more specific than one for the name.
    (
        ("numpy",),
        '[package."p<2"]\nconstrain = ["numpy<2"]\nadd = ["swig"]\n',
        '[package."p<2"]\nreplace.numpy = "numpy==2.0"\nadd = ["swig"]',
    ),
    (
        ("numpy",),
        '[package."p<2"]\nrequires = ["numpy<2", "swig"]\n[package."p>=2"]\nadd = ["a"]\n',
        '[package."p<2"]\nrequires = ["numpy==2.0", "swig"]',
    ),
    (
        ("numpy",),
        '[package."p<2"]\nadd = ["swig"]\n',
        '[package.p]\nreplace.numpy = "numpy==2.0"',
    ),
]


@pytest.mark.parametrize(("declared", "text", "table"), WITH_RULES)
def test_beside_other_rules(declared: tuple[str, ...], text: str, table: str) -> None:
    record = built(declared, text)
    result = found(record, text)
    assert isinstance(result, remedy.Remedy), result
    assert result.text == table
    header = table.partition("\n")[0]
    assert result.present is (header in text)
    # Done literally: the table is replaced, or added.
    rest = text.partition("\n[package")
    changed = table + rest[1] + rest[2] if result.present else f"{text}\n{table}"
    overrides = parse_overrides(changed.encode(), path="/o.toml")
    plan = rules.plan(overrides, rules.package("p", "1"), rules.Declared(declared, ()), ENVIRONMENT)
    got = [*plan.static, *plan.constraints]
    assert "numpy==2.0" in got
    assert not [line for line in got if line.startswith("numpy") and line != "numpy==2.0"]
    assert not plan.unused


def test_a_transitive_limit_under_a_list() -> None:
    text = '[package.p]\nrequires = ["scipy", "swig"]\n'
    result = found(built(("scipy",), text, SCIPY), text)
    assert isinstance(result, remedy.Remedy)
    assert result.text == ('[package.p]\nrequires = ["scipy", "swig"]\nconstrain = ["numpy==2.0"]')


def test_instead_of_lines() -> None:
    text = "cython<3\nnumpy<2; python_version >= '3'\n"
    record = built(("numpy", "cython"))
    result = found(record, text, "o.txt")
    assert isinstance(result, remedy.Remedy)
    assert result.instruction("o.txt") == (
        "use a file build-overrides.toml with these lines instead of o.txt (numpy is declared):"
    )
    overrides = parse_overrides(result.text.encode(), path="/build-overrides.toml")
    for name, wanted in (("p", "numpy==2.0"), ("q", "numpy<2")):
        package, declared = rules.package(name, "1"), rules.Declared(("numpy", "cython"), ())
        assert rules.plan(overrides, package, declared, ENVIRONMENT).static == (wanted, "cython<3")


@pytest.mark.parametrize(
    ("text", "given", "why"),
    [
        ("", {"set": ("p: numpy<2",)}, "another rule asks for numpy"),
        ("[package.p]\nreplace.scipy = 'scipy==1.9'\n", {}, "scipy 1.9 requires numpy<2,>=1.18"),
        ("[package.p\n", {}, "the rules cannot be read"),
    ],
)
def test_what_no_table_of_the_package_helps(text: str, given: Any, why: str) -> None:
    record = built(("numpy", "scipy"), text if text.endswith("]\n") or "scipy" in text else "", SCIPY)
    result = found(record, text, **given)
    assert isinstance(result, str)
    assert why in result


def test_rules_of_the_command_line_hold_too() -> None:
    record = built(("numpy", "cython"))
    result = found(record, constrain=("numpy<2",), set=("p: cython<3",))
    assert isinstance(result, remedy.Remedy)
    assert result.text == '[package.p]\nreplace.numpy = "numpy==2.0"'


RULES = [
    'replace.numpy = "numpy<2"\nremove = ["wheel"]\nadd = ["swig"]\nconstrain = ["setuptools<60"]',
    'replace.numpy = { from = "target" }',
    'requires = ["numpy<2", "swig"]\nconstrain = ["setuptools<60"]',
]


@pytest.mark.parametrize("rules_of_build", RULES)
def test_a_new_file_has_all_rules_of_the_build(rules_of_build: str) -> None:
    text = f"[package.p]\n{rules_of_build}\n"
    record = built(("numpy", "wheel"), text)
    file = remedy.File.of_tables({"p": remedy.table_of(record)})
    again = rules.plan(
        parse_overrides(file.content, path="/o.toml"),
        rules.package("p", "1"),
        rules.Declared(record.declared, ()),
        ENVIRONMENT,
    )
    assert (again.static, again.constraints) == (record.effective, record.constraints)
    result = remedy.find(Misfit(record, ENVIRONMENT, {}.get), "numpy", "2.0", file)
    assert isinstance(result, remedy.Remedy)
    expected = rules_of_build.replace('{ from = "target" }', '"numpy==2.0"').replace(
        "numpy<2", "numpy==2.0"
    )
    assert sorted(result.text.splitlines()[1:]) == sorted(expected.splitlines())


def test_rules_of_several_tables_in_one() -> None:
    text = '[package.p]\nrequires = ["numpy", "swig"]\n[package."p==1"]\nreplace.numpy = "numpy<2"\n'
    record = built(("numpy",), text)
    assert remedy.table_of(record) == {"requires": ["numpy<2", "swig"]}


def test_a_pin_follows_the_version_that_is_built_against() -> None:
    pin = Change("pin-compatible", "numpy", ("numpy 1.0",), ("numpy>=1.0,<2",), "o.toml: package.p", "")
    record = Record("p", "1", (NUMPY,), ("numpy",), effective=("numpy",), changes=(pin,))
    assert records.settings_of(record) == {"pin-compatible": {"numpy": ">=1.0,<2"}}
    assert remedy.table_of(record) == {"pin-compatible": ["numpy"]}


def test_what_was_borrowed_is_borrowed_again() -> None:
    torch = Distribution("torch", "2.2", borrowed=True)
    change = Change("add", "torch", (), ("torch 2.2 (borrowed)",), "o.toml: package.p", "")
    record = Record(
        "p", "1", (NUMPY, torch), ("numpy",), effective=("numpy", "torch"), changes=(change,)
    )
    borrowed = {"name": "torch", "from": "target", "borrow": True}
    assert remedy.table_of(record) == {"add": [borrowed]}
    file = remedy.File.of_tables({"p": remedy.table_of(record)})
    result = remedy.find(Misfit(record, ENVIRONMENT, {"torch": "2.2"}.get), "numpy", "2.0", file)
    assert isinstance(result, remedy.Remedy)
    assert result.table == {"add": [borrowed], "replace": {"numpy": "numpy==2.0"}}


@pytest.mark.parametrize(
    ("text", "setting", "works"),
    [
        ('[package.p]\nadd = ["swig"]\n', "p: numpy==2.0", True),
        # It is not the file that the build was made under.
        ('[package.p]\nadd = ["mint"]\n', "p: numpy==2.0", False),
        ('[package.p]\nadd = ["swig"]\n', "p: numpy==1.0", False),
        ("[package.p\n", "p: numpy==2.0", False),
    ],
)
def test_the_file_of_the_build_with_a_setting(text: str, setting: str, works: bool) -> None:
    record = built(("numpy",), '[package.p]\nadd = ["swig"]\n')
    file = remedy.File(text.encode(), "/o.toml", "o.toml", rules.CommandLine(set=(setting,)))
    assert remedy.fits_under(Misfit(record, ENVIRONMENT, {}.get), {"numpy": "2.0"}, file) is works


def test_extras_are_kept() -> None:
    text = '[package.p]\nadd = ["numpy[dev]<2", "a"]\n'
    result = found(built((), text), text)
    assert isinstance(result, remedy.Remedy)
    assert result.text == '[package.p]\nadd = ["a", "numpy[dev]==2.0"]'
    result = found(built(("numpy[dev]",)))
    assert isinstance(result, remedy.Remedy)
    assert result.text == '[package.p]\nreplace.numpy = "numpy[dev]==2.0"'


@pytest.mark.parametrize("other", ["numpy>=1; python_version < '3'", "numpy<1; python_version < '3'"])
def test_rules_for_other_interpreters_are_kept_if_they_can_be(other: str) -> None:
    for key, declared, changed in (
        ("add", (), 'add = [{}"numpy==2.0"]'),
        ("constrain", ("numpy",), 'replace.numpy = "numpy==2.0"\nconstrain = [{}]'),
    ):
        text = f'[package.p]\n{key} = ["{other}", "numpy<2"]\n'
        result = found(built(declared, text), text)
        assert isinstance(result, remedy.Remedy), result
        kept = ">=" in other
        entry = f'"{other}"' + (", " if key == "add" else "")
        line = changed.format(entry if kept else "")
        assert result.text == f"[package.p]\n{line}".replace("\nconstrain = []", "")
        assert ("without its rules for other interpreters" in result.reason) is not kept
