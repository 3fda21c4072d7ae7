"""URLs that are shown or written down: what is secret in them, and that it stays so."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_build_override import records
from pip_build_override.diagnosis import Failure, diagnose
from pip_build_override.diagnosis.wording import Problem, sentences
from pip_build_override.errors import OverrideError
from pip_build_override.records import Change, Distribution, Record
from pip_build_override.rules import parse_overrides
from pip_build_override.urls import bare_url, without_secrets, without_secrets_in

# text, and what is left of it
CLEANED = [
    ("numpy==1", "numpy==1"),
    ("x @ https://user:secret@host/x.whl", "x @ https://host/x.whl"),
    ("https://user:p@ss@host/", "https://host/"),
    ("https://token@host/a@b https://u:p@h", "https://host/a@b https://h"),
    ("x @ git+https://u:p@host/x@v1", "x @ git+https://host/x@v1"),
    ("x @ http://h/x.whl?token=S", "x @ http://h/x.whl"),
    ("x @ http://h/x.whl?token=S ; python_version < '4'", "x @ http://h/x.whl ; python_version < '4'"),
    ("https://host/x@y", "https://host/x@y"),
    ("https://host:8080/x", "https://host:8080/x"),
    ("https://u:p@[::1]:80/x", "https://[::1]:80/x"),
    ("git+ssh://git@host/x.git@v1", "git+ssh://git@host/x.git@v1"),
    ("git+ssh://git:secret@host/x.git", "git+ssh://git@host/x.git"),
    ("ssh://git:secret@host/x.git", "ssh://git@host/x.git"),
    ("git@host:owner/x.git", "git@host:owner/x.git"),
    ("git+https://h/x.git#egg=x&subdirectory=a/b", "git+https://h/x.git#egg=x&subdirectory=a/b"),
    ("https://h/x.whl#sha256=ab", "https://h/x.whl#sha256=ab"),
    ("https://h/x.whl?t=S#sha256=ab&token=S", "https://h/x.whl#sha256=ab"),
    ("https://h/x.whl#token=S", "https://h/x.whl"),
    ("file:///C:/a@b/c.whl#sha256=ab", "file:///C:/a@b/c.whl#sha256=ab"),
    # In messages.
    ("'x @ https://u:p@h/x?t=S' is wrong", "'x @ https://h/x' is wrong"),
    ('["https://h/?t=S","https://u:p@g/?t=S"]', '["https://h/","https://g/"]'),
    ("(from https://h/x?t=S), so", "(from https://h/x), so"),
    ("write NAME @ https://…", "write NAME @ https://…"),
    ("--index-url=https://u:p@h/simple", "--index-url=https://h/simple"),
    # URLs in URLs.
    ("https://h/p/https://u:p@g/x", "https://h/p/https://g/x"),
    ("https://h/?next=https://u:p@g/x", "https://h/"),
    ("https://a@h1,https://b@h2", "https://h1,https://h2"),
    # Slips, which messages quote: the colon of a password, where a port would be a number.
    ("https:/user:secret@host/x", "https:/host/x"),
    ("https:///user:secret@host/x", "https:///host/x"),
    ("https:user:secret@host/x", "https:host/x"),
    ("https://user:sec/ret@host/x", "https://host/x"),
    ("https://user:sec#ret@host/x", "https://host/x"),
    ("https://user:secret", "https://user"),
]


@pytest.mark.parametrize(("text", "clean"), CLEANED)
def test_what_is_left_out(text: str, clean: str) -> None:
    assert without_secrets(text) == clean
    assert without_secrets(clean) == clean


def test_the_place_of_a_file() -> None:
    assert bare_url("https://u:p@h/x.whl?t=S#sha256=ab") == "https://h/x.whl"
    assert bare_url("https://u:p@h/x),y.whl?t=S),") == "https://h/x),y.whl"
    assert bare_url("https://h/p/https://u:p@g/x.whl?t=S") == "https://h/p/https://g/x.whl"
    assert bare_url("../x.whl") == "../x.whl"


SECRET = "hush"
_RAW = string.ascii_letters + string.digits + "-._~!$&'()*+,;=:@%[]{}|\\^`\"<>äſ"
_NAMES = string.ascii_letters + string.digits + "-._"
users = st.text(_NAMES, min_size=1)
passwords = st.builds("{}hush{}".format, st.text(_RAW), st.text(_RAW))
queries = st.builds("{}hush{}".format, st.text(_RAW + "/?"), st.text(_RAW + "/?"))
hosts = st.sampled_from(["h", "host.example", "host:8080", "[::1]", "[::1]:80"])
paths = st.sampled_from(["", "/", "/x.whl", "/a@b/x.git@v1.0"])
fragments = st.sampled_from(["", "#egg=x", "#subdirectory=a/b", "#sha256=ab&egg=x", "#hush", "#t=hush"])
schemes = st.sampled_from(["http", "https", "HTTPS", "ftp", "git+https", "git+ssh", "ssh", "svn+svn"])
around = st.sampled_from(
    ["{}", "x @ {}", "x @ {} ; os_name == 'nt'", "'{}' is wrong", '["x @ {}", "y"]', "a({}), b", "{}\n"]
)


@st.composite
def secret_urls(draw: st.DrawFn) -> str:
    """Return a URL with a secret in its password, in its query, or in both."""
    user = f"{draw(users)}:{draw(passwords)}@" if draw(st.booleans()) else ""
    query = f"?{draw(queries)}" if draw(st.booleans()) or not user else ""
    return f"{draw(schemes)}://{user}{draw(hosts)}{draw(paths)}{query}{draw(fragments)}"


@given(around, st.lists(secret_urls(), min_size=1, max_size=3))
def test_no_secret_survives(sentence: str, urls: list[str]) -> None:
    text = sentence.format(" ".join(urls))
    clean = without_secrets(text)
    assert SECRET not in clean
    assert without_secrets(clean) == clean
    assert all(SECRET not in bare_url(url) for url in urls)


@given(schemes, hosts, paths, st.sampled_from(["", "#egg=x", "#subdirectory=a/b", "#sha256=ab&egg=x"]))
def test_nothing_else_is_left_out(scheme: str, host: str, path: str, fragment: str) -> None:
    url = f"{scheme}://{host}{path}{fragment}"
    assert without_secrets(url) == url


@given(st.text())
def test_any_text_can_be_cleaned(text: str) -> None:
    without_secrets(text)
    bare_url(text)


def test_all_that_json_holds() -> None:
    url = "https://u:hush@h/x?hush"
    assert without_secrets_in({"a": [url, 1, None, {"b": url}], "c": (url,)}) == {
        "a": ["https://h/x", 1, None, {"b": "https://h/x"}],
        "c": ["https://h/x"],
    }


# Where they are shown and written down

URL = "https://user:hush@host/x-1.0.tar.gz?token=hush"


def test_no_error_shows_them() -> None:
    error = OverrideError(f"{URL} is wrong", kind="usage", where=f"o.toml: {URL}", hint=f"write {URL}")
    assert SECRET not in str(error)
    assert SECRET not in str(vars(error))
    assert SECRET not in repr(error)
    # As it comes from a nested pip.
    assert str(OverrideError(**vars(error))) == str(error)


@pytest.mark.parametrize(
    "line",
    [
        f'add = ["x @ {URL};os_name"]',
        f'add = ["{URL}"]',
        f'add = ["x @ https:/{URL[8:]}"]',
        f'add = ["x @ {URL} rest"]',
        f'add = [{{ requirement = "x @ {URL}", hashes = [] }}]',
        f'constrain = ["x @ {URL}"]',
        f'remove = ["x @ {URL}"]',
        f'replace.x = {{ from = "target", else = "y @ {URL}" }}',
        f'replace.x = {{ path = "{URL}" }}',
        f"add = [x @ {URL}]",
        f"x @ {URL}",
        f"replace.x = x @ {URL}",
        f'add = ["x @ {URL}"]\nadd = ["y @ {URL}"]',
        f'add = ["x @ {URL}" "y @ {URL}"]',
        f'add = ["x @ {URL}]',
        f"add = [\u201cx @ {URL}\u201d]",
        f'replace.x = {{ requirement = "x @ {URL}", }}',
        f'"x @ {URL}" = 1',
    ],
)
def test_no_mistake_in_the_file_shows_them(line: str) -> None:
    with pytest.raises(OverrideError) as caught:
        parse_overrides(f"[package.p]\n{line}\n".encode(), path="/o.toml")
    assert SECRET not in str(caught.value)


def test_no_record_holds_them() -> None:
    line = f"x @ {URL}"
    change = Change("replace", "x", (line,), (line,), "o.toml: package.p", f"x -> {line}")
    held = Distribution("x", "1.0", URL, direct=True, requires=(line,))
    lists = ((line,),) * 5
    record = Record("p", "1", (held,), *lists, (change,))
    plain = json.dumps(record.to_json())
    document = records.to_cyclonedx(record).decode()
    frozen = records.freeze([record]).text
    for text in (plain, document, frozen):
        assert SECRET not in text
        assert "https://host/x-1.0.tar.gz" in text


def test_no_diagnosis_shows_them() -> None:
    failure = Failure("p", error=f"ERROR: could not fetch {URL}", not_found="", step="build")
    assert SECRET not in "".join(sentences(diagnose(failure)))
    assert "https://host/x-1.0.tar.gz" in "".join(sentences(diagnose(failure)))
    assert SECRET not in "".join(Problem(f"rules out {URL}", f"take {URL} out", "unused-rule").lines())
