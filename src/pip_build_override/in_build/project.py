"""One project that pypa/build builds: its identity, and the rules that cannot be in force for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import rules
from ..errors import OverrideError
from ..in_pip.builds import project
from ..in_pip.builds.package_build import PackageBuild
from ..in_pip.builds.upload_limit import UploadLimit
from ..in_pip.internals.specifiers import satisfies
from ..in_pip.state.rules_in_force import RulesInForce
from ..rules.lines import Parts, name_of, parts_of
from ..rules.place import listing, toml_text
from ..rules.tables import (
    AS_OF,
    CONFIG_SETTINGS,
    ENV,
    ENVIRONMENT,
    PINS,
    REGENERATE,
    RELEASE,
    SEES_TARGET,
    WITHOUT_ISOLATION,
)

if TYPE_CHECKING:
    from .front_end import FrontEnd

SDIST = "sdist"
EDITABLE = "editable"

_IN_FORCE = (CONFIG_SETTINGS, ENV, AS_OF)
_WHY_NOT = {
    SEES_TARGET: "it installs nothing, so there is no target environment to see",
    ENVIRONMENT: "it builds in environments of its own",
    PINS: "it takes the metadata of a project as its build backend writes them",
    REGENERATE: "it gives the sources to the build backend as they are",
}


class ProjectBuild(PackageBuild):
    """One project, as one ``ProjectBuilder`` builds it.

    Args:
        directory: the directory of its sources.
        environment: the directory of its build environment; "" if it is built without one.
        front_end: the front end.
        sources_only: whether it makes no more than an sdist, from which pip builds under all rules.

    Attributes:
        place: the directory of its build environment; "" without one.
        asked_for: the distribution for which the hook was asked for requirements; "" before.
        counted: whether it counts as built, and its tables as used.
        settled: whether its tree contains no results of another build.
        is_foreign: whether a program builds it in an environment that this program fills.
        selection: the rules that apply to it; None before they are chosen.
        by_pip: how to build it with pip, for hints.
        made_sdist: whether an sdist was built of it.
    """

    def __init__(
        self, directory: str, environment: str, front_end: FrontEnd, *, sources_only: bool = False
    ) -> None:
        super().__init__(isolated=bool(environment))
        self.place = environment
        self.front_end = front_end.label
        self.by_pip = front_end.by_pip(directory)
        self._sources_only = sources_only
        self.asked_for = ""
        self.counted = False
        self.settled = False
        self.is_foreign = False
        self.selection: rules.Selection | None = None
        self.made_sdist = False
        self._directory = directory
        self._copy = ""
        self._given: dict[str, object] = {}
        self._distribution = ""

    @property
    def label(self) -> str:
        """The name and version as shown in messages; the directory if no static file names it."""
        return super().label or os.path.basename(self._directory)

    @property
    def _builder(self) -> str:
        return self.front_end.partition(" ")[0]

    @property
    def source_directory(self) -> str:
        """The directory of the sources that are built."""
        return self._copy or self._directory

    @property
    def original(self) -> str:
        """The directory that the user named."""
        return self._directory

    @property
    def editable(self) -> bool:
        """Whether it is built for an editable installation."""
        return self._distribution == EDITABLE

    @property
    def given_settings(self) -> dict[str, object]:
        """The configuration settings that the user gives the build backend."""
        return self._given

    def begin(self, distribution: str, given: dict[str, object]) -> None:
        """Note which distribution is built, and with which configuration settings of the user."""
        self._distribution, self._given = distribution, given

    def take_environment_of(self, other: ProjectBuild) -> None:
        """Note that the build environment was filled for another distribution of this project."""
        for name in ("environment", "contents", "listing", "files", "copies"):
            setattr(self, name, dict(getattr(other, name)))
        # Shared with all builds in that environment, whichever of them more is installed for.
        for name in ("members", "matched", "distributions", "requires"):
            setattr(self, name, getattr(other, name))
        self.static_installed = other.static_installed

    def note_sdist(self, other: ProjectBuild | None) -> None:
        """Note the build of the sdist that this wheel is built from, if it is known."""
        if other is None or other.plan is None:
            return
        unused = self.plan.unused if self.plan is not None else ()
        self.used_elsewhere = tuple(rule for rule in unused if rule not in other.plan.unused)
        if other.environment != self.environment:
            labels = (f"{name} {version}" for name, version in sorted(other.environment.items()))
            self.sdist_with = ", ".join(labels) or "nothing"

    def move_to(self, copy: str) -> None:
        """Note that a copy of its sources is built."""
        self._copy, self.moved_from = copy, self._directory

    def identify(self, in_force: RulesInForce) -> rules.Selection:
        """Find its name and version in the sources, and return the rules that apply to it.

        Args:
            in_force: the rules of this run.

        Raises:
            OverrideError: if no table can be chosen for it, or a rule cannot be in force.
        """
        name = project.name_in_tree(self._directory, "")
        if name is None:
            if in_force.overrides.has_named_tables:
                raise OverrideError(
                    f"the name of {self._directory} is not known before it is built, so no table can be"
                    " chosen for it",
                    kind="unknown-name",
                    where=in_force.shown,
                    hint="write it into pyproject.toml, as name under [project], or into setup.cfg",
                )
            name = ""
        version = project.version_in_tree(self._directory, name, "", "") if name else None
        self.package = rules.package(name, version)
        selection = in_force.selection(self.package.name, self.package.version)
        self.selection = selection
        if self.isolated:
            self._check_in_force(selection, in_force)
        self.rules_digest = in_force.digest(
            self.package.name, self.package.version, isolated=self.isolated
        )
        return selection

    def _check_in_force(self, selection: rules.Selection, in_force: RulesInForce) -> None:
        for rule in selection.rules:
            for entry in rule.entries:
                # Without one, the declared requirement is enough to pack the sources.
                kept = self._sources_only and rule.key == "replace"
                if entry.source is not None and not kept:
                    raise OverrideError(
                        f"{self._builder}, which builds {self.label}, cannot answer"
                        f' {rule.label} = {{ from = "{entry.source.origin}" }}: it installs nothing and'
                        " has no index of its own, so it knows no version",
                        kind="unsupported-rule",
                        where=in_force.overrides.where(rule.where),
                        hint=f'write the version itself, "{entry.name}==VERSION", or {self.by_pip}',
                    )
        for setting in selection.settings:
            where = in_force.overrides.where(setting.where)
            if setting.key not in _IN_FORCE:
                raise OverrideError(
                    f"{setting.key} cannot be in force in {self._builder}, which builds"
                    f" {self.label}: {_WHY_NOT[setting.key]}",
                    kind="unsupported-rule",
                    where=where,
                    hint=f"remove it, or {self.by_pip}",
                )
            if setting.key == AS_OF and setting.value == RELEASE:
                raise OverrideError(
                    f"{self._directory} is a directory, so it is not known when it was released",
                    kind="unknown-upload-time",
                    where=where,
                    hint='write the day: as-of = "2023-04-01"',
                )
            if setting.key == AS_OF:
                self.upload_limit = UploadLimit(setting.value, where)

    def plan_declared(self, in_force: RulesInForce, static: tuple[str, ...]) -> rules.Plan:
        """Make and return the plan for what the project declares statically."""
        self.declared = rules.Declared(static=static, hook=self.declared.hook)
        return self._make_plan(in_force)

    def plan_returned(self, in_force: RulesInForce, hook: tuple[str, ...]) -> rules.Plan:
        """Make and return the plan for what the build backend's hook has returned as well."""
        self.declared = rules.Declared(static=self.declared.static, hook=hook)
        return self._make_plan(in_force)

    def _make_plan(self, in_force: RulesInForce) -> rules.Plan:
        settle = as_declared if self._sources_only else rules_outside_pip
        return self.make_plan(in_force.overrides, in_force.environment, settle)

    def plan_without_environment(self, in_force: RulesInForce) -> None:
        """Make the plan for a build with what is installed, in which no requirement is replaced."""
        alone = in_force.overrides.settings_only(WITHOUT_ISOLATION)
        self.plan = rules.plan(alone, self.package, self.declared, in_force.environment)

    def check_first_pass(self, in_force: RulesInForce) -> None:
        """Check that nothing is installed yet in another version than a rule gives to the hook's list.

        pip begins again in such a case, with both lists in one installation. ``build`` cannot: it would
        replace that version, whatever has brought it.

        Raises:
            OverrideError: if there is such a distribution.
        """
        plan = self.plan
        hook = (plan.hook if plan is not None else ()) or ()
        for text in hook:
            parts = parts_of(text)
            version = self.environment.get(parts.name)
            if plan is None or parts.name not in plan.touched or version is None:
                continue
            if parts.applies(in_force.environment) and self._came_otherwise(parts, version):
                raise OverrideError(
                    f"the build backend of {self.label} asks by its hook for what the rules make"
                    f" {text}, but another requirement has brought {parts.name} {version} by then",
                    kind="unsettled-target",
                    where=_place_of(plan, parts.name) or in_force.shown,
                    hint=self._from_the_start_hint(parts),
                )

    def _from_the_start_hint(self, parts: Parts) -> str:
        if parts.url or parts.name in self.hashes:
            # A constraint cannot name a file.
            return (
                f"have it installed from the start: in the table package.{self.package.name}, write the"
                f" replacement of {parts.name} into add = [...] instead"
            )
        limit = toml_text(f"{parts.name}{parts.specifier}")
        return (
            f"have it installed from the start: put constrain = [{limit}] into the table"
            f" package.{self.package.name}"
        )

    def _came_otherwise(self, parts: Parts, version: str) -> bool:
        alike = [one for one in map(parts_of, self.first_pass) if one.name == parts.name]
        if parts.url:
            return not any(one.url for one in alike)
        if parts.name in self.hashes and not alike:
            # Its file was installed without a check of the hash.
            return True
        return not satisfies(version, parts.specifier)

    def files_not_for(self, installer: str) -> str:
        """Return what of the rules another installer cannot be told, for a message; "" for nothing."""
        found = []
        if self.hashes:
            found.append(f"the hashes for {listing(sorted(self.hashes))}")
        if self.upload_limit is not None:
            found.append(AS_OF)
        return " and ".join(found) if installer else ""


def rules_outside_pip(question: rules.Question) -> rules.Answer:
    """Refuse to answer a source table; each was refused before.

    Raises:
        OverrideError: always.
    """
    from ..rules.planning.settle import refuse_outside_pip

    return refuse_outside_pip(question)


def as_declared(question: rules.Question) -> rules.Answer:
    """Answer a source table in a build of an sdist: the declared requirement is kept."""
    return rules.Answer(
        "",
        "",
        "an sdist has no target environment, so the declared requirement is kept until pip builds from"
        " it",
        key="declared",
    )


def _place_of(plan: rules.Plan, name: str) -> str:
    """Return the file and table of the rule that puts a requirement into a plan."""
    found = (one.where for one in plan.changes if name in map(name_of, one.after))
    return next(found, "")


def directories_in(place: str) -> tuple[str, ...]:
    """Return the library directories of a virtual environment, in the order of its ``sys.path``."""
    import sysconfig

    schemes = sysconfig.get_scheme_names()
    # As in ``build``: the scheme of a virtual environment, however this Python itself is laid out.
    scheme = next(
        (name for name in ("venv", "posix_prefix" if os.name == "posix" else "nt") if name in schemes),
        None,
    )
    values = {**sysconfig.get_config_vars(), "base": place, "platbase": place}
    values.update(installed_base=place, installed_platbase=place)
    paths = sysconfig.get_paths(scheme, vars=values) if scheme else sysconfig.get_paths(vars=values)
    found = (paths["purelib"], paths["platlib"])
    return tuple(dict.fromkeys(path for path in map(os.path.realpath, found) if os.path.isdir(path)))
