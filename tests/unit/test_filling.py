"""What is noted of an environment while it is filled."""

from __future__ import annotations

from pip_build_override.errors import OverrideError
from pip_build_override.frozen import replace
from pip_build_override.in_pip.builds.member import Judgement, Matched, Member, Origin
from pip_build_override.in_pip.state.environments import Filling
from pip_build_override.in_pip.target.settled import Settled
from pip_build_override.rules import Source

BUILT = Member(
    "x", "1.0", source=True, rules="", told={"unused": (Judgement("unused-rule", "first", "", ""),)}
)
READY_MADE = Member("x", "1.0", source=False, rules="")
OTHER = Member("y", "1.0", source=True, rules="")


def test_what_else_was_said_of_a_member() -> None:
    filling = Filling(depth=1)
    filling.note_members((BUILT, READY_MADE, OTHER))
    second, third = (
        Judgement("unused-rule", "second", "", ""),
        Judgement("unused-rule", "third", "", ""),
    )
    filling.note_told("x", {"unused": (second,), "generated": (third,)})
    told = {"unused": (Judgement("unused-rule", "first", "", ""), second), "generated": (third,)}
    assert filling.members == [replace(BUILT, told=told), READY_MADE, OTHER]
    # What is known of it elsewhere stays as it is.
    assert set(BUILT.told) == {"unused"}


def test_only_what_was_built_to_match_the_target_must_match_it() -> None:
    filling = Filling(depth=1)
    settled = [
        Settled("a", Source("target"), (), "a==1", "1"),
        Settled("b", Source("oldest"), (), "b==1", "1"),
        # Nothing of that name was there.
        Settled("c", Source("target", otherwise="declared"), (), "declared", ""),
    ]
    filling.note_matched("x 1.0", settled)
    assert filling.matched == [Matched("x 1.0", "a", "1")]


def test_what_another_process_hands_back() -> None:
    filling = Filling(depth=1)
    error = OverrideError("no", kind="usage")
    filling.note_resolved()
    filling.note_distributions((Origin("x", "1.0"),))
    filling.take_matched((Matched("x 1.0", "a", "1"),))
    filling.note_refusal(error)
    assert filling.resolved
    assert filling.distributions == [Origin("x", "1.0")]
    assert filling.matched == [Matched("x 1.0", "a", "1")]
    assert filling.refusal is error
