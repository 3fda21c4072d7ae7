"""Requirements and markers are read strictly, and alike whichever packaging is at hand."""

from __future__ import annotations

import pytest

from pip_build_override.rules import OverrideError, parse_overrides
from pip_build_override.rules.reading.marker import MarkerError, read_marker
from pip_build_override.rules.reading.requirement import Requirement, RequirementError, read_requirement
from pip_build_override.rules.standards import marker_holds


@pytest.mark.parametrize(
    ("text", "requirement", "spelling"),
    [
        ("numpy", Requirement("numpy"), "numpy"),
        (" NumPy ", Requirement("numpy"), "numpy"),
        ("a", Requirement("a"), "a"),
        ("3to2", Requirement("3to2"), "3to2"),
        ("Zope._.Interface<6", Requirement("zope-interface", specifier="<6"), "zope-interface<6"),
        ("numpy >= 1.20, <2", Requirement("numpy", specifier=">=1.20,<2"), "numpy>=1.20,<2"),
        ("numpy (>=1.20)", Requirement("numpy", specifier=">=1.20"), "numpy>=1.20"),
        ("a (>=1) ; os_name=='nt'", Requirement("a", (), ">=1", "", 'os_name == "nt"'), None),
        ("a~=1.0", Requirement("a", specifier="~=1.0"), "a~=1.0"),
        ("a ~= v1!2.0", Requirement("a", specifier="~=v1!2.0"), "a~=v1!2.0"),
        ("1337", Requirement("1337"), "1337"),
        ("a @ FILE:///b/c", Requirement("a", url="FILE:///b/c"), "a @ FILE:///b/c"),
        ("numpy ( )", Requirement("numpy"), "numpy"),
        ("a[]==1", Requirement("a", specifier="==1"), "a==1"),
        ("a [ Y_1 , x ]==1", Requirement("a", ("Y_1", "x"), "==1"), "a[Y_1,x]==1"),
        ("a @ https://b/c", Requirement("a", url="https://b/c"), "a @ https://b/c"),
        ("a[x]@https://b/c", Requirement("a", ("x",), url="https://b/c"), "a[x] @ https://b/c"),
        ("a @ file:///b/c", Requirement("a", url="file:///b/c"), "a @ file:///b/c"),
        ("a @ git+ssh://g@h/i", Requirement("a", url="git+ssh://g@h/i"), "a @ git+ssh://g@h/i"),
        ("a;os_name=='nt'", Requirement("a", marker='os_name == "nt"'), "a"),
        (
            "a @ https://b/c ; os_name=='nt'",
            Requirement("a", (), "", "https://b/c", 'os_name == "nt"'),
            None,
        ),
    ],
)
def test_reads_a_requirement(text: str, requirement: Requirement, spelling: str | None) -> None:
    assert read_requirement(text) == requirement
    assert requirement.text == spelling or spelling is None


@pytest.mark.parametrize(
    "version",
    [
        "1",
        "v1.0",
        "1!2.0",
        "1.0a1",
        "1.0.ALPHA-1",
        "1.0rc",
        "1.0-1",
        "1.0.post2",
        "1.0.rev",
        "1.0.dev3",
        "1.0+a.1_b",
    ],
)
def test_takes_every_form_of_a_version(version: str) -> None:
    for operator in ("==", "!=", "==="):
        assert read_requirement(f"a{operator}{version}").specifier == operator + version


@pytest.mark.parametrize(
    "specifier",
    [
        *("==1.0.dog", "==1.a.1x", "===1.x", "==1..0", "==.1", "==1.", "==1.*.*", "==1.0a1.*"),
        *("!=1.0+x.*", "==1.0dev.*", ">=1.*", "<1.*", "~=1.*", "===1.*", ">=1+x", "~=1.0+x", "~=1"),
        *("~=1!2", "<", "=1", "==1,", ",==1", "==1,,<2", "==1 2", "==1<2", "==1!!2", "==!1", "(==1"),
        *("==1)", "((==1))", "(==11", ">==1)", "=== 1 x", "?1"),
    ],
)
def test_refuses_legacy_and_broken_specifiers(specifier: str) -> None:
    with pytest.raises(RequirementError):
        read_requirement(f"a{specifier}")


@pytest.mark.parametrize(
    "text", ["", "-a", "a-", "_a", "ä", "a[x", "a[x,]", "a[x y]", "a[.]", "a b", "a;", "a\nb", "a\x00"]
)
def test_refuses_what_has_no_proper_name_extras_or_marker(text: str) -> None:
    with pytest.raises(RequirementError):
        read_requirement(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("python_version<'3.8'", 'python_version < "3.8"'),
        ("'3.8'>python_version", '"3.8" > python_version'),
        ("os_name  not   in  'nt'", 'os_name not in "nt"'),
        ("os_name in 'nt posix'", 'os_name in "nt posix"'),
        ("python_version in '3.*'", 'python_version in "3.*"'),
        ('python_full_version=="3.8.*"', 'python_full_version == "3.8.*"'),
        ("python_version >= '3'", 'python_version >= "3"'),
        ("python_version == '3.11'", 'python_version == "3.11"'),
        ("os_name == '\"'", "os_name == '\"'"),
        ("python_version ~= '3.8'", 'python_version ~= "3.8"'),
        ("implementation_version>='7.3.1rc1'", 'implementation_version >= "7.3.1rc1"'),
        ("platform_version == 'say \"x\"'", "platform_version == 'say \"x\"'"),
        ("os_name==''", 'os_name == ""'),
        (
            "((os_name=='a')or os_name=='b'and(os_name!='c'))",
            '((os_name == "a") or os_name == "b" and (os_name != "c"))',
        ),
    ],
)
def test_spells_a_marker_canonically(text: str, canonical: str) -> None:
    assert read_marker(text) == canonical
    assert read_marker(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "os_name == 'a\\b'",
        "os_name == 'a' extra",
        "not os_name == 'a'",
        "os_name",
        "()",
        "os_name in python_version",
        "'3.*' > python_version",
        "'3.*' == python_version",
    ],
)
def test_refuses_a_marker_that_not_all_packagings_take(text: str) -> None:
    with pytest.raises(MarkerError):
        read_marker(text)


def test_parentheses_may_nest_as_deeply_as_people_write_them() -> None:
    inner = "os_name == 'nt'"
    assert read_marker("(" * 20 + inner + ")" * 20).count("(") == 20
    with pytest.raises(MarkerError, match="nest too deeply"):
        read_marker("(" * 21 + inner + ")" * 21)


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ('os_name == "posix"', True),
        ('os_name == "nt"', False),
        ('python_version < "3.10"', False),
        ('python_version >= "3.9"', True),
        ('"3.9" <= python_version', True),
        ('python_full_version == "3.11.*"', True),
        ('python_version ~= "3.8"', True),
        ('python_version in "3.10 3.11"', True),
        ('os_name == "nt" or os_name == "posix" and sys_platform == "linux"', True),
        ('(os_name == "nt" or os_name == "posix") and sys_platform == "win32"', False),
        ('sys_platform not in "win32 darwin"', True),
        ('extra == "x"', False),
    ],
)
def test_evaluates_a_marker(environment: dict[str, str], marker: str, holds: bool) -> None:
    assert marker_holds(marker, environment) is holds


def test_says_under_which_key_the_text_stands() -> None:
    for text, path, start in (
        ("[package.a]\nadd = ['b=1']", "/x/a.toml", 'add: "b=1" is not a requirement: '),
        (
            "[package.a]\nreplace.'c.d' = 'b=1'",
            "/x/a.toml",
            'replace."c.d": "b=1" is not a requirement: ',
        ),
        ("b=1", "/x/a.txt", '"b=1" is not a requirement: '),
    ):
        with pytest.raises(OverrideError) as caught:
            parse_overrides(text.encode(), path=path)
        assert caught.value.message.startswith(start)
