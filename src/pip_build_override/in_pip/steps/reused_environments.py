"""Build environments filled by copies of what pip has put into others, in this run or before it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...frozen import replace
from ..builds import compiled, environment_files, filling_key
from ..builds.kept_environment import Keeping
from ..internals import filling_options, installing, objects

if TYPE_CHECKING:
    from ..builds.environment_files import Files, Listing
    from ..builds.filling_key import Ingredients
    from ..internals.seams import Call
    from ..state.environments import Filling
    from ..state.filled_environments import FilledEnvironments
    from ..state.kept_environments import KeptEnvironments
    from ..state.rules_in_force import RulesInForce

_NOTHING = "nothing"


class Pass:
    """One of pip's passes, which fills a build environment.

    Args:
        key: the key of the environment after the pass.
        pinned: the same for all runs, if nothing is left to pip's resolver; "" otherwise.
        root: the directory of the environment.
        place: the directory that the pass installs into.
        before: what is in the environment before the pass.
        first: whether it is the first pass.
    """

    def __init__(
        self, key: str, pinned: str, root: str, place: str, before: Listing, first: bool
    ) -> None:
        self.key = key
        self.pinned = pinned
        self.root = root
        self.place = place
        self.before = before
        self.first = first

    def part(self, found: Listing) -> Listing:
        """Return the part of a listing of the environment that is in the directory of this pass."""
        below = os.path.relpath(self.place, self.root)
        return environment_files.part_of(found, "" if below == os.curdir else below)


class ReusedEnvironments:
    """Fills build environments by copies.

    Args:
        rules_in_force: the rules in force.
        filled_environments: the environments that pips of this run have filled.
        kept_environments: those that are kept for later runs; None if none are.
    """

    def __init__(
        self,
        rules_in_force: RulesInForce,
        filled_environments: FilledEnvironments,
        kept_environments: KeptEnvironments | None,
    ) -> None:
        self._rules = rules_in_force
        self._filled = filled_environments
        self._kept = kept_environments

    def begin(self, call: Call, filling: Filling, first: bool) -> Pass | None:
        """Return the pass that a call is for; None if it cannot be one that was done before.

        Args:
            call: the call of pip's function that fills an environment.
            filling: what is known of the environment.
            first: whether it is the first pass.
        """
        places = self._places(call)
        if places is None:
            return None
        root, place = places
        listing = environment_files.listing(root)
        keys = ("", "") if first else self._filled.keys_if_unchanged(root, listing)
        if keys is None:
            return None
        before, installed = keys
        found = _ingredients(call, filling, root, place, before, listing)
        if found is None:
            return None
        pinned = ""
        if self._kept is not None and found.is_kept:
            filling.keep(Keeping(self._kept.store, root, place))
            if found.is_pinned and (first or installed):
                # Variables have no effect on a file whose digest is given, and some differ in each run.
                # Other rules, or another platform, may have a file built, or refused, that is installed
                # in this run.
                rules = {"rules": self._rules.of_all_packages, "tags": installing.accepted_tags()}
                pinned = replace(found, before=installed, variables=rules).key
        return Pass(found.key, pinned, root, place, listing, first)

    def note_nothing(self, call: Call, first: bool) -> None:
        """Note that there was nothing to install in a pass."""
        places = self._places(call) if first else None
        if places is not None:
            root, _ = places
            self._filled.note_state(root, _NOTHING, _NOTHING, environment_files.listing(root))

    def copy(self, one: Pass, filling: Filling) -> bool:
        """Do a pass by copying what pip has installed in the same one before.

        Args:
            one: the pass.
            filling: the environment.

        Returns:
            whether that was possible; if not, nothing has changed.
        """
        filled = self._filled.copy(one.key, one.place, one.root)
        if filled is None:
            return False
        filling.note_resolved()
        filling.take_contents(
            filled.members, filled.distributions, filled.installed, filled.matched, filled.left_out
        )
        if one.first:
            after = environment_files.listing(one.root)
            self._filled.note_state(one.root, one.key, filled.installed, after)
        return True

    def copy_pinned(self, one: Pass, filling: Filling) -> bool:
        """Do a pass by copying what an earlier run has installed, if the rules leave no choice.

        Args:
            one: the pass.
            filling: the environment.

        Returns:
            whether that was possible; if not, nothing has changed.
        """
        if self._kept is None or not one.pinned:
            return False
        found = self._kept.pinned(one.pinned)
        if found is None or not self._kept.copy(found.key, one.place, one.root):
            return False
        filling.note_resolved()
        filling.take_contents(found.members, found.distributions, found.key)
        self.note(one, filling)
        return True

    def note(self, one: Pass, filling: Filling) -> None:
        """Note what pip has installed in a pass, before anything runs in the environment.

        Args:
            one: the pass.
            filling: the environment.
        """
        after = environment_files.listing(one.root)
        if one.first:
            self._filled.note_state(one.root, one.key, filling.installed, after)
        try:
            files = environment_files.put_there(
                one.root, one.place, one.part(one.before), one.part(after)
            )
        except OSError:
            return
        if files is not None:
            self._filled.note(one.key, filling, files, one.place)
            self._keep(one, filling, files)

    def _keep(self, one: Pass, filling: Filling, files: Files) -> None:
        """Keep an environment for later runs, and put there what was compiled in earlier ones."""
        if self._kept is None or not filling.installed or not files.has_distributions:
            return
        self._kept.keep(filling.installed, files, one.place)
        if one.pinned and _is_pinned(filling):
            from ..state.kept_environments import Pinned  # most environments are not pinned

            pinned = Pinned(filling.installed, tuple(filling.members), tuple(filling.distributions))
            self._kept.note_pinned(one.pinned, pinned)
        modules = self._kept.modules(filling.installed)
        if modules:
            self._filled.take_compiled(one.key, modules)
            compiled.put(one.place, modules)

    def forget(self, call: Call) -> None:
        """Forget an environment into which something else was put after a pass."""
        places = self._places(call)
        if places is not None:
            self._filled.forget_state(places[0])

    def _places(self, call: Call) -> tuple[str, str] | None:
        if not self._filled.wanted:
            return None
        return filling_options.places_of_pass(call["self"], call["prefix_as_string"])


def _ingredients(
    call: Call, filling: Filling, root: str, place: str, before: str, listing: Listing
) -> Ingredients | None:
    """Return what decides on an environment after a pass; None if that is not known."""
    environment, finder = call["self"], call.get("finder")
    followed = filling_options.options_of(environment, finder)
    requirements = tuple(call["requirements"])
    constraints = tuple(text for text, _ in filling.constraints)
    if followed is None:
        return None
    files = filling_key.contents_of_files(
        (*requirements, *constraints), followed.places, followed.lists
    )
    places = installing.places_below(place)
    if files is None or places is None:
        return None
    limit, own = filling.upload_limit, objects.library_directories(environment)
    return filling_key.Ingredients(
        requirements=requirements,
        constraints=constraints,
        hashes=filling.hashes,
        touched=filling.touched,
        stand_ins=tuple(tuple(one) for one in filling.stand_ins),
        moment=limit.moment if limit is not None else "",
        unlimited=limit.unlimited if limit is not None else (),
        seen=tuple(directory for directory in filling.directories if directory not in own),
        pass_name=call["prefix_as_string"],
        before=before,
        present=tuple(sorted(environment_files.without_compiled(listing))),
        options=tuple(followed.shown),
        variables=filling_key.variables_in(os.environ, root),
        places=tuple(places),
        elsewhere=followed.elsewhere,
        interpreter=filling_key.interpreter(objects.is_virtual(environment)),
        files=files,
    )


def _is_pinned(filling: Filling) -> bool:
    """Return whether one file was allowed for each distribution, and none was built."""
    return (
        {member.name for member in filling.members} <= filling.hashes.keys()
        and not any(member.source for member in filling.members)
        and not (filling.matched or filling.left_out)
    )
