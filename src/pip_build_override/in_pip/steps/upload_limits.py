"""Build environments as they would have been at a moment (``as-of``): later files are left out.

The moment of a build is found before its build environment is filled. The pip that fills it rejects
each link of an index to a file that was uploaded later. Links of ``--find-links``, paths and direct
URLs, which are on no index, are not limited.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator

from ...errors import OverrideError
from ...files import sha256_of_unchanged_file
from ...rules import moments
from ...rules.place import Place
from ...rules.tables import AS_OF, RELEASE
from ...urls import without_secrets
from ..builds import git_checkout
from ..builds.upload_limit import UploadLimit
from ..internals import link_evaluators, objects, releases, seams

if TYPE_CHECKING:
    from datetime import datetime

    from ...rules.planning.settings import Setting
    from ..builds.build import Build
    from ..internals.protocols import (
        InstallRequirement,
        Link,
        LinkEvaluator,
        PackageFinder,
    )
    from ..state.environments import Environments
    from ..state.outcome import Outcome
    from ..state.rules_in_force import RulesInForce
    from ..state.uploads import Uploads

_PEP_700 = "PEP 700, https://peps.python.org/pep-0700/"


class UploadLimits:
    """Finds the moments of builds, and keeps pip's finder from choosing what was uploaded later.

    Args:
        rules_in_force: the rules in force.
        environments: the environments that this pip fills.
        outcome: the outcome of the command.
        uploads: when files were uploaded.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        environments: Environments,
        outcome: Outcome,
        uploads: Uploads,
    ) -> None:
        self._rules = rules_in_force
        self._environments = environments
        self._outcome = outcome
        self._uploads = uploads

    def find(self, build: Build) -> None:
        """Find the moment of a build whose plan has one.

        Raises:
            OverrideError: if it is that of the release, and is not known.
        """
        settings = build.plan.selection.settings if build.plan is not None else ()
        for setting in settings:
            if setting.key == AS_OF:
                where = self._rules.overrides.where(setting.where)
                if setting.value == RELEASE:
                    build.upload_limit = self._as_of_release(build, setting, where)
                else:
                    build.upload_limit = UploadLimit(setting.value, where)

    def keep_within(self, evaluator: LinkEvaluator, name: str, finder: PackageFinder) -> None:
        """Make pip's evaluator of the links to a distribution reject files that were uploaded later.

        Args:
            evaluator: the evaluator, which pip has made for this distribution alone.
            name: the normalised name of the distribution.
            finder: pip's package finder.
        """
        filling = self._environments.current
        limit = filling.upload_limit
        if limit is None or name in limit.unlimited:
            return

        def rejected(link: Link) -> str:
            try:
                why = self._too_late(link, name, finder, limit)
            except OverrideError as error:
                raise self._outcome.refuse(error) from None
            if why:
                filling.note_left_out(name)
            return why

        link_evaluators.reject_links(evaluator, rejected)

    def check_chosen(self, req: InstallRequirement, finder: PackageFinder) -> None:
        """Check that pip has asked us about the file that it chose for a limited environment.

        Raises:
            OverrideError: if it was uploaded later.
        """
        limit, name = self._environments.current.upload_limit, objects.normal_name(req)
        link = req.original_link or req.link
        if limit is None or link is None or name in limit.unlimited:
            return
        if self._too_late(link, name, finder, limit):
            seams.refuse_bypass(seams.CANDIDATES, "evaluate_link of its result was bypassed")

    @contextmanager
    def apart(self, finder: PackageFinder) -> Iterator[None]:
        """Let the finder that pip also uses for other environments find the files for this one."""
        releases.forget(finder)
        try:
            yield
        finally:
            releases.forget(finder)

    def _too_late(self, link: Link, name: str, finder: PackageFinder, limit: UploadLimit) -> str:
        """Return why a link is rejected; "" if it is not.

        Raises:
            OverrideError: if it is not known when the file was uploaded.
        """
        found_on = link_evaluators.page_of(link)
        if not found_on:
            return ""
        for page in self._uploads.pages(name, finder):
            if page.has(found_on):
                files = [file for file in page.files if file.name == link.filename]
                if not files or files[0].uploaded is None:
                    raise OverrideError(
                        f"{page.shown} does not say when {link.filename} was uploaded, so it is not"
                        f" known whether it is a candidate for {self._environment}",
                        kind="unknown-upload-time",
                        where=limit.where,
                        hint=f"use an index that says it ({_PEP_700}), or remove {AS_OF}",
                    )
                uploaded = files[0].uploaded
                if uploaded <= moments.last_moment(limit.moment):
                    return ""
                return f"uploaded at {moments.written(uploaded)}, after {limit.moment} ({AS_OF})"
        if found_on.startswith("file:") or link_evaluators.has_remote_find_links(finder):
            return ""
        raise OverrideError(
            f"pip has found {link.filename} on {without_secrets(found_on)}, which is not one of the"
            f" pages of its indexes about {name}, so it is not known when it was uploaded",
            kind="unknown-upload-time",
            where=limit.where,
            hint=f"use an index whose pages are always at the same URL, or remove {AS_OF}",
        )

    @property
    def _environment(self) -> str:
        built_for = "".join(self._environments.current.built_for[-1:])
        if not built_for:
            return "what a build backend installs by pip"
        return f"the build environment of {built_for}"

    def _as_of_release(self, build: Build, setting: Setting, where: str) -> UploadLimit:
        python = self._rules.environment["python_version"]
        hint = _date_hint(setting, build, self._rules.overrides.form)
        floor = moments.floor_for(python)
        if not floor:
            raise OverrideError(
                f"{AS_OF} is the release of {build.label}, but not before build tools can be expected"
                f" to support Python {python}, and it is not known when that was first released",
                kind="unknown-upload-time",
                where=where,
                hint=hint,
            )
        released, what = self._release_of(build, where, hint)
        if released > moments.last_moment(floor):
            return UploadLimit(moments.written(released), where, what)
        why = f"{moments.DAYS_FOR_TOOLS} days after the first release of Python {python}"
        return UploadLimit(floor, where, why)

    def _release_of(self, build: Build, where: str, hint: str) -> tuple[datetime, str]:
        """Return when a source was released, and how that is known.

        Raises:
            OverrideError: if it is not known.
        """
        link = objects.link_of(build.req)
        path = objects.downloaded_file(build.req)
        uploaded: datetime | None = None
        if link.is_vcs:
            what = "the time of its commit"
            problem = f"{without_secrets(link.url)} does not say when it was committed"
            if link.url.startswith("git+"):
                uploaded = git_checkout.time_of_commit(objects.source_directory(build.req))
        elif not path or link.is_existing_dir():
            what, problem = "", f"{build.original} is a directory, which was never released"
        else:
            what = f"the upload of {link.filename}"
            uploaded, problem = self._upload_of(build, link.filename, path)
        if uploaded is None:
            raise OverrideError(
                f'{AS_OF} = "{RELEASE}" is the moment at which {build.label} was released, but'
                f" {problem}",
                kind="unknown-upload-time",
                where=where,
                hint=hint,
            )
        return uploaded, what

    def _upload_of(self, build: Build, file_name: str, path: str) -> tuple[datetime | None, str]:
        """Return when an sdist was uploaded to an index, or why that is not known.

        pip may have it from elsewhere.

        Args:
            build: the build of the sdist.
            file_name: its name on indexes.
            path: where it is now.
        """
        name, problem = build.package.name, ""
        for page in self._uploads.pages(name, build.target.finder) if name else ():
            for file in page.files:
                if file.name == file_name and file.sha256 in ("", sha256_of_unchanged_file(path)):
                    if file.uploaded is not None:
                        return file.uploaded, ""
                    problem = f"{page.shown} does not say when {file_name} was uploaded"
            if not page.files:
                problem = f"{page.shown} does not say when {file_name} was uploaded"
        return None, problem or f"no index that pip reads has {file_name} with the same content"


def _date_hint(setting: Setting, build: Build, form: str) -> str:
    """Return the hint for a build whose moment of release is not known."""
    if setting.where.startswith("--"):
        return f"write --{AS_OF} 2023-01-31, with a date instead of {RELEASE}"
    header = Place("", form).header("package", build.package.name or "NAME")
    return f'write {AS_OF} = 2023-01-31, with a date instead of "{RELEASE}", under {header}'
