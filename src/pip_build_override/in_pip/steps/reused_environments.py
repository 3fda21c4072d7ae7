"""Build environments that are filled by copies of what pip has put into others in the same run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..builds import environment_files, filling_key
from ..internals import filling_options, objects

if TYPE_CHECKING:
    from ..builds.environment_files import Listing
    from ..internals.protocols import BuildEnvironment
    from ..internals.seams import Call
    from ..state.environments import Filling
    from ..state.filled_environments import FilledEnvironments

_NOTHING = "nothing"


class Pass:
    """One of pip's passes, which fills a build environment.

    Args:
        key: the key of the environment after the pass.
        root: the directory of the environment.
        place: the directory that the pass installs into.
        before: what is in the environment before the pass.
        first: whether it is the first pass.
    """

    def __init__(self, key: str, root: str, place: str, before: Listing, first: bool) -> None:
        self.key = key
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
        filled_environments: the environments that pips of this run have filled.
    """

    def __init__(self, filled_environments: FilledEnvironments) -> None:
        self._filled = filled_environments

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
        before = "" if first else self._filled.key_if_unchanged(root, listing)
        if before is None:
            return None
        key = _key(call, filling, root, before, listing)
        return Pass(key, root, place, listing, first) if key else None

    def note_nothing(self, call: Call, first: bool) -> None:
        """Note that there was nothing to install in a pass."""
        places = self._places(call) if first else None
        if places is not None:
            root, _ = places
            self._filled.note_state(root, _NOTHING, environment_files.listing(root))

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
        filling.note_members(filled.members)
        filling.note_distributions(filled.distributions)
        filling.take_matched(filled.matched)
        filling.note_left_out(*filled.left_out)
        if one.first:
            self._filled.note_state(one.root, one.key, environment_files.listing(one.root))
        return True

    def note(self, one: Pass, filling: Filling) -> None:
        """Note what pip has installed in a pass, before anything runs in the environment.

        Args:
            one: the pass.
            filling: the environment.
        """
        after = environment_files.listing(one.root)
        if one.first:
            self._filled.note_state(one.root, one.key, after)
        try:
            files = environment_files.put_there(
                one.root, one.place, one.part(one.before), one.part(after)
            )
        except OSError:
            return
        if files is not None:
            self._filled.note(one.key, filling, files, one.place)

    def forget(self, call: Call) -> None:
        """Forget an environment into which something else was put after a pass."""
        places = self._places(call)
        if places is not None:
            self._filled.forget_state(places[0])

    def _places(self, call: Call) -> tuple[str, str] | None:
        if not self._filled.wanted:
            return None
        return filling_options.places_of_pass(call["self"], call["prefix_as_string"])


def _key(call: Call, filling: Filling, root: str, before: str, listing: Listing) -> str:
    """Return the key of an environment after a pass; "" if not all that decides on it is known."""
    environment, finder = call["self"], call.get("finder")
    followed = filling_options.options_of(environment, finder)
    requirements = tuple(call["requirements"])
    constraints = tuple(text for text, _ in filling.constraints)
    if followed is None:
        return ""
    files = filling_key.contents_of_files(
        (*requirements, *constraints), followed.places, followed.lists
    )
    if files is None:
        return ""
    limit = filling.upload_limit
    return filling_key.Ingredients(
        requirements=requirements,
        constraints=constraints,
        hashes=filling.hashes,
        touched=filling.touched,
        stand_ins=tuple(tuple(one) for one in filling.stand_ins),
        moment=limit.moment if limit is not None else "",
        unlimited=limit.unlimited if limit is not None else (),
        seen=tuple(place for place in filling.directories if place not in _own(environment)),
        pass_name=call["prefix_as_string"],
        before=before,
        present=tuple(sorted(environment_files.without_compiled(listing))),
        options=tuple(followed.shown),
        variables=filling_key.variables_in(os.environ, root),
        interpreter=filling_key.interpreter(objects.is_virtual(environment)),
        files=files,
    ).key


def _own(environment: BuildEnvironment) -> tuple[str, ...]:
    return objects.library_directories(environment)
