"""TOML text is cut into statements, with their lines and with what is wrong with them."""

from __future__ import annotations

import pytest

from pip_build_override.rules.reading.statements import Statement, statements


def test_statements_have_their_lines() -> None:
    text = "\n# a\n[b]\n\nc = [\n 'd', # ]\n\n]\n  e = 1\n\n\nf = '''\n\n'''\n[g]"
    assert statements(text) == [
        Statement(2, "# a"),
        Statement(3, "[b]"),
        Statement(5, "c = [\n 'd', # ]\n\n]"),
        Statement(9, "  e = 1"),
        Statement(12, "f = '''\n\n'''"),
        Statement(15, "[g]"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a = [1, { b = [\n1,\n] }, 2]",
        'a = { b = \'}\', c = "{\\"" } # {',
        "a = '[' # [",
        'a = "[\\\\" # "',
        "a = '\\'",
        'a = """\n"\n""\n\\"""\n[{\n"""',
        "a = '''\n''\n\\'''",
        "a = ''",
        'a = ""',
        "a = [',}']",
        "a = [[1,],]",
        "a = { b = 1 , c = [1,] }",
        "a = ']'",
        "[a.'[']",
        '# { [ "',
        "a = 1 # it's",
        "a = '\\e'",
        'a = "\\\\e"',
    ],
)
def test_nothing_is_wrong_with_toml(text: str) -> None:
    (first, second) = statements(f"{text}\nz = 1")
    assert (first.text, first.problem) == (text, "")
    assert second == Statement(text.count("\n") + 2, "z = 1")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = { b = 1,\n c = 2 }", "inline"),
        ("a = [{\nb = 1 }]", "inline"),
        ("a = { b = 1,}", "comma"),
        ("a = { b = 1 , }", "comma"),
        ("a = { b = 1,\n}", "comma"),
        ('a = "\\e"', "escape"),
        ('a = ["\\x41"]', "escape"),
        ('a = """\n\\e"""', "escape"),
        ("a = 'b", "text"),
        ('a = "b\\"', "text"),
        ("[a.'b]", "text"),
    ],
)
def test_the_first_problem_is_kept(text: str, problem: str) -> None:
    found = statements(f"{text}\nz = 1")
    assert [part.problem for part in found] == [problem, ""]
    assert found[0].text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [("a = [\n'b'\nc = 1", "list"), ("a = '''\nb\nc = 1", "text"), ("a = {", "list")],
)
def test_what_is_not_closed_takes_in_the_rest(text: str, problem: str) -> None:
    assert statements(text) == [Statement(1, text, problem)]


def test_a_header_that_is_not_closed_ends_with_its_line() -> None:
    assert statements(" [a\nb = 1\n[c") == [
        Statement(1, " [a"),
        Statement(2, "b = 1"),
        Statement(3, "[c"),
    ]
