"""Stand-ins for pip's objects and for the steps of others, and the owners of one pip command."""

from __future__ import annotations

import os
from email.message import Message
from pathlib import Path
from typing import Any, Callable, Iterable, cast

from pip._vendor.packaging.requirements import Requirement as Parsed
from pip._vendor.packaging.specifiers import SpecifierSet

from pip_build_override import rules
from pip_build_override.in_pip.builds.build import Build
from pip_build_override.in_pip.builds.member import Member
from pip_build_override.in_pip.internals.seams import Call
from pip_build_override.in_pip.output.announcements import Announcements
from pip_build_override.in_pip.state.cached_wheels import CachedWheels
from pip_build_override.in_pip.state.environments import Environments, Filling
from pip_build_override.in_pip.state.explained import Explained
from pip_build_override.in_pip.state.judgements import Judgements
from pip_build_override.in_pip.state.ledger import Ledger
from pip_build_override.in_pip.state.members import Members
from pip_build_override.in_pip.state.messages import Messages
from pip_build_override.in_pip.state.nested_report import NestedReport
from pip_build_override.in_pip.state.outcome import Outcome
from pip_build_override.in_pip.state.pip_command import PipCommand
from pip_build_override.in_pip.state.prepared_metadata import PreparedMetadata
from pip_build_override.in_pip.state.rules_in_force import RulesInForce
from pip_build_override.in_pip.state.run_directory import RunDirectory
from pip_build_override.in_pip.target.settled import Settled
from pip_build_override.in_pip.target.target import Expected

SDIST = "https://index.test/x-1.0.tar.gz"
WHEEL = "https://index.test/x-1.0-py3-none-any.whl"


class Link:
    """A link of pip's, by its URL alone."""

    def __init__(self, url: str = SDIST, *, comes_from: object = "an index", sha256: str = "") -> None:
        self.url = self.url_without_fragment = url
        self.comes_from = comes_from
        self.hash: str | None = sha256 or None
        self.hash_name: str | None = "sha256" if sha256 else None
        self.filename = url.rpartition("/")[2]
        self.is_file = url.startswith("file:")
        self.file_path = url[len("file://") :] if self.is_file else ""
        self.is_vcs = url.startswith("git+")
        self.is_wheel = url.endswith(".whl")
        self.is_yanked = False
        self.subdirectory_fragment: str | None = None

    def __str__(self) -> str:
        return self.url

    def is_existing_dir(self) -> bool:
        return self.is_file and os.path.isdir(self.file_path)


class Backend:
    """A build backend that leaves ``x-1.0-py3-none-any.whl``, and asks for nothing."""

    build_backend = "backend"

    def __init__(self, *asked: str) -> None:
        self.asked = list(asked)

    def get_requires_for_build_wheel(self) -> list[str]:
        return list(self.asked)

    def prepare_metadata_for_build_wheel(self) -> str:
        return "x-1.0.dist-info"

    def build_wheel(self, wheel_directory: str) -> str:
        return "x-1.0-py3-none-any.whl"


class Requirement:
    """A requirement of pip's.

    Args:
        text: as asked for; "" for a bare path.
        link: to what it is installed from; None before that is known.
        attributes: what is not as it is by default.
    """

    def __init__(self, text: str = "x==1.0", link: Any = None, **attributes: Any) -> None:
        self.req = Parsed(text) if text else None
        self.link = link
        self.original_link: Any = None
        self.comes_from: Any = None
        self.constraint = self.editable = False
        self.extras: set[str] = set()
        self.hash_options: dict[str, list[str]] = {}
        self.local_file_path: str | None = None
        self.pep517_backend: Any = None
        self.pyproject_requires: list[str] | None = []
        self.requirements_to_check: list[str] = []
        self.source_dir: str | None = None
        self.metadata = Message()
        self.metadata["Name"], self.metadata["Version"] = self.name or "x", "1.0"
        vars(self).update(attributes)

    def __str__(self) -> str:
        return str(self.req or self.link)

    @property
    def name(self) -> str | None:
        return self.req.name if self.req is not None else None

    @property
    def specifier(self) -> SpecifierSet:
        return self.req.specifier if self.req is not None else SpecifierSet()

    @property
    def unpacked_source_directory(self) -> str:
        return self.source_dir or ""

    def match_markers(self, extras_requested: Iterable[str] | None = None) -> bool:
        return self.req is None or self.req.marker is None or bool(self.req.marker.evaluate())


class Options:
    """The options of a pip command, by default those of ``pip install x``."""

    def __init__(self, **given: Any) -> None:
        self.build_isolation: bool | str = True
        self.cache_dir: str | None = None
        self.no_color = True
        self.quiet = 0
        self.require_hashes = False
        vars(self).update(given)


class Target:
    """What is filled: versions by name, all of them known for certain, and those that change."""

    def __init__(self, *, changes: Iterable[str] = (), legacy: bool = False, **versions: str) -> None:
        self.versions = versions
        self.changed = set(changes)
        self.legacy = legacy
        self.final = self.resolved = False
        self.directories: tuple[str, ...] = ()
        self.finder: Any = None
        self.taken: list[Any] = []

    def expected(self, name: str, specifier: str = "") -> Expected | None:
        version = self.versions.get(name)
        return None if version is None else Expected(version, "it is installed")

    def limits(self, name: str) -> list[str]:
        return []

    def changes(self, name: str) -> bool:
        return name in self.changed

    def take(self, chosen: Iterable[Any]) -> None:
        self.taken = list(chosen)


class Spy:
    """Stands in for a step or an owner: notes which of its methods are called, and with what.

    Args:
        answers: what a method returns, or a function that is called instead; None by default.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def called(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, *args))
            answer = self.answers.get(name)
            return answer(*args, **kwargs) if callable(answer) else answer

        return called

    @property
    def called(self) -> list[str]:
        """The names of the methods, in the order of the calls."""
        return [name for name, *_ in self.calls]


class Heard(Messages):
    """Messages that are kept instead of logged, once they can be heard."""

    def __init__(self, environments: Environments) -> None:
        super().__init__(environments)
        self.heard: list[str] = []

    def flush(self) -> None:
        if self._environments.for_user:
            self.heard += [text for _, text in self._lines]
            self._lines = []


class Owners:
    """The owners of one pip command, as ``Session`` makes them.

    Args:
        room: a directory for all files of the run.
        text: the overrides file.
        name: of the command.
        depth: of the environment that this pip was started for.
        options: of the command.
    """

    def __init__(
        self, room: Path, text: str = "", *, name: str = "install", depth: int = 0, **options: Any
    ) -> None:
        self.target = Target()
        self.root = Filling(depth=depth)
        self.root.begin_resolving(lambda: cast(Any, self.target))
        self.environments = Environments(self.root, outermost=not depth)
        self.messages = Heard(self.environments)
        self.outcome = Outcome()
        (room / "run").mkdir(exist_ok=True)
        self.run_directory = RunDirectory(str(room / "run"))
        self.lender = Spy(asked_for=[], digest_of="")
        self.loans: Any = Spy()
        self.loans.lender = self.lender
        overrides = rules.parse_overrides(text.encode(), path=str(room / "o.toml"), shown="o.toml")
        self.rules = RulesInForce(overrides, text.encode(), lambda: self.loans)
        self.ledger = Ledger(self.rules)
        self.cached_wheels = CachedWheels()
        self.command = PipCommand(name, Options(**options))
        self.explained = Explained(self.environments)
        self.judgements = Judgements(self.rules, self.messages)
        self.members = Members(
            self.environments, self.ledger, self.cached_wheels, lambda: self.judgements
        )
        self.announcements = Announcements(self.rules, self.ledger, self.messages, self.command)
        self.prepared_metadata = PreparedMetadata(self.rules)
        self.nested_report = NestedReport(self.environments, self.ledger, self.messages, self.outcome)

    def build(
        self, req: Any = None, *static: str, hook: tuple[str, ...] | None = (), **more: Any
    ) -> Build:
        """Begin and end the preparation of a source.

        Args:
            req: pip's requirement; x 1.0 from an index by default.
            static: what it declares.
            hook: what its backend asks for.
            more: attributes of the build.
        """
        req = req or Requirement(link=Link())
        build = self.ledger.begin(req, more.pop("isolated", True), cast(Any, self.target))
        self.ledger.end(build)
        build.package = rules.package(req.name or "x", "1.0")
        build.declared = rules.Declared(static=static, hook=hook)
        build.loaded = build.static_installed = build.hook_asked = build.second_pass_done = True
        build.rules_digest = self.rules.digest("x", "1.0", isolated=build.has_environment)
        self.rules.plan(build)
        vars(build).update(more)
        return build

    def given(self, *names: str, **others: Any) -> dict[str, Any]:
        """The arguments of a step: owners by their names there, and replacements for the rest."""
        own = {"rules_in_force": self.rules, **vars(self)}
        return {**{name: own[name] for name in names}, **others}


def member(
    name: str = "a", version: str = "1", *, source: bool = False, rules: str | None = "", **more: Any
) -> Member:
    """Return what is known of a distribution of a build environment, by default a ready-made wheel."""
    return Member(name, version, source, rules, **more)


def settled(
    name: str = "numpy",
    version: str = "1",
    *,
    origin: str = "target",
    otherwise: str = "",
    key: str = "",
) -> Settled:
    """Return the answer to a source table."""
    return Settled(name, rules.Source(origin, otherwise=otherwise), (), key, version)


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
    """Return the call of a function of pip's, as a patch gets it."""
    return Call(function, args, kwargs)
