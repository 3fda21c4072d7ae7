"""The tables that a valid overrides file contains."""

from __future__ import annotations

from pathlib import Path

import pytest

from pip_build_override.rules import (
    Alternative,
    Constraint,
    Overrides,
    Package,
    Removal,
    Table,
    package,
    parse_overrides,
)

from .schemas import accepts, content_of

WHEEL = "numpy-1.20.1+site1-cp38-cp38-linux_x86_64.whl"


def parse(text: str, folder: Path = Path("/x")) -> Overrides:
    assert accepts(content_of(text, "build-overrides.toml"))
    return parse_overrides(text.encode(), path=str(folder / "build-overrides.toml"))


def one(text: str) -> Table:
    (table,) = parse(text).tables
    return table


def test_the_keys_of_a_table() -> None:
    table = one(
        """
        [package.H5py]
        replace.NumPy = "numpy==1.17.5"
        replace."zope.interface" = ["zope.interface<6; python_version < '3.9'", "Zope-Interface"]
        remove = ["PkgConfig", "wheel ; os_name=='nt'"]
        add = ["swig", "cython<3"]
        constrain = ["setuptools <82", "wheel"]
        """
    )
    assert table == Table(
        "package.H5py",
        "h5py",
        replace=(
            ("numpy", (Alternative("numpy", "numpy==1.17.5"),)),
            (
                "zope-interface",
                (
                    Alternative("zope-interface", "zope-interface<6", 'python_version < "3.9"'),
                    Alternative("zope-interface", "zope-interface"),
                ),
            ),
        ),
        remove=(Removal("pkgconfig"), Removal("wheel", 'os_name == "nt"')),
        add=(Alternative("swig", "swig"), Alternative("cython", "cython<3")),
        constrain=(Constraint("setuptools", "<82"), Constraint("wheel", "")),
    )


@pytest.mark.parametrize(
    ("key", "name", "specifier"),
    [
        ("*", "*", ""),
        ("zope.interface", "zope-interface", ""),
        ("H5py >= 3, <3.5", "h5py", ">=3,<3.5"),
        ("h5py==3.*", "h5py", "==3.*"),
    ],
)
def test_the_header_of_a_table(key: str, name: str, specifier: str) -> None:
    table = one(f'[package."{key}"]')
    assert (table.name, table.specifier) == (name, specifier)


def test_a_quoted_header_is_shown_as_toml_has_it() -> None:
    tables = parse(
        "[package.'*']\n[package.'h5py>=3']\n[package.'zope.interface']\n[package.'six']"
    ).tables
    assert [table.where for table in tables] == [
        'package."*"',
        'package."h5py>=3"',
        'package."zope.interface"',
        "package.six",
    ]


@pytest.mark.parametrize(
    ("rules", "builds"),
    [
        ("", False),
        ("no-binary = true", False),
        ("remove = []", False),
        ("requires = []", True),
        ("replace.a = 'b'", True),
        ("remove = ['a']", True),
        ("add = ['a']", True),
        ("constrain = ['a']", True),
    ],
)
def test_whether_a_table_says_anything_about_a_build(rules: str, builds: bool) -> None:
    assert one(f"[package.a]\n{rules}").builds is builds


def test_the_whole_list() -> None:
    table = one("[package.a]\nrequires = ['setuptools<60', 'wheel', 'cython<3; os_name == \"nt\"']")
    assert table.requires == (
        Alternative("setuptools", "setuptools<60"),
        Alternative("wheel", "wheel"),
        Alternative("cython", "cython<3", 'os_name == "nt"'),
    )
    assert one("[package.a]\nrequires = []").requires == ()
    assert one("[package.a]").requires is None


def test_a_path_counts_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "my wheels").mkdir()
    (tmp_path / "my wheels" / WHEEL).touch()
    (tmp_path / "Odd_Name-1.0.ZIP").touch()
    (tmp_path / "etc").mkdir()
    overrides = parse(
        f"""
        [package.a]
        replace.NumPy = {{ path = "my wheels/{WHEEL}", marker = "os_name!='nt'" }}
        replace.b = {{ path = "etc/../Odd_Name-1.0.ZIP", name = "odd.name" }}
        add = [{{ path = '{tmp_path / "my wheels"}', name = "C" }}]
        """,
        tmp_path / "etc" / "..",
    )
    (numpy,), (other,) = (entries for _, entries in overrides.tables[0].replace)
    wheel = tmp_path / "my wheels" / WHEEL
    url = wheel.as_uri()
    assert "my%20wheels" in url
    assert numpy == Alternative("numpy", f"numpy @ {url}", 'os_name != "nt"', path=str(wheel))
    archive = tmp_path / "Odd_Name-1.0.ZIP"
    assert other == Alternative("odd-name", f"odd-name @ {archive.as_uri()}", path=str(archive))
    assert overrides.tables[0].add[0].path == str(tmp_path / "my wheels")
    assert overrides.tables[0].add[0].name == "c"


def test_the_name_in_a_wheels_file_name_compares_in_normalised_form(tmp_path: Path) -> None:
    wheel = "Zope_Interface-5.0-1-py3-none-any.whl"
    (tmp_path / wheel).touch()
    (table,) = parse(f"[package.a]\nreplace.'zope.interface' = {{ path = '{wheel}' }}", tmp_path).tables
    assert table.replace[0][1][0].name == "zope-interface"


def test_named_tables_and_no_binary() -> None:
    overrides = parse(
        """
        [package."*"]
        add = ["a"]
        [package.PyYAML]
        no-binary = true
        [package."pyyaml>5"]
        no-binary = false
        [package.six]
        """
    )
    assert [table.where for table in overrides.named_tables("PyYaml")] == [
        "package.PyYAML",
        'package."pyyaml>5"',
    ]
    assert overrides.named_tables("none") == ()
    assert overrides.has_named_tables
    assert overrides.no_binary_names == {"pyyaml"}
    everywhere = parse("[package.'*']\nadd = ['a']")
    assert not everywhere.has_named_tables
    assert everywhere.no_binary_names == frozenset()


@pytest.mark.parametrize("unused", ["error", "warn"])
def test_settings(unused: str) -> None:
    assert parse(f"[settings]\nunused = '{unused}'").unused == unused


def test_a_number_may_be_a_name_where_nothing_is_replaced() -> None:
    assert one("[package.x]\nadd = ['1337']").add == (Alternative("1337", "1337"),)


def test_what_is_read_is_frozen() -> None:
    overrides = parse("[package.x]\nadd = ['a']\nremove = ['b']\nconstrain = ['c<2']")
    (table,) = overrides.tables
    for thing in (overrides, table, table.add[0], table.remove[0], table.constrain[0], package("x")):
        field = next(iter(vars(thing)))
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(thing, field, "")
        hash(thing)


def test_a_package_has_a_normalised_name() -> None:
    assert package("Zope.Interface", "5") == Package("zope-interface", "5")
    assert package("six").version is None


@pytest.mark.parametrize(
    "rules",
    [
        "add = ['a==1', 'a>=1', 'a!=2']",
        "add = ['a==1', 'a==1.0']",
        "add = ['a==1', 'a==1+local']",
        "add = ['a==1+local', 'a==1']",
        "add = ['a==1.2', 'a==1.*']",
        "add = ['a<1', 'a>2']",  # only the resolver can tell in general
        "add = ['a==1; os_name == \"nt\"', 'a==2; os_name != \"nt\"']",
        "replace.a = 'a==1; os_name == \"nt\"'\nremove = ['a; os_name != \"nt\"']",
        "replace.a = 'c==1'\nreplace.b = 'c==2'",
        "replace.a = ['b', 'c']\nadd = ['d']\nremove = ['e', 'E']\nconstrain = ['a<2', 'e<2']",
        "add = ['a @ https://b/c']\nconstrain = ['a==1']",
        "requires = ['a', 'a<2']\nconstrain = ['a>1']",
    ],
)
def test_what_only_looks_like_a_contradiction(rules: str) -> None:
    assert one(f"[package.x]\n{rules}").builds


def test_a_marker_twice_the_same_meets_itself() -> None:
    # The counterpart of the cases above: the same file with one marker is refused.
    rules = "add = ['a==1; os_name == \"nt\"', 'a==2; os_name==\"nt\"']"
    with pytest.raises(Exception, match="no version satisfies both"):
        one(f"[package.x]\n{rules}")
