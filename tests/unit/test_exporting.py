"""What each front end is given of each kind of rule, and what is said not to be possible there."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Mapping, NamedTuple, Sequence

import pytest

from pip_build_override.asking_pip import Content
from pip_build_override.errors import OverrideError
from pip_build_override.exporting.facts import Facts
from pip_build_override.exporting.gathering import Built, Chosen, Gathering
from pip_build_override.exporting.outcome import Written
from pip_build_override.in_pip.state.explanation import (
    ExplainedAnswer,
    ExplainedBuild,
    Explanation,
    Unexplained,
)
from pip_build_override.records import Change, Distribution, Record
from pip_build_override.rules import parse_overrides

FRONT_ENDS = ("uv", "pip", "poetry", "fromager")
MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}


class World(NamedTuple):
    """What pip would answer, and what was asked."""

    declared: Sequence[str] = ("setuptools", "numpy")
    asked: Sequence[str] | None = ()
    answers: Sequence[tuple[str, str]] = ()
    version: str | None = "1.0"
    builds: Sequence[Built] | None = None
    package: Sequence[str] = ()
    installed: Sequence[tuple[str, str]] = ()
    # What each release declares that is not like the others, and what is in build environments.
    others: Mapping[str, Sequence[str]] = {}
    contents: Mapping[str, Sequence[Content]] = {}

    def look(self, requirements: Sequence[str], limits: Sequence[str]) -> Sequence[Content]:
        found: dict[str, Content] = {}
        for line in requirements:
            if line in self.contents:
                found.update((each.name, each) for each in self.contents[line])
            elif line == "unknown":
                raise OverrideError("there is no network", kind="usage")
        return list(found.values())

    def ask(self, requirement: str, hooks: bool) -> Explanation:
        if hooks and self.asked is None and requirement not in self.others:
            raise OverrideError("its backend does not run", kind="usage")
        name, _, version = requirement.partition("==")
        declared = tuple(self.others.get(requirement, self.declared))
        others = requirement in self.others
        hook = tuple(() if others else self.asked or ()) if hooks else None
        build = ExplainedBuild(
            False,
            name,
            version or self.version,
            declared,
            hook,
            declared,
            hook,
            (),
            (),
            tuple(ExplainedAnswer(of, "target", to, "") for of, to in self.answers),
            (),
            (),
            (),
        )
        return Explanation((build,))


def export(front_end: str, rules: str, world: World | None = None, ask: Any = None) -> Written:
    world = world or World()
    overrides = parse_overrides(rules.encode(), path="/none/o.toml", shown="o.toml")
    module: Any = import_module(f"pip_build_override.exporting.{front_end}")
    chosen = [Chosen(*text.split(" ")) for text in world.package]
    gathering = Gathering(
        overrides,
        MARKERS,
        dict(world.installed),
        ask or world.ask,
        world.look if module.LOOKS_INTO_ENVIRONMENTS else None,
        needs_hooks=module.NEEDS_HOOKS,
        chosen=chosen,
        builds=world.builds,
    )
    written: Written = module.write(gathering.world())
    return written


def said(written: Written) -> list[str]:
    """Return the lines that are not comments."""
    return [line for line in written.text.splitlines() if line and not line.startswith(("#", "---"))]


ALONE = World(package=["x ==1.0"])
# Rules, what is known, and for each front end the lines that it is given, or why there are none.
TABLE: dict[str, tuple[str, World, dict[str, list[str] | str]]] = {
    "constrain, declared": (
        '[package.x]\nconstrain = ["numpy<2"]',
        World(),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["numpy<2"]'],
            "pip": "numpy<2 would hold for every other package that is built",
            "poetry": ["[tool.poetry.build-constraints.x]", 'numpy = "<2"'],
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "numpy"',
                '    - "numpy<2"',
            ],
        },
    ),
    "constrain, not declared": (
        '[package.x]\nconstrain = ["cython<3"]',
        World(),
        {
            "uv": "x 1.0 does not declare cython, which uv would add, and as a limit for all, cython<3"
            " would hold for every other package that is built",
            "pip": "cython<3 would hold for every other package that is built",
            "poetry": ["[tool.poetry.build-constraints.x]", 'cython = "<3"'],
            "fromager": "x 1.0 does not declare cython, which fromager would add",
        },
    ),
    "constrain, built alone": (
        '[package.x]\nconstrain = ["cython<3"]',
        ALONE,
        {
            "uv": ["[tool.uv]", 'build-constraint-dependencies = ["cython<3"]'],
            "pip": ["cython<3"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'cython = "<3"'],
            "fromager": "x 1.0 does not declare cython, which fromager would add",
        },
    ),
    "constrain, and the backend asks for more": (
        '[package.x]\nconstrain = ["setuptools<60"]',
        World(["setuptools"], ["pybind11"]),
        {
            "uv": "uv forgets extra-build-dependencies when it installs what the build backend of x 1.0"
            " asks for (pybind11)",
            "pip": "would hold for every other",
            "poetry": ["[tool.poetry.build-constraints.x]", 'setuptools = "<60"'],
            "fromager": "fromager upgrades what it has installed when it installs what the build"
            " backend of x 1.0 asks for (pybind11)",
        },
    ),
    "constrain, and the backend asks for wheel": (
        '[package.x]\nconstrain = ["setuptools<60"]',
        World(["setuptools>=40.8.0", "wheel"], ["wheel"], package=["x ==1.0"]),
        {
            # Older pips assume wheel, too, and uv does not.
            "uv": ["[tool.uv]", 'build-constraint-dependencies = ["setuptools<60"]'],
            "pip": ["setuptools<60"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'setuptools = "<60"'],
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "setuptools>=40.8.0"',
                '    - "setuptools<60"',
            ],
        },
    ),
    "replace, within what is declared": (
        '[package.x]\nreplace.numpy = "numpy==1.20.1"',
        World(["setuptools", "numpy>=1.17"], package=["x ==1.0"]),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["numpy==1.20.1"]'],
            "pip": ["numpy==1.20.1"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'numpy = "==1.20.1"'],
            "fromager": ["project_override:", "  update_build_requires:", '    - "numpy==1.20.1"'],
        },
    ),
    "replace, outside of what is declared": (
        '[package.x]\nreplace.numpy = "numpy==1.20.1"',
        World(["setuptools", "numpy>=1.25"], package=["x ==1.0"]),
        {
            "uv": "uv cannot take numpy>=1.25 away, which excludes numpy==1.20.1",
            "pip": "cannot take numpy>=1.25 away, which excludes numpy==1.20.1",
            "poetry": "Poetry cannot take numpy>=1.25 away, which excludes numpy==1.20.1",
            "fromager": ["project_override:", "  update_build_requires:", '    - "numpy==1.20.1"'],
        },
    ),
    "replace, by another name": (
        '[package.x]\nreplace.oldest-supported-numpy = "numpy==1.26.4"',
        World(["meson", "oldest-supported-numpy"], package=["x ==1.0"]),
        {
            "uv": "uv cannot take oldest-supported-numpy away, for which it installs numpy",
            "pip": "cannot take oldest-supported-numpy away",
            "poetry": "cannot take oldest-supported-numpy away",
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "numpy==1.26.4"',
                "  remove_build_requires:",
                '    - "oldest-supported-numpy"',
                # Which it would add.
                '    - "setuptools"',
            ],
        },
    ),
    "replace, asked for by the backend": (
        '[package.x]\nreplace.numpy = "numpy==1.20.1"',
        World(["setuptools"], ["numpy"], package=["x ==1.0"]),
        {
            "uv": ["[tool.uv]", 'build-constraint-dependencies = ["numpy==1.20.1"]'],
            "pip": ["numpy==1.20.1"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'numpy = "==1.20.1"'],
            "fromager": "fromager does not change what the build backend asks for",
        },
    ),
    "replace, and the backend does not answer": (
        '[package.x]\nreplace.numpy = "numpy==1.20.1"',
        World(["setuptools"], None, package=["x ==1.0"]),
        dict.fromkeys(
            FRONT_ENDS, "whether x 1.0 asks for numpy is not known: its backend does not run"
        ),
    ),
    "replace, not declared": (
        '[package.x]\nreplace.numpy = "numpy==1.20.1"',
        World(["setuptools"]),
        dict.fromkeys(FRONT_ENDS, "x 1.0 does not ask for numpy"),
    ),
    "replace, with an extra": (
        '[package.x]\nreplace.setuptools-scm = "setuptools-scm[toml]<8"',
        World(["setuptools-scm"], package=["x ==1.0"]),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["setuptools-scm[toml]<8"]'],
            "pip": "a build constraints file has no extras",
            "poetry": "a build constraint of Poetry has no extras",
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "setuptools-scm[toml]<8"',
                "  remove_build_requires:",
                '    - "setuptools"',
            ],
        },
    ),
    "replace, from the target": (
        '[package.x]\nreplace.numpy = { from = "target" }',
        World(answers=[("numpy", "numpy==1.20.1 (target)")], package=["x ==1.0"]),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["numpy==1.20.1"]'],
            "pip": ["numpy==1.20.1"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'numpy = "==1.20.1"'],
            "fromager": ["project_override:", "  update_build_requires:", '    - "numpy==1.20.1"'],
        },
    ),
    "replace, from a target with a URL": (
        '[package.x]\nreplace.numpy = { from = "target" }',
        World(answers=[("numpy", "numpy 1.20.1 @ file:///n.whl (target)")], package=["x ==1.0"]),
        dict.fromkeys(FRONT_ENDS, "which is no version from an index"),
    ),
    "replace, and the target has none": (
        '[package.x]\nreplace.numpy = { from = "target", else = "declared" }',
        World(answers=[("numpy", "the declared requirement")], package=["x ==1.0"]),
        {front_end: [] for front_end in FRONT_ENDS},
    ),
    "borrow": (
        '[package.x]\nadd = [{ name = "torch", from = "target", borrow = true }]',
        World(package=["x ==1.0"]),
        dict.fromkeys(FRONT_ENDS, "it borrows the torch that is installed, file by file"),
    ),
    "remove": (
        '[package.x]\nremove = ["numpy"]',
        World(package=["x ==1.0"]),
        {
            "uv": "uv takes nothing away",
            "pip": "a build constraints file takes nothing away",
            "poetry": "Poetry takes nothing away",
            "fromager": ["project_override:", "  remove_build_requires:", '    - "numpy"'],
        },
    ),
    "add": (
        '[package.x]\nadd = ["cython<3"]',
        World(),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["cython<3"]'],
            "pip": "a build constraints file adds nothing",
            "poetry": "Poetry adds nothing",
            "fromager": ["project_override:", "  update_build_requires:", '    - "cython<3"'],
        },
    ),
    "add, of a declared name": (
        '[package.x]\nadd = ["numpy<2"]',
        World(),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["numpy<2"]'],
            "pip": "adds nothing",
            "poetry": "adds nothing",
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "numpy"',
                '    - "numpy<2"',
            ],
        },
    ),
    "add, and the backend asks for wheel": (
        '[package.x]\nadd = ["cython<3"]',
        World(["setuptools"], ["wheel"]),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["cython<3"]'],
            "pip": "adds nothing",
            "poetry": "adds nothing",
            "fromager": ["project_override:", "  update_build_requires:", '    - "cython<3"'],
        },
    ),
    "add, and the backend asks for more": (
        '[package.x]\nadd = ["cython<3", "swig"]',
        World(["setuptools"], ["pybind11"], package=["x ==1.0"]),
        {
            "uv": [
                "[tool.uv]",
                'build-constraint-dependencies = ["cython<3"]',
                "[tool.uv.extra-build-dependencies]",
                'x = ["cython<3", "swig"]',
            ],
            "pip": "adds nothing",
            "poetry": "adds nothing",
            "fromager": "fromager upgrades what it has installed",
        },
    ),
    "requires": (
        '[package.x]\nrequires = ["setuptools<60", "cython<3"]',
        World(["setuptools", "numpy"], package=["x ==1.0"]),
        {
            "uv": "uv takes nothing away",
            "pip": "takes nothing away",
            "poetry": "takes nothing away",
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "setuptools<60"',
                '    - "cython<3"',
                "  remove_build_requires:",
                '    - "numpy"',
            ],
        },
    ),
    "requires, with all that is declared": (
        '[package.x]\nrequires = ["setuptools<60", "numpy"]',
        World(["setuptools", "numpy"], package=["x ==1.0"]),
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["setuptools<60", "numpy"]'],
            "pip": ["setuptools<60"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'setuptools = "<60"'],
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "setuptools<60"',
                '    - "numpy"',
            ],
        },
    ),
    "requires, and the backend does not answer": (
        '[package.x]\nrequires = ["setuptools<60"]',
        World(asked=None),
        dict.fromkeys(FRONT_ENDS, "what x 1.0 declares is not known: its backend does not run"),
    ),
    "env": (
        '[package.x]\nenv = { A = "a $B" }',
        World(),
        {
            "uv": ["[tool.uv.extra-build-variables]", 'x = { A = "a $B" }'],
            "pip": "a build constraints file has limits only",
            "poetry": "pyproject.toml of Poetry has nothing for env",
            "fromager": ["env:", '  "A": "a $$B"'],
        },
    ),
    "env, unset": (
        "[package.x]\nenv = { A = false }",
        World(),
        {
            "uv": "uv unsets no variable",
            "pip": "has limits only",
            "poetry": "nothing for env",
            "fromager": "fromager unsets no variable",
        },
    ),
    "env, with what fromager refuses": (
        '[package.x]\nenv = { A = "$(date)" }',
        World(),
        {
            "uv": ["[tool.uv.extra-build-variables]", 'x = { A = "$(date)" }'],
            "pip": "has limits only",
            "poetry": "nothing for env",
            "fromager": "fromager accepts no $( in a value, and no blanks around it",
        },
    ),
    "config-settings": (
        '[package.x]\nconfig-settings = { a = "1", b = ["2", "3"] }',
        World(),
        {
            "uv": ["[tool.uv.config-settings-package]", 'x = { a = "1", b = ["2", "3"] }'],
            "pip": "has limits only",
            "poetry": "nothing for config-settings",
            "fromager": [
                "config_settings:",
                '  "a": "1"',
                '  "b":',
                '    - "2"',
                '    - "3"',
            ],
        },
    ),
    "no-binary": (
        "[package.x]\nno-binary = true",
        World(),
        {
            "uv": ["[tool.uv]", 'no-binary-package = ["x"]'],
            "pip": "a build constraints file says nothing about packages",
            "poetry": "it is a setting of poetry.toml",
            # It builds everything from source.
            "fromager": [],
        },
    ),
    "build-environment": (
        '[package.x]\nbuild-environment = "target"',
        World(),
        {
            # Written, and listed.
            "uv": "uv does not check that the environment has what the package needs",
            "pip": "has limits only",
            "poetry": "nothing for build-environment",
            "fromager": "fromager has nothing for build-environment",
        },
    ),
    "as-of": (
        "[package.x]\nas-of = 2024-01-01",
        World(),
        {
            "uv": "uv has nothing for as-of",
            "pip": "has limits only",
            "poetry": "nothing for as-of",
            "fromager": "nothing for as-of",
        },
    ),
    "system-site-packages": (
        "[package.x]\nsystem-site-packages = true",
        World(),
        {
            "uv": "nothing for system-site-packages",
            "pip": "has limits only",
            "poetry": "nothing for system-site-packages",
            "fromager": "nothing for system-site-packages",
        },
    ),
    "pin-compatible": (
        '[package.x]\npin-compatible = ["numpy"]',
        World(),
        {
            "uv": "nothing for pin-compatible",
            "pip": "has limits only",
            "poetry": "nothing for pin-compatible",
            "fromager": "nothing for pin-compatible",
        },
    ),
    "regenerate": (
        "[package.x]\nregenerate = true",
        World(),
        {
            "uv": "nothing for regenerate",
            "pip": "has limits only",
            "poetry": "nothing for regenerate",
            "fromager": "nothing for regenerate",
        },
    ),
    "every package, constrain": (
        '[package."*"]\nconstrain = ["setuptools<82"]',
        World(),
        {
            "uv": ["[tool.uv]", 'build-constraint-dependencies = ["setuptools<82"]'],
            "pip": ["setuptools<82"],
            "poetry": "Poetry has build constraints for single packages only",
            "fromager": "fromager has settings for single packages only",
        },
    ),
    "every package, constrain, but one": (
        '[package."*"]\nconstrain = ["numpy<2"]\n[package.x]\nconstrain = ["numpy"]',
        World(),
        {
            "uv": "it does not hold for x, by a rule of its own",
            "pip": "it does not hold for x, by a rule of its own",
            "poetry": "for single packages only",
            "fromager": "for single packages only",
        },
    ),
    "every package, replace": (
        '[package."*"]\nreplace.numpy = "numpy<2"',
        World(),
        {
            "uv": "for every package, uv has limits only",
            "pip": "changes nothing that is declared",
            "poetry": "for single packages only",
            "fromager": "for single packages only",
        },
    ),
    "every package, config-settings": (
        '[package."*"]\nconfig-settings = { a = "1" }',
        World(),
        {
            "uv": ["[tool.uv]", 'config-settings = { a = "1" }'],
            "pip": "has limits only",
            "poetry": "for single packages only",
            "fromager": "for single packages only",
        },
    ),
    "every package, env": (
        '[package."*"]\nenv = { A = "1" }',
        World(),
        {
            "uv": "uv has nothing for env of every package",
            "pip": "has limits only",
            "poetry": "for single packages only",
            "fromager": "for single packages only",
        },
    ),
    "some versions": (
        '[package."x<2"]\nconstrain = ["numpy<2"]',
        World(),
        dict.fromkeys(FRONT_ENDS, "a front end has the same settings for all versions of a package"),
    ),
    "some versions, of which one is built": (
        '[package."x<2"]\nconstrain = ["numpy<2"]',
        ALONE,
        {
            "uv": ["[tool.uv.extra-build-dependencies]", 'x = ["numpy<2"]'],
            "pip": ["numpy<2"],
            "poetry": ["[tool.poetry.build-constraints.x]", 'numpy = "<2"'],
            "fromager": [
                "project_override:",
                "  update_build_requires:",
                '    - "numpy"',
                '    - "numpy<2"',
            ],
        },
    ),
    "mismatch": (
        '[settings]\nmismatch = "error"\n[package.x]\nno-binary = true',
        World(),
        dict.fromkeys(FRONT_ENDS, "what is built is checked by pip-build-override only"),
    ),
    "another interpreter": (
        "[package.x]\nconstrain = [\"numpy<2; python_version < '3.9'\"]",
        World(),
        {front_end: [] for front_end in FRONT_ENDS},
    ),
}


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("row", TABLE)
def test_each_kind_of_rule_in_each_front_end(row: str, front_end: str) -> None:
    rules, world, expected = TABLE[row]
    written = export(front_end, rules, world)
    wanted = expected[front_end]
    if isinstance(wanted, list):
        assert said(written) == wanted
        # It may be built to fill a build environment if nothing says what is built.
        limited = [each.why for each in written.unsaid if each.why.startswith("it is written, but ")]
        assert len(limited) == len(written.unsaid)
        assert not limited or not world.package
    else:
        assert any(wanted in each.why for each in written.unsaid), written.unsaid
        if row != "build-environment":
            listed = {each.rule for each in written.unsaid}
            assert listed


def test_every_key_is_in_the_table() -> None:
    from pip_build_override.rules.tables import SETTINGS

    rules = "\n".join(rules for rules, _, _ in TABLE.values())
    for key in ("replace", "remove", "add", "constrain", "requires", "no-binary", *SETTINGS.values()):
        assert key in rules


def test_a_target_environment_for_uv() -> None:
    written = export("uv", '[package.x]\nbuild-environment = "target"')
    assert said(written) == ["[tool.uv]", 'no-build-isolation-package = ["x"]']
    assert [each.rule for each in written.unsaid] == ["build-environment"]


def test_a_hash_is_left_out_and_listed() -> None:
    digest = "sha256:" + "0" * 64
    rules = f'[package.x]\nreplace.numpy = {{ requirement = "numpy==1.20.1", hashes = ["{digest}"] }}'
    written = export("uv", rules, ALONE)
    assert said(written)[-1] == 'x = ["numpy==1.20.1"]'
    assert [each.why for each in written.unsaid] == [
        "the hashes of numpy==1.20.1 cannot be checked there"
    ]


def test_a_file(tmp_path: Any) -> None:
    wheel = tmp_path / "numpy-1.20.1-py3-none-any.whl"
    wheel.touch()
    rules = f"[package.x]\nreplace.numpy = {{ path = '{wheel}' }}"
    text = f"numpy @ {wheel.as_uri()}"
    assert said(export("uv", rules, ALONE))[-1] == f'x = ["{text}"]'
    assert said(export("pip", rules, ALONE)) == [text]
    for front_end, world, why in (
        ("pip", World(), "would hold for every other package that is built"),
        ("uv", World(["numpy"], ["pybind11"]), "uv forgets extra-build-dependencies"),
        ("poetry", ALONE, "has no URL, path or ==="),
        ("fromager", ALONE, "fromager takes build requirements from its index only"),
    ):
        written = export(front_end, rules, world)
        assert said(written) == []
        assert why in written.unsaid[0].why


def test_what_is_declared_holds_as_well() -> None:
    rules = '[package.x]\nreason = "of\\nours"\nreplace.numpy = "numpy<2"'
    world = World(["setuptools", "numpy>=1.17"])
    text = export("uv", rules, world).text
    assert "# x 1.0: of ours\n# x 1.0: what it declares holds as well: numpy>=1.17\n" in text
    assert "# Checked with these releases only: x 1.0.\n" in text
    assert "holds as well" not in export("fromager", rules, world).text


def test_declared_requirements_that_nobody_can_compare() -> None:
    rules = '[package.x]\nreplace.numpy = "numpy<2"'
    for line, why in (
        (
            "numpy @ https://n.example/numpy.zip",
            "uv cannot take numpy @ https://n.example/numpy.zip away",
        ),
        ("numpy (>=1.*)", "which versions numpy (>=1.*) allows is not known"),
    ):
        (unsaid,) = export("uv", rules, World([line])).unsaid
        assert unsaid.why == why


# Packages that are built together


def test_a_limit_that_another_package_does_not_have() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nreplace.numpy = "numpy>=2"'
    both = World(package=["x ==1.0", "y ==1.0"])
    written = export("pip", rules, both)
    assert said(written) == []
    assert [each.why for each in written.unsaid] == [
        "numpy<2 would hold for y 1.0, too",
        "numpy>=2 would hold for x 1.0, too",
    ]
    # uv has requirements of single packages.
    assert said(export("uv", rules, both)) == [
        "[tool.uv.extra-build-dependencies]",
        'x = ["numpy<2"]',
        'y = ["numpy>=2"]',
    ]


def test_a_limit_that_changes_nothing_for_another_package() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nreplace.numpy = "numpy==1.26.4"'
    written = export("pip", rules, World(package=["x ==1.0", "y ==1.0"]))
    assert [each.why for each in written.unsaid] == ["numpy==1.26.4 would hold for x 1.0, too"]
    assert said(written) == ["numpy<2"]


def test_a_package_of_which_too_little_is_known() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nconstrain = ["cython<3"]'
    world = World(["setuptools"], None, package=["x ==1.0", "y ==1.0"])
    assert "what y 1.0 needs of numpy is not known" in export("pip", rules, world).unsaid[0].why
    # Whatever it needs, its own rule limits it in the same way.
    alike = rules.replace("cython<3", "numpy<2")
    assert said(export("pip", alike, world)) == ["numpy<2"]
    assert export("pip", alike, world).unsaid == ()


def test_a_limit_for_every_package_and_one_that_contradicts_it() -> None:
    rules = '[package."*"]\nconstrain = ["cython<3"]\n[package.x]\nconstrain = ["cython{}"]'
    for own, why in ((">=3", ["it does not hold for x, by a rule of its own"]), ("<1", [])):
        written = export("uv", rules.replace("{}", own))
        assert [each.why for each in written.unsaid if each.package == "*"] == why


def test_a_package_with_the_rules_for_every_package_only() -> None:
    rules = '[package."*"]\nconstrain = ["numpy<2"]\n[package.y]\nconstrain = ["numpy>=2"]'
    written = export("uv", rules, ALONE)
    assert said(written) == ["[tool.uv]", 'build-constraint-dependencies = ["numpy<2"]']
    assert written.unsaid == ()
    assert "# Only for builds of: x 1.0.\n" in written.text


def test_a_setting_for_every_package_and_one_with_a_value_of_its_own() -> None:
    rules = '[package."*"]\nconfig-settings = { a = "1", b = "2" }\n'
    rules += '[package.x]\nconfig-settings.a = "3"'
    written = export("uv", rules, ALONE)
    assert said(written) == [
        "[tool.uv]",
        'config-settings = { b = "2" }',
        "[tool.uv.config-settings-package]",
        'x = { a = "3" }',
    ]
    (unsaid,) = written.unsaid
    assert (unsaid.package, unsaid.rule) == ("*", "config-settings.a")
    assert unsaid.why == "x has a value of its own, and uv would pass both"


def test_a_limit_on_what_another_package_limits_only() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nconstrain = ["numpy>=2"]'
    written = export("pip", rules, World(["wheel"], package=["x ==1.0", "y ==1.0"]))
    assert said(written) == []
    assert len(written.unsaid) == 2


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_what_is_for_every_package_is_listed_once(front_end: str) -> None:
    rules = (
        '[package."*"]\nas-of = 2024-01-01\nadd = ["a"]\n[package.x]\nreason = "ours"\nno-binary = true'
    )
    listed = [each.rule for each in export(front_end, rules).unsaid if each.rule != "no-binary"]
    assert sorted(listed) == ["add a", "as-of"]


def test_declared_requirements_that_exclude_the_newest() -> None:
    rules = '[package.x]\nreplace.numpy = "numpy>=1.17"'
    for line, why in (
        ("numpy<2", ["uv cannot take numpy<2 away, which excludes the newest of numpy>=1.17"]),
        (
            "numpy==1.25.0",
            ["uv cannot take numpy==1.25.0 away, which excludes the newest of numpy>=1.17"],
        ),
        ("numpy>=1.20", []),
        ("numpy!=1.20", []),
    ):
        world = World([line], package=["x ==1.0"])
        assert [each.why for each in export("uv", rules, world).unsaid] == why


def test_packages_that_are_built_to_fill_build_environments() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nadd = ["x"]'
    why = "x may be built to fill the build environment of y, where "
    for front_end in ("uv", "poetry"):
        assert export(front_end, rules, ALONE).unsaid == ()
        unsaid = {each.rule: each.why for each in export(front_end, rules, World(["numpy"])).unsaid}
        assert unsaid["constrain numpy<2"].startswith(why)
    rules = '[package.x]\nconstrain = ["numpy<2"]\nadd = ["cython"]'
    changes = (limited("numpy", "numpy<2"), Change("add", "cython", (), ("cython",), "", ""))
    built = [Built(record("x", declared=("numpy",), changes=changes), nested=True)]
    written = export("uv", rules, World(builds=built))
    assert said(written) == ["[tool.uv]", 'build-constraint-dependencies = ["numpy<2"]']
    why = "x is built to fill a build environment, where "
    assert [each.why for each in written.unsaid] == [f"{why}uv has no extra-build-dependencies"]
    written = export("poetry", rules, World(builds=built))
    assert [each.why for each in written.unsaid] == [f"{why}Poetry has no build constraints"] * 2


# What is built to fill build environments


def source(name: str, version: str = "2.0") -> Content:
    return Content(name, version, built=True)


# x needs outer, which is built and needs inner, which is built, too, and has a table.
DEEP: dict[str, Any] = {
    "others": {"outer==2.0": ["inner"], "inner==2.0": ["setuptools", "numpy"]},
    "contents": {
        "outer": [source("outer")],
        "inner": [source("inner")],
        "numpy": [Content("numpy", "2.1")],
    },
}
INNER = "[package.x]\nno-binary = true\n[package.inner]\n"


def deep(*declared: str, **more: Any) -> World:
    return World(declared or ("outer",), package=["x ==1.0"], **{**DEEP, **more})


def test_the_rules_of_what_is_built_for_a_build_at_any_depth() -> None:
    rules = f'{INNER}constrain = ["numpy<2"]\nenv.A = "1"'
    written = export("uv", rules, deep())
    assert said(written) == [
        "[tool.uv]",
        'build-constraint-dependencies = ["numpy<2"]',
        'no-binary-package = ["x"]',
        "[tool.uv.extra-build-variables]",
        'inner = { A = "1" }',
    ]
    assert written.unsaid == ()
    assert "# Only for builds of: x 1.0, inner 2.0.\n" in written.text
    assert said(export("pip", rules, deep())) == ["numpy<2"]
    (unsaid,) = (each for each in export("poetry", rules, deep()).unsaid if "numpy" in each.rule)
    why = "inner is built to fill a build environment, where Poetry has no build constraints"
    assert (unsaid.package, unsaid.why) == ("inner", why)
    # fromager builds everything, each package with its own settings.
    assert "inner" not in export("fromager", rules, deep()).text


def test_what_uv_cannot_add_to_what_is_built_for_a_build() -> None:
    written = export("uv", f'{INNER}add = ["cython"]', deep())
    assert said(written) == ["[tool.uv]", 'no-binary-package = ["x"]']
    why = "inner is built to fill a build environment, where uv has no extra-build-dependencies"
    assert [each.why for each in written.unsaid] == [why]


@pytest.mark.parametrize("front_end", ["pip", "uv"])
def test_a_limit_for_all_reaches_what_is_built_for_a_build(front_end: str) -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]'
    for own, why in (
        ("", "numpy<2 would hold for inner 2.0, too"),
        ('\n[package.inner]\nconstrain = ["numpy>=2"]', "numpy<2 would hold for inner 2.0, too"),
        ('\n[package.inner]\nconstrain = ["numpy<2"]', ""),
    ):
        written = export(front_end, rules + own, deep())
        whys = [each.why for each in written.unsaid if each.package == "x"]
        assert len(whys) == bool(why)
        assert all(each.endswith(why) for each in whys)
        assert ("numpy<2" in written.text) == (not why)
    # What has it in the same versions is built the same.
    contents = {**DEEP["contents"], "numpy": [Content("numpy", "1.26")]}
    written = export(front_end, rules, deep(contents=contents))
    assert written.unsaid == ()
    # So is what does not have it.
    assert export(front_end, '[package.x]\nconstrain = ["swig<4"]', deep()).unsaid == ()


@pytest.mark.parametrize("front_end", ["pip", "uv"])
def test_a_limit_for_all_reaches_what_another_package_has_by_what_it_requires(front_end: str) -> None:
    rules = '[package.x]\nconstrain = ["swig<2"]\n[package.y]\nno-binary = true'
    contents = {"numpy": [Content("numpy", "2.1"), Content("swig", "4.0")]}
    world = World(
        ["setuptools"], others={"y==1.0": ["numpy"]}, contents=contents, package=["x ==1.0", "y ==1.0"]
    )
    (unsaid,) = (each for each in export(front_end, rules, world).unsaid if each.package == "x")
    assert unsaid.why.endswith("swig<2 would hold for y 1.0, too")


def test_a_package_that_is_built_by_itself_and_for_another_one() -> None:
    rules = '[package.x]\nno-binary = true\n[package.inner]\nadd = ["cython"]'
    both = deep()._replace(package=["x ==1.0", "inner ==2.0"])
    why = "inner is built to fill a build environment, where uv has no extra-build-dependencies"
    assert [each.why for each in export("uv", rules, both).unsaid] == [why]
    others = {**DEEP["others"], "inner==3.0": ["setuptools"]}
    both = deep(others=others)._replace(package=["x ==1.0", "inner ==3.0"])
    written = export("uv", rules, both)
    assert [each.why for each in written.unsaid] == ["it is built in several versions, 2.0, 3.0"]
    assert said(written) == ["[tool.uv]", 'no-binary-package = ["x"]']


def test_build_environments_of_which_nothing_is_known() -> None:
    rules = '[package.x]\nconstrain = ["numpy<2"]\n[package.y]\nadd = ["a"]'
    world = World(["numpy", "unknown"], package=["x ==1.0"])
    unknown = "what is built to fill the build environment of x 1.0 is not known (there is no network)"
    for front_end in ("pip", "uv", "poetry"):
        whys = {each.package: each.why for each in export(front_end, rules, world).unsaid}
        assert whys["y"] == f"{unknown}, and it may be one of them"
        assert whys.get("x", "") in ("", f"{unknown}, and numpy<2 would hold for it, too")
        assert ("x" in whys) == (front_end == "pip")
    both = world._replace(package=["x ==1.0", "y ==1.0"])
    whys = {each.package: each.why for each in export("poetry", rules, both).unsaid}
    unknown = unknown.replace("x 1.0", "y 1.0")
    assert whys["x"] == f"{unknown}, and x may be one of them, where Poetry has no build constraints"


def test_a_build_for_a_build_whose_backend_does_not_run() -> None:
    others = {"x==1.0": ["outer"]}
    world = World(asked=None, others=others, contents=DEEP["contents"], package=["x ==1.0"])
    (unsaid,) = export("pip", '[package.x]\nconstrain = ["swig<2"]', world).unsaid
    assert unsaid.why == "what outer 2.0 needs of swig is not known"


@pytest.mark.parametrize(("front_end", "tool"), [("uv", "uv"), ("poetry", "Poetry")])
def test_rules_of_which_nobody_says_what_is_built(front_end: str, tool: str) -> None:
    written = export(front_end, '[package.x]\nconstrain = ["numpy<2"]')
    assert said(written)
    why = f"it is written, but {tool} does not apply it where x is built to fill a build environment"
    assert [each.why for each in written.unsaid] == [why]


def test_a_report_with_what_was_built_for_a_build() -> None:
    rules = f'{INNER}add = ["cython"]'
    change = Change("add", "cython", (), ("cython",), "", "")
    held = (Distribution("inner", "2.0", source=True), Distribution("numpy", "2.1"))
    outer = Built(record("x", held=held))
    inner = Built(record("inner", "2.0", changes=(change,)), nested=True)
    why = "inner is built to fill a build environment, where uv has no extra-build-dependencies"
    for package in ([], ["x ==1.0"]):
        written = export("uv", rules, World(builds=[outer, inner], package=package))
        assert [each.why for each in written.unsaid] == [why]
    # Its build is not in the report if its wheel was in pip's cache.
    written = export("uv", rules, World(builds=[outer], package=["x ==1.0"]))
    assert [each.why for each in written.unsaid] == ["no build of it is in the report"]
    written = export(
        "pip",
        '[package.x]\nconstrain = ["swig<4"]',
        World(builds=[Built(record("x", held=held, changes=(limited("swig", "swig<4"),)))]),
    )
    assert [each.why for each in written.unsaid] == [
        "what inner was built with is not known, and swig<4 would hold for it, too"
    ]


# Reports


def record(name: str, version: str = "1.0", **more: Any) -> Record:
    environment = more.pop("environment", {})
    held = more.pop("held", tuple(Distribution(*each) for each in sorted(environment.items())))
    return Record(name, version, held, **{"interpreter": "CPython 3.11.7", **more})


def limited(name: str, after: str) -> Change:
    return Change("constrain", name, (), (after,), "o.toml: package.x", "")


def test_the_builds_of_a_report() -> None:
    rules = '[package.x]\nreplace.numpy = { from = "target" }'
    change = Change(
        "replace", "numpy", ("numpy",), ("numpy==1.20.1 (target)",), "o.toml: package.x", ""
    )
    built = record("x", declared=("numpy",), changes=(change,), environment={"numpy": "1.20.1"})
    fits = record("y", declared=("numpy",), environment={"numpy": "1.20.1"})
    written = export("pip", rules, World(builds=[Built(built), Built(fits)]))
    assert said(written) == ["numpy==1.20.1"]
    assert "# Only for builds of: x 1.0.\n" in written.text
    other = record("y", environment={"numpy": "2.0"})
    written = export("pip", rules, World(builds=[Built(built), Built(other)]))
    assert [each.why for each in written.unsaid] == ["numpy==1.20.1 would hold for y 1.0, too"]


def test_what_a_report_lacks() -> None:
    rules = '[package.x]\nreplace.numpy = { from = "target" }'
    for builds, why in (
        ([Built(record("y"))], "no build of it is in the report"),
        ([Built(record("x")), Built(record("x", "1.1"))], "it was built in several versions, 1.0, 1.1"),
        (
            [Built(record("x", declared=("numpy",)))],
            "which version of numpy it resolves to is not known",
        ),
    ):
        (unsaid,) = export("pip", rules, World(builds=builds)).unsaid
        assert unsaid.why == why


# What pip answers


def test_the_release_that_is_asked_about() -> None:
    asked: list[str] = []

    def ask(requirement: str, hooks: bool) -> Explanation:
        asked.append(f"{requirement} {hooks}")
        return World().ask(requirement, hooks)

    rules = '[package.x]\nreplace.numpy = "numpy<2"'
    export("pip", rules, ask=ask)
    export("poetry", rules, World(installed=[("x", "0.9")]), ask=ask)
    export("uv", rules, World(package=["x ==1.0"]), ask=ask)
    assert asked == ["x False", "x==0.9 False", "x==1.0 True"]
    asked.clear()
    export("poetry", '[package.x]\nconstrain = ["numpy<2"]', ask=ask)
    assert asked == []
    export("poetry", '[package.x]\nreplace.swig = "swig<2"', ask=ask)
    assert asked == ["x False", "x True"]


def test_a_pip_without_an_answer() -> None:
    def refuses(requirement: str, hooks: bool) -> Explanation:
        raise OverrideError("there is no network", kind="usage")

    def knows_none(requirement: str, hooks: bool) -> Explanation:
        return Explanation((Unexplained(requirement, "pip finds no release of it at all"),))

    for ask, problem in ((refuses, "there is no network"), (knows_none, "pip finds no release")):
        rules = '[package.x]\nreplace.numpy = { from = "target" }'
        (unsaid,) = export("uv", rules, ask=ask).unsaid
        assert problem in unsaid.why
        rules = '[package."x<2"]\nconstrain = ["numpy<2"]'
        (unsaid,) = export("uv", rules, World(package=["x"]), ask=ask).unsaid
        assert unsaid.why.startswith("its version is not known: ")


def test_what_a_backend_asks_for_must_be_declared_as_well() -> None:
    assert Facts("x", declared=("numpy >= 1", "wheel"), asked=("wheel",)).is_stable
    assert not Facts("x", declared=("setuptools>=40.8.0", "wheel"), asked=("wheel",)).is_stable
    assert not Facts("x", declared=("wheel",), asked=("wheel>1",)).is_stable
    assert not Facts("x", asked=()).is_stable


def test_fromager_has_a_document_for_each_package() -> None:
    rules = '[package.x]\nadd = ["a"]\n[package."y.z"]\nadd = ["b"]\n[package.w]\nno-binary = true'
    text = export("fromager", rules).text
    assert text.count("---\n") == 2
    assert "# overrides/settings/x.yaml\n" in text
    assert "# overrides/settings/y-z.yaml\n" in text
