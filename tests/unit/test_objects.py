"""What is read of pip's own objects is looked for when a command starts."""

from __future__ import annotations

import ast
import inspect
import os
import re
import site
import sys
import sysconfig
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest
from pip._internal.cache import WheelCache
from pip._internal.cli.base_command import Command
from pip._internal.index.package_finder import BestCandidateResult, LinkEvaluator, PackageFinder
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.link import Link
from pip._internal.req.req_set import RequirementSet
from pip._internal.resolution.resolvelib.resolver import Resolver

import pip_build_override.in_pip
from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import functions, objects, patches, protocols, releases, seams

HAS_OBJECT = sys.version_info >= (3, 10)
SOURCES = sorted(Path(pip_build_override.in_pip.__file__).parent.rglob("*.py"))
# By the names that our modules give to such objects.
KINDS = {
    "req": objects.OF_REQUIREMENT,
    "link": objects.OF_LINK,
    "original_link": objects.OF_LINK,
    "options": objects.OF_OPTIONS,
}
# Of packaging's requirements, under the same name; and on some pips only.
BESIDES = {("req", "specifier"), ("req", "url"), ("req", "use_pep517"), ("req", "__class__")}
# By the same names, and what has no attributes that all releases have in common.
LOOKED_INTO = {*KINDS, "backend", "cache", "candidate", "environment", "evaluator", "finder"}
LOOKED_INTO |= {"factory", "pep517_backend", "requirement_set", "resolver", "result", "root"}


def reads(path: Path) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = getattr(owner, "id", getattr(owner, "attr", ""))
            if name in KINDS:
                yield f"{path.name}:{node.lineno}", name, node.attr


def test_every_attribute_that_is_read_is_looked_for() -> None:
    found = [read for path in SOURCES for read in reads(path)]
    assert len(found) > 50
    missing = [
        f"{where}: {name}.{attribute}"
        for where, name, attribute in found
        if attribute not in KINDS[name] and (name, attribute) not in BESIDES
    ]
    assert missing == []


def looks_into(text: str) -> bool:
    """Whether a module asks an object of pip's for an attribute that it may not have, or keeps."""
    for node in ast.walk(ast.parse(text)):
        owner: ast.expr | None = None
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
            "getattr",
            "hasattr",
            "setattr",
        ):
            owner = node.args[0] if isinstance(node.args[1], ast.Constant) else None
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            owner = node.value
        if owner is not None and getattr(owner, "id", getattr(owner, "attr", "")) in LOOKED_INTO:
            return True
    return False


def test_what_releases_differ_in_is_read_in_one_module() -> None:
    root = Path(pip_build_override.in_pip.__file__).parent
    looking = {
        path.relative_to(root).as_posix()
        for path in SOURCES
        if looks_into(path.read_text(encoding="utf-8"))
    }
    assert {name for name in looking if not name.startswith("internals/")} == set()
    assert "internals/objects.py" in looking


def imported_at_work(node: ast.AST) -> Iterator[str]:
    """Yield the modules and names that are imported, but for type checkers alone."""
    if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
        return
    if isinstance(node, ast.ImportFrom):
        yield from (node.module or "").split(".")
        yield from (alias.name for alias in node.names)
    for child in ast.iter_child_nodes(node):
        yield from imported_at_work(child)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_pip_loads_the_types(path: Path) -> None:
    # They need packaging, which need not be installed where a pip runs.
    imported = set(imported_at_work(ast.parse(path.read_text(encoding="utf-8"))))
    assert "protocols" not in imported
    assert path.stem == "protocols" or "packaging" not in imported or "_vendor" in imported


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("getattr(build.req, 'use_pep517', True)", True),
        ("hasattr(environment, '_prefixes')", True),
        ("evaluator._formats", True),
        ("req.link", False),
        ("getattr(function, 'attr', '')", False),
    ],
)
def test_looking_into(line: str, found: bool) -> None:
    assert looks_into(line) is found


def test_this_pip_has_them_all() -> None:
    objects.probe(SimpleNamespace(**dict.fromkeys(objects.OF_OPTIONS)))


def test_options_that_a_pip_has_lost() -> None:
    given = dict.fromkeys(objects.OF_OPTIONS - {"build_isolation"})
    with pytest.raises(
        OverrideError,
        match=r"internals that pip-build-override does not know \(options.build_isolation: missing\)",
    ):
        objects.probe(SimpleNamespace(**given))


@pytest.mark.parametrize("name", ["is_existing_dir", "url_without_fragment"])
def test_a_link_that_has_lost_something(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Link, name)
    with pytest.raises(
        OverrideError,
        match=rf"has internals that pip-build-override does not know \(Link.{name}: missing\)",
    ):
        objects.probe(SimpleNamespace(**dict.fromkeys(objects.OF_OPTIONS)))


def failing(expression: str, module: str, **values: Any) -> AttributeError:
    """Have a module read something that is not there."""
    with pytest.raises(AttributeError) as caught:
        eval(expression, {"__name__": module, **values})
    return caught.value


def test_what_nobody_looked_for() -> None:
    ours = "pip_build_override.in_pip.target.target"
    link = Link("https://h/x-1.0.zip")
    # Older Pythons do not tell, and their pips will not change any more.
    known = "pip._internal.models.link.Link.newly_named: missing" if HAS_OBJECT else ""
    assert patches._lost_by_pip(failing("link.newly_named", ours, link=link)) == known
    assert patches._lost_by_pip(failing("kind.newly_named", ours, kind=Link)) == known
    # A fault of pip's own, or of ours, is none of a pip that is not as known.
    assert patches._lost_by_pip(failing("link.newly_named", "pip._internal.cache", link=link)) == ""
    assert patches._lost_by_pip(failing("text.newly_named", ours, text="")) == ""
    assert patches._lost_by_pip(AttributeError("raised by nobody")) == ""


# What releases have in different places, on objects that have it in each of them.


def thing(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


def refused(text: str) -> Any:
    return pytest.raises(
        OverrideError, match=rf"has internals that pip-build-override does not know \(.*: {text}\)"
    )


@pytest.mark.parametrize(
    ("protocol", "listed"),
    [
        (protocols.InstallRequirement, objects.OF_REQUIREMENT),
        (protocols.Link, objects.OF_LINK),
        (protocols.Options, objects.OF_OPTIONS),
    ],
)
def test_types_have_what_is_looked_for(protocol: type, listed: frozenset[str]) -> None:
    names = {*getattr(protocol, "__annotations__", ()), *vars(protocol)}
    assert {name for name in names if not name.startswith("_")} == listed


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        (protocols.BestCandidateResult, BestCandidateResult),
        (protocols.Candidate, InstallationCandidate),
        (protocols.Command, Command),
        (protocols.LinkEvaluator, LinkEvaluator),
        (protocols.PackageFinder, PackageFinder),
        (protocols.RequirementSet, RequirementSet),
        (protocols.Resolver, Resolver),
        (protocols.WheelCache, WheelCache),
    ],
)
def test_this_pip_is_as_its_types_say(protocol: type, kind: type) -> None:
    # Attributes are set by its constructor, so by the text of its class.
    text = inspect.getsource(kind) + "".join(inspect.getsource(base) for base in kind.__mro__[1:-1])
    names = {*getattr(protocol, "__annotations__", ()), *vars(protocol)}
    missing = [
        name for name in names if not name.startswith("_") and not re.search(rf"\b{name}\b", text)
    ]
    assert missing == []


def test_names_and_links() -> None:
    assert objects.normal_name(thing(name="Zope.Interface")) == "zope-interface"
    assert objects.normal_name(thing(name=None)) == ""
    assert objects.link_of(thing(link="here")) == "here"
    assert objects.local_path(thing(is_file=True, file_path="/x.whl")) == "/x.whl"
    assert objects.local_path(thing(is_file=False)) == ""
    assert objects.local_path(None) == ""
    assert objects.downloaded_file(thing(local_file_path=None)) == ""
    assert objects.downloaded_file(thing(local_file_path="/x.whl")) == "/x.whl"


@pytest.mark.parametrize(
    ("given", "uses", "choice"),
    [
        ({}, True, None),
        ({"use_pep517": None}, False, None),
        ({"use_pep517": False}, False, False),
        ({"use_pep517": True}, True, True),
    ],
)
def test_pep_517(given: dict[str, Any], uses: bool, choice: bool | None) -> None:
    req = thing(**given)
    assert objects.uses_pep517(req) is uses
    assert objects.pep517_choice(req) is choice
    objects.move_to_pep517(req)
    assert objects.uses_pep517(req)


def test_config_settings() -> None:
    assert objects.config_settings(thing()) == {}
    assert objects.config_settings(thing(config_settings=None)) == {}
    assert objects.config_settings(thing(config_settings={"a": "b"})) == {"a": "b"}


@pytest.mark.parametrize(
    ("options", "req", "option"),
    [
        ({}, {}, ""),
        ({"global_options": []}, {"global_options": []}, ""),
        ({"global_options": ["x"]}, {}, "--global-option"),
        ({}, {"install_options": ["x"]}, "--install-option"),
        ({"build_options": ["x"]}, {}, "--build-option"),
    ],
)
def test_options_of_setup_py(options: dict[str, Any], req: dict[str, Any], option: str) -> None:
    assert objects.setup_py_option(thing(**options), thing(**req)) == option


def test_hooks_are_wrapped_on_one_object() -> None:
    class Caller:
        build_backend = "setuptools.build_meta"

        def build_wheel(self) -> str:
            return "wheel"

    req, other = thing(pep517_backend=Caller()), thing(pep517_backend=Caller())
    for name in ("build_wheel", "build_editable"):
        objects.wrap_hook(req, name, lambda hook: lambda: f"our {hook()}")
    assert req.pep517_backend.build_wheel() == "our wheel"
    assert other.pep517_backend.build_wheel() == "wheel"
    assert not hasattr(req.pep517_backend, "build_editable")
    assert objects.backend_name(req) == "setuptools.build_meta"

    without = thing(pep517_backend=None)
    objects.wrap_hook(without, "build_wheel", lambda hook: hook)
    assert objects.backend_name(without) == ""


def test_options_that_not_every_command_has() -> None:
    assert not objects.is_given(thing(), "target_dir")
    assert not objects.is_given(thing(target_dir=None, upgrade=False), "target_dir", "upgrade")
    assert objects.is_given(thing(upgrade=True), "target_dir", "upgrade")
    assert objects.directory_given(thing(), "target_dir") is None
    assert objects.directory_given(thing(target_dir="d"), "target_dir") == "d"
    assert list(objects.requirement_files(thing())) == []
    assert list(objects.requirement_files(thing(requirements=["r.txt"]))) == ["r.txt"]
    assert objects.upgrades_eagerly(thing(upgrade_strategy="eager"))
    assert not objects.upgrades_eagerly(thing())
    assert objects.resolves_as_before(thing(deprecated_features_enabled=["legacy-resolver"]))
    assert not objects.resolves_as_before(thing())
    assert objects.isolates_builds(thing(build_isolation="venv"))
    assert not objects.isolates_builds(thing(build_isolation="off"))


def test_a_file_in_the_wheel_cache() -> None:
    options, path = (
        thing(cache_dir=os.path.join("c", "pip")),
        os.path.join("c", "pip", "wheels", "x.whl"),
    )
    assert objects.is_in_wheel_cache(options, path)
    assert not objects.is_in_wheel_cache(options, os.path.join("c", "pip", "wheels-2", "x.whl"))
    assert not objects.is_in_wheel_cache(options, "")
    assert not objects.is_in_wheel_cache(thing(cache_dir=None), os.path.join("wheels", "x.whl"))


def test_finders_of_both_resolvers() -> None:
    assert objects.finder_of(thing(factory=thing(_finder="new"))) == "new"
    assert objects.finder_of(thing(finder="legacy")) == "legacy"
    assert objects.is_legacy(thing(finder="legacy"))
    assert not objects.is_legacy(thing(factory=thing()))
    for resolver in (thing(), thing(factory=thing(), finder="not this one")):
        with refused("the resolver has no finder"):
            objects.finder_of(resolver)


def test_requirements_of_both_resolvers() -> None:
    assert objects.requirements_in(thing(requirements={"a": 1, "b": 2})) == [1, 2]
    legacy = thing(requirements={"a": 1}, unnamed_requirements=[0])
    assert objects.requirements_in(legacy) == [0, 1]


def test_a_resolver_forgets() -> None:
    one, other = thing(project_name="a-b"), thing(project_name="c")
    remembered = {"link": one, "another": thing(project_name="A_b"), "third": other}
    objects.forget_candidates(thing(factory=thing(_link_candidate_cache=remembered)), "a-b")
    assert remembered == {"third": other}
    for resolver in (thing(), thing(factory=thing())):
        with refused("the resolver has no cache of candidates by link"):
            objects.forget_candidates(resolver, "a-b")


def test_no_wheels_from_an_evaluator() -> None:
    evaluator = thing(_formats={"binary", "source"})
    objects.leave_wheels_out(evaluator)
    assert evaluator._formats == {"source"}
    with refused("the evaluator has no _formats"):
        objects.leave_wheels_out(thing())


class WithMethods:
    """As in pip 24.0."""

    def __init__(self, every: list[Any], applicable: list[Any], best: Any) -> None:
        assert best in applicable
        self.found = (every, applicable)
        self.best_candidate = best

    def iter_all(self) -> Iterator[Any]:
        return iter(self.found[0])

    def iter_applicable(self) -> Iterator[Any]:
        return iter(self.found[1])


class WithAttributes:
    """As in pip 25.0."""

    def __init__(self, every: list[Any], applicable: list[Any], best: Any) -> None:
        self.all_candidates, self.applicable_candidates, self.best_candidate = every, applicable, best
        self.found = (every, applicable)


@pytest.mark.parametrize("kind", [WithMethods, WithAttributes])
def test_one_candidate_more(kind: Any) -> None:
    ours = functions.candidate("a", "2", "file:///a-2-py3-none-any.whl")
    one, other = thing(), thing(locked=False)
    result: Any = objects.with_candidate(kind([one, other], [other], other), ours)
    assert type(result) is kind
    assert result.found == ([one, other, ours], [other, ours])
    assert result.best_candidate is ours
    locked = kind([thing(locked=True), other], [other], other)
    assert objects.with_candidate(locked, ours) is locked


def test_a_candidate_on_this_pip() -> None:
    one = functions.candidate("a", "1", "https://h/a-1-py3-none-any.whl")
    ours = functions.candidate("a", "2", "file:///a-2-py3-none-any.whl")
    result = objects.with_candidate(BestCandidateResult([one], [one], one), ours)
    assert result.best_candidate is ours
    assert str(ours.version) == "2"
    assert ours.link.is_wheel


def test_candidates_that_are_not_as_known() -> None:
    class Other(WithAttributes):
        def __init__(self, every: list[Any], applicable: list[Any], best: Any, why: str) -> None:
            super().__init__(every, applicable, best)

    class Stricter(WithAttributes):
        def __init__(self, every: list[Any], applicable: list[Any], best: Any) -> None:
            if len(every) > 1:
                raise AssertionError("one too many")
            super().__init__(every, applicable, best)

    with refused("its result has no all_candidates"):
        objects.with_candidate(thing(best_candidate=None), thing())
    with refused(".*why.*"):
        objects.with_candidate(Other([thing()], [], None, "so"), thing())
    with refused("one too many"):
        objects.with_candidate(Stricter([thing()], [], None), thing())


def test_a_fault_of_an_index_is_no_pip_that_is_not_as_known() -> None:
    class Broken(WithMethods):
        def iter_all(self) -> Iterator[Any]:
            raise AttributeError("of an index plug-in")

    with pytest.raises(AttributeError, match="of an index plug-in"):
        objects.with_candidate(Broken([1], [1], 1), thing())


def test_a_fault_of_an_index_while_releases_are_listed() -> None:
    class Broken:
        def find_all_candidates(self, name: str) -> list[Any]:
            raise AttributeError("of an index plug-in")

    finder: Any = Broken()
    with pytest.raises(AttributeError, match="of an index plug-in"):
        releases.find("a", finder)


def test_a_fault_of_a_module_is_no_seam_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_for_seams.py").write_text(
        "raise AttributeError('of its own')", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AttributeError, match="of its own"):
        seams.find(seams.Seam("broken_for_seams", "function"))
    assert seams.find(seams.Seam("gone_for_seams", "function")) is None
    assert seams.find(seams.Seam("zipfile", "ZipFile.gone")) is None


def test_a_function_that_takes_what_it_is_given() -> None:
    assert seams.function(seams.Seam("zipfile", "is_zipfile", ("filename",))) is zipfile.is_zipfile
    assert seams.function(seams.Seam("zipfile", "is_zipfile", ("gone",))) is None
    assert seams.function(seams.Seam("zipfile", "gone")) is None


def test_wheels_that_the_cache_is_not_asked_for() -> None:
    control = thing(get_allowed_formats=lambda name: {"source"} if name == "a" else {"binary"})
    assert not objects.looks_for_wheels(thing(format_control=control), "a")
    assert objects.looks_for_wheels(thing(format_control=control), "b")
    assert objects.looks_for_wheels(thing(), "a")


def test_directories_of_a_build_environment() -> None:
    prefixes = {"overlay": thing(path="/e/o", lib_dirs=["/e/o/lib"]), "normal": thing(path="/e/n")}
    virtual = thing(_lib_dirs=["/e/n/lib", "/e/o/lib"], _prefixes=prefixes)
    assert objects.library_directories(virtual) == ("/e/n/lib", "/e/o/lib")
    assert objects.directories_of_pass(virtual, "overlay") == ("/e/o/lib",)
    assert objects.prefixes_of(virtual) == ["/e/o", "/e/n"]
    assert objects.interpreter_of(virtual) == sys.executable
    for name in ("normal", "third"):
        with refused(f"the environment has no lib_dirs for {name}"):
            objects.directories_of_pass(virtual, name)

    venv = thing(lib_dirs=["/v/lib"], python_executable="/v/bin/python")
    assert objects.library_directories(venv) == ("/v/lib",)
    assert objects.directories_of_pass(venv, "overlay") == ("/v/lib",)
    assert objects.prefixes_of(venv) == []
    assert objects.interpreter_of(venv) == "/v/bin/python"
    with refused("the environment has neither lib_dirs nor _lib_dirs"):
        objects.library_directories(thing())


def test_what_comes_before_a_build_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    class Environment:
        _prefixes: dict[str, Any] = {}

    assert not objects.hides_all_of_system(Environment())  # type: ignore[arg-type]  # as much as is asked for
    monkeypatch.setitem(globals(), "_get_system_sitepackages", None)
    assert objects.hides_all_of_system(Environment())  # type: ignore[arg-type]  # as much as is asked for
    assert objects.hides_all_of_system(thing())


def test_where_this_pip_installs() -> None:
    pure, other = functions.library_directories(prefix="/p")
    assert pure.startswith("/p")
    assert other.startswith("/p")
    assert functions.library_directories()[0] in (
        sysconfig.get_path("purelib"),
        *site.getsitepackages(),
    )


def test_unpacking(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a-1.zip", "w") as archive:
        archive.writestr("a-1/setup.py", "pass\n")
        archive.writestr("a-1/a.py", "pass\n")
    functions.unpack(str(tmp_path / "a-1.zip"), str(tmp_path / "tree"))
    assert sorted(os.listdir(tmp_path / "tree")) == ["a.py", "setup.py"]
    functions.remove_tree(str(tmp_path / "tree"))
    assert not (tmp_path / "tree").exists()
