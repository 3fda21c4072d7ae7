"""The record of a build: as CycloneDX, in a wheel, and in a report."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pip_build_override import records
from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.records import Change, Distribution, Generated, Record, Regenerated
from pip_build_override.rules import parse_overrides
from pip_build_override.rules.standards import contains

from ..support.stampbackend import write_wheel

NUMPY = Distribution(
    "numpy",
    "1.24.4",
    "https://files.example/numpy-1.24.4-py3-none-any.whl",
    "ab" * 32,
    False,
    True,
    ("a>1", "b"),
)
RECORD = Record(
    "pyworld",
    "0.3.2",
    (NUMPY, Distribution("sauce", "1.0", source=True, linkable=True), Distribution("pyworld", "0.3.2")),
    ("numpy",),
    ("wheel",),
    ("numpy==1.24.4",),
    (),
    ("setuptools<60",),
    (Change("replace", "numpy", ("numpy",), ("numpy==1.24.4",), "o.toml: package.pyworld", "a -> b"),),
    "o.toml",
    "CPython 3.8.18",
    "linux-x86_64",
    "25.0.1",
    "0.1",
    generated=(Generated("src/core.c", "3.0.11", "cython<3", "o.toml: package.pyworld"),),
    regenerated=(Regenerated("src/more.c", "0.27.3", "0.29.37"),),
)


@pytest.mark.parametrize("record", [RECORD, Record("bare", "1")])
@pytest.mark.parametrize("epoch", ["", "1700000000", "yesterday", "9" * 20])
def test_the_document_is_cyclonedx_and_can_be_read_back(record: Record, epoch: str) -> None:
    document = records.to_cyclonedx(record, epoch)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode()) is None
    assert records.from_cyclonedx(document) == record
    assert records.to_cyclonedx(record, epoch) == document
    components = json.loads(document)["components"]
    references = [each["bom-ref"] for each in components]
    references.append(json.loads(document)["metadata"]["component"]["bom-ref"])
    assert len(set(references)) == len(references)
    assert ("timestamp" in json.loads(document)["metadata"]) == (epoch == "1700000000")


def test_the_serial_number_is_that_of_the_content() -> None:
    documents = [records.to_cyclonedx(record) for record in (RECORD, Record("bare", "1"))]
    first, second = (json.loads(document)["serialNumber"] for document in documents)
    assert first != second


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metadata": {}}', '{"bomFormat": "CycloneDX"}'])
def test_what_is_no_document_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="not a document of pip-build-override"):
        records.from_cyclonedx(text.encode())


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("x @ https://user:secret@host/x.whl", "x @ https://host/x.whl"),
        ("https://token@host/a@b https://u:p@h", "https://host/a@b https://h"),
        ("x @ git+https://u:p@host/x@v1", "x @ git+https://host/x@v1"),
        ("https://host/x@y", "https://host/x@y"),
        ("numpy==1", "numpy==1"),
    ],
)
def test_no_secret_is_written_down(text: str, clean: str) -> None:
    assert records.without_secrets(text) == clean


# name, built, present, fits
FITTING = [
    ("numpy", "1.24.4", "1.24.4", True),
    ("numpy", "1.24.4", "1.20.1", False),
    ("numpy", "1.24.4", "1.24.0", True),
    ("numpy", "1.20.1", "1.24.4", True),
    ("numpy", "1.20.1", "2.0.0", False),
    ("numpy", "1.26.4", "2.4.6", False),
    ("numpy", "1.26.4", "1.19.0", True),
    ("numpy", "1.25.0", "1.18.5", False),
    ("numpy", "2.0.2", "1.19.5", True),
    ("numpy", "2.0.2", "2.4.6", True),
    ("numpy", "2.2.6", "1.21.6", True),
    ("numpy", "2.2.6", "1.20.3", False),
    ("numpy", "2.3.5", "1.23.0", True),
    ("numpy", "2.4.6", "1.23.0", True),
    ("numpy", "2.4.6", "1.22.4", False),
    ("numpy", "2.5.0", "1.25.0", True),
    ("numpy", "2.5.5", "1.24.4", False),
    ("NumPy", "1.26.4", "2.0.0", False),
    ("torch", "2.1.0", "2.1.2", True),
    ("torch", "2.1.2+cu121", "2.1.0+cpu", True),
    ("torch", "2.1.0", "2.2.0", False),
    ("torch", "2.2.0", "2.1.0", False),
    ("cffi", "1.15", "1.16", True),
    ("cffi", "1.16", "1.15.1", False),
    ("cffi", "1.15+site", "1.15", True),
    ("cffi", "local-build", "1.15", False),
]


@pytest.mark.parametrize(("name", "built", "present", "fits"), FITTING)
def test_what_fits_what(name: str, built: str, present: str, fits: bool) -> None:
    verdict = records.fits(name, built, present)
    assert verdict.fits is fits
    assert verdict.reason


COMPATIBLE = [
    ("numpy", "1.20.1", ">=1.20,<2"),
    ("numpy", "1.24.4", ">=1.24,<2"),
    ("numpy", "1.25.0", ">=1.19,<2"),
    ("numpy", "2.0.0rc1", ">=1.19"),
    ("numpy", "2.2.6", ">=1.21"),
    ("numpy", "2.3.5", ">=1.23"),
    ("numpy", "2.4.6", ">=1.23"),
    ("numpy", "2.5.5", ">=1.25"),
    # Before the first release of a minor version, only that pre-release and what follows.
    ("numpy", "1.22.0rc1", ">=1.22.0rc1,<2"),
    ("numpy", "1.22.1rc1", ">=1.22,<2"),
    ("numpy", "1.20.1+site1", ">=1.20,<2"),
    ("Torch", "2.1.2+cu121", "==2.1.*"),
    ("torch", "2.4.0.dev20240501", "==2.4.*"),
    ("cffi", "1.15", ">=1.15"),
    ("cffi", "1.15+site", ">=1.15"),
    ("cffi", "1!2.0rc1", ">=1!2.0rc1"),
]


@pytest.mark.parametrize(("name", "built", "specifier"), COMPATIBLE)
def test_what_is_compatible_is_what_fits(name: str, built: str, specifier: str) -> None:
    assert records.compatible(name, built).specifier == specifier
    assert contains(specifier, built)
    for other in ("1.18.5", "1.20.0", "1.24", "1.26.4", "2.0", "2.1.0", "2.3", "3", "1!3"):
        assert records.fits(name, built, other).fits == contains(specifier, other)


def test_what_is_no_version_is_compatible_with_nothing() -> None:
    with pytest.raises(ValueError, match="local-build"):
        records.compatible("cffi", "local-build")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("late", [False, True])
def test_only_metadata_and_its_line_change(tmp_path: Path, compression: int, late: bool) -> None:
    wheel = _wheel(tmp_path, compression)
    if late:
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("late.py", "A = 2\n" * 999, compress_type=compression)
    with zipfile.ZipFile(wheel) as archive:
        before = {info.filename: (info, archive.read(info)) for info in archive.infolist()}
    written = records.metadata_of_wheel(str(wheel))
    assert b"Name: p\n" in written
    changed = written + b"Requires-Dist: numpy\n"
    records.put_metadata_into_wheel(str(wheel), changed)
    once = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"said"
        after = {info.filename: (info, archive.read(info)) for info in archive.infolist()}
    index = "p-1.0.dist-info/RECORD"
    assert list(after) == [*(name for name in before if name != index), index]
    for path, (info, data) in before.items():
        new, content = after[path]
        for attribute in ("date_time", "external_attr", "compress_type", "create_system"):
            assert getattr(new, attribute) == getattr(info, attribute)
        if path.endswith("METADATA"):
            assert content == changed
        elif path != index:
            assert content == data
    digest = base64.urlsafe_b64encode(hashlib.sha256(changed).digest()).rstrip(b"=").decode()
    line = f"p-1.0.dist-info/METADATA,sha256={digest},{len(changed)}".encode()
    old, now = (each[index][1].splitlines() for each in (before, after))
    assert len(old) == len(now)
    assert [one for one in now if one not in old] == [line]
    records.put_metadata_into_wheel(str(wheel), changed)
    assert wheel.read_bytes() == once


def test_a_wheel_without_metadata(tmp_path: Path) -> None:
    wheel = tmp_path / "p-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("p-1.0.dist-info/RECORD", "p-1.0.dist-info/RECORD,,")
    with pytest.raises(ValueError, match="is not a wheel"):
        records.metadata_of_wheel(str(wheel))
    wheel.write_bytes(b"no zip")
    with pytest.raises(ValueError, match="is not a wheel"):
        records.put_metadata_into_wheel(str(wheel), b"")


def _wheel(directory: Path, compression: int) -> Path:
    path = directory / write_wheel(str(directory), "p", "1.0", {"p.py": "A = 1\n" * 999})
    with zipfile.ZipFile(path) as archive:
        contents = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"said"
        for number, (name, data) in enumerate(contents):
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 2 * number))
            info.external_attr = (0o100755 - number) << 16
            archive.writestr(info, data, compress_type=compression)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_all_else_in_the_wheel_stays(tmp_path: Path, compression: int) -> None:
    wheel = _wheel(tmp_path, compression)
    with zipfile.ZipFile(wheel) as archive:
        before = {info.filename: (info, archive.read(info)) for info in archive.infolist()}
    records.put_into_wheel(str(wheel), b"{}")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"said"
        after = {info.filename: (info, archive.read(info)) for info in archive.infolist()}
    name = "p-1.0.dist-info/sboms/pip-build-override.cdx.json"
    assert list(after) == [*list(before)[:-1], name, "p-1.0.dist-info/RECORD"]
    for path, (info, data) in before.items():
        new, content = after[path]
        for attribute in ("date_time", "external_attr", "compress_type", "create_system"):
            assert getattr(new, attribute) == getattr(info, attribute)
        if path.endswith("RECORD"):
            kept = [line for line in content.splitlines() if not line.startswith(name.encode())]
            assert kept == data.splitlines()
        else:
            assert content == data
    assert list(tmp_path.iterdir()) == [wheel]


def test_members_behind_record_stay_too(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("late.py", "A = 2\n" * 999, compress_type=zipfile.ZIP_DEFLATED)
    records.put_into_wheel(str(wheel), b"{}")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"said"
        assert archive.read("late.py") == b"A = 2\n" * 999
        assert archive.getinfo("late.py").compress_type == zipfile.ZIP_DEFLATED
        assert archive.namelist()[-1] == "p-1.0.dist-info/RECORD"
        assert len(set(archive.namelist())) == len(archive.namelist())


def test_nothing_is_compressed_again(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(wheel) as archive:
        cut = archive.getinfo("p-1.0.dist-info/RECORD").header_offset
    before = wheel.read_bytes()[:cut]
    records.put_into_wheel(str(wheel), b"{}")
    assert wheel.read_bytes()[:cut] == before


def test_twice_is_as_once(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, zipfile.ZIP_DEFLATED)
    assert records.read_from_wheel(str(wheel)) is None
    document = records.to_cyclonedx(RECORD)
    records.put_into_wheel(str(wheel), document)
    once = wheel.read_bytes()
    records.put_into_wheel(str(wheel), document)
    assert wheel.read_bytes() == once
    assert records.read_from_wheel(str(wheel)) == RECORD


@pytest.mark.parametrize("late", [False, True])
def test_the_work_grows_with_the_number_of_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    wheel = tmp_path / write_wheel(str(tmp_path), "p", "1.0", {f"p{n}.py": "" for n in range(500)})
    if late:
        with zipfile.ZipFile(wheel, "a") as archive:
            archive.writestr("late.py", "")
    compared = []

    def is_equal(member: object, other: object) -> bool:
        compared.append(member)
        return member is other

    # Members that are looked up in a list are compared one by one.
    monkeypatch.setattr(zipfile.ZipInfo, "__eq__", is_equal)
    records.put_into_wheel(str(wheel), b"{}")
    assert len(compared) <= 500


def test_what_is_no_wheel_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "p-1.0-py3-none-any.whl"
    file.write_bytes(b"no zip")
    with pytest.raises(ValueError, match="not a wheel"):
        records.put_into_wheel(str(file), b"{}")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("p.py", "")
    with pytest.raises(ValueError, match="one .dist-info/RECORD"):
        records.put_into_wheel(str(file), b"{}")
    assert list(tmp_path.iterdir()) == [file]


def test_a_report_can_be_read_back() -> None:
    report = records.blank()
    for build in ({**RECORD.to_json(), "id": "1"}, {"id": "2", **Record("q", "2").to_json()}):
        report = records.with_build(records.with_build(report, build), build)
    found = records.read_report(json.loads(json.dumps(report)))
    assert [record for _, record in found] == [RECORD, Record("q", "2")]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"format": "other"},
        {**records.blank(), "version": 99},
        {**records.blank(), "builds": [{}]},
        {**records.blank(), "builds": [RECORD.to_json()]},
    ],
)
def test_what_is_no_report(value: object) -> None:
    with pytest.raises(ValueError, match="report|record of a build"):
        records.read_report(value)


def test_frozen_is_all_that_was_there() -> None:
    frozen = records.freeze([RECORD])
    overrides = parse_overrides(frozen.text.encode(), path="/o.toml")
    (table,) = overrides.tables
    assert (table.name, table.no_binary) == ("pyworld", True)
    assert [(entry.text, entry.hashes) for entry in table.requires or ()] == [
        ("numpy @ https://files.example/numpy-1.24.4-py3-none-any.whl", (f"sha256:{'ab' * 32}",)),
        ("sauce==1.0", ()),
        ("pyworld==0.3.2", ()),
    ]
    assert any("built for it" in warning.message for warning in frozen.warnings)
    assert any("hash of sauce 1.0" in warning.message for warning in frozen.warnings)


def test_frozen_twice_in_one_way_and_in_two() -> None:
    assert records.freeze([RECORD, RECORD]) != records.freeze([])
    assert records.freeze([RECORD, RECORD]).text == records.freeze([RECORD]).text
    newer = Record("pyworld", "0.3.3", (NUMPY,))
    tables = parse_overrides(records.freeze([RECORD, newer]).text.encode(), path="/o.toml").tables
    assert sorted(table.specifier for table in tables) == ["==0.3.2", "==0.3.3"]
    with pytest.raises(OverrideError, match="built twice.*sauce 1.0"):
        records.freeze([RECORD, Record("pyworld", "0.3.2", (NUMPY,))])


@pytest.mark.parametrize("uses", ["system-site-packages", "build-environment"])
def test_what_cannot_be_repeated_is_said_before_that_it_was_built_twice(uses: str) -> None:
    with_more = replace(RECORD, environment=(NUMPY,), uses=uses)
    again = replace(with_more, environment=())
    for builds in ([with_more, again], [RECORD, with_more], [with_more, RECORD]):
        (problem,) = records.freeze(builds).problems
        assert f"cannot be repeated: it was built with {uses}" in problem.message


def test_frozen_beside_a_release_that_was_taken_as_it_is() -> None:
    user = Record("asks", "1", (Distribution("sauce", "2.0", sha256="ab" * 32),))
    frozen = records.freeze([Record("sauce", "1.7", (NUMPY,)), user])
    tables = parse_overrides(frozen.text.encode(), path="/o.toml").tables
    found = {table.name: (str(table.specifier or ""), table.no_binary) for table in tables}
    assert found == {"sauce": ("==1.7", False), "asks": ("", True)}


COMMIT = "0123456789abcdef0123456789abcdef01234567"
CHECKOUTS = [
    f"git+https://host.example/inner.git@{COMMIT}",
    f"git+ssh://git@host.example/inner.git@{COMMIT}#subdirectory=a/b",
    f"git+file:///srv/inner@{COMMIT}",
    f"hg+https://host.example/inner@{COMMIT}#subdirectory=a",
    "svn+https://host.example/inner/trunk@1234",
]


@pytest.mark.parametrize("url", CHECKOUTS)
def test_frozen_checkouts_keep_commit_and_subdirectory(url: str) -> None:
    inner = Distribution("inner", "1.0", url, source=True, direct=True)
    frozen = records.freeze([Record("p", "1", (inner,)), Record("inner", "1.0")])
    tables = parse_overrides(frozen.text.encode(), path="/o.toml").tables
    (table,) = (table for table in tables if table.name == "p")
    assert [entry.text for entry in table.requires or ()] == [f"inner @ {url}"]
    assert (frozen.warnings, frozen.problems) == ((), ())


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            Record("p", "1", (Distribution("inner", "1", "git+https://h/x.git", direct=True),)),
            ("no commit", "inner 1"),
        ),
        (
            Record("p", "1", (Distribution("inner", "1", "git+https://h/x.git@main", direct=True),)),
            ("no commit", "git+https://h/x.git@main"),
        ),
        (
            Record("p", "1", (Distribution("inner", "1.0", hidden=("2.0",)),)),
            ("inner 1.0 and inner 2.0", 'replace.inner = "inner==1.0" in [package.p]'),
        ),
        (
            Record("p", "1", (Distribution("inner", "1.0"),), isolated=False),
            ("without a build environment", "--no-build-isolation"),
        ),
    ],
)
def test_what_cannot_be_repeated(record: Record, words: tuple[str, ...]) -> None:
    frozen = records.freeze([record, Record("q", "1")])
    (problem,) = frozen.problems
    assert problem.message.startswith("p 1 cannot be repeated: ")
    assert problem.hint
    assert all(word in str(problem) for word in words)
    # The others are, and what is missing is said in the file.
    tables = parse_overrides(frozen.text.encode(), path="/o.toml").tables
    assert [table.name for table in tables] == ["q"]
    assert "\n# p 1 cannot be repeated: " in frozen.text


def test_frozen_loans_are_borrowed_again() -> None:
    loan = Distribution("torch", "2.1+site", borrowed=True)
    frozen = records.freeze([Record("p", "1", (loan,))])
    (table,) = parse_overrides(frozen.text.encode(), path="/o.toml").tables
    (entry,) = table.requires or ()
    assert entry.source is not None
    assert (entry.source.origin, entry.source.borrow) == ("target", True)
    assert entry.source.specifier == "===2.1+site"
    (warning,) = frozen.warnings
    assert "torch 2.1+site was borrowed" in warning.message


def test_builds_of_two_commits_differ() -> None:
    first, second = (
        Record("p", "1", (Distribution("inner", "1", f"git+https://h/x@{sign * 40}", direct=True),))
        for sign in "ab"
    )
    with pytest.raises(OverrideError, match="built twice") as caught:
        records.freeze([first, second])
    assert "wheel of the build" in caught.value.hint


@pytest.mark.parametrize(
    "record",
    [
        Record("p", "1", (Distribution("a", "1", borrowed=True, hidden=("2", "3")),)),
        Record("p", "1", isolated=False),
        RECORD,
    ],
)
def test_all_of_a_record_can_be_read_back(record: Record) -> None:
    assert records.from_cyclonedx(records.to_cyclonedx(record)) == record
    report = records.with_build(records.blank(), {**record.to_json(), "id": "1"})
    ((_, read),) = records.read_report(json.loads(json.dumps(report)))
    assert read == record
    document = records.to_cyclonedx(record)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode()) is None


def test_as_of_is_not_frozen() -> None:
    change = Change("as-of", "", (), ('as-of = "release"',), "o.toml: package.x", "as-of", "why")
    held = (Distribution("a", "1", sha256="0" * 64),)
    frozen = records.freeze([Record("x", "1", environment=held, changes=(change,))])
    assert not frozen.problems
    assert "as-of" not in frozen.text
    assert 'reason = "why"' in frozen.text
