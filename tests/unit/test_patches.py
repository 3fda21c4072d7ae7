"""The patches: whose step is taken, and what becomes of what goes wrong in one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Iterator

import pytest

from pip_build_override.errors import OverrideError
from pip_build_override.in_pip.internals import patches
from pip_build_override.in_pip.internals.endings import Refusal
from pip_build_override.in_pip.state.outcome import Outcome

from ..support.hints import follows


class Session:
    """The session of one pip command, with one step."""

    def __init__(self, step: Any) -> None:
        self.outcome = Outcome()
        self.step = step

    def handler(self, step_and_method: str) -> Any:
        assert step_and_method == "some.step"
        return self.step


class Owner:
    """A class of pip's."""

    def seam(self, one: int, other: int = 2) -> Any:
        return one, other

    @staticmethod
    def static(one: int) -> Any:
        return one


def raising(error: BaseException) -> Any:
    def step(*_: Any) -> None:
        raise error

    return step


@pytest.fixture
def patched() -> Iterator[type[Owner]]:
    kind = type("Owner", (Owner,), dict(vars(Owner)))
    patches._replace(kind, "seam", vars(kind)["seam"], "some.step")
    yield kind
    assert not patches.command_runs()


def test_without_a_session_pip_is_left_alone(patched: type[Owner]) -> None:
    assert patched().seam(1) == (1, 2)


def test_a_step_gets_the_call(patched: type[Owner]) -> None:
    def step(original: Any, call: Any) -> Any:
        call["other"] = 3
        return "ours", call.to(original)

    with patches.in_force(Session(step)):
        assert patches.command_runs()
        assert patched().seam(1) == ("ours", (1, 3))
    assert patched().seam(1) == (1, 2)


def test_of_two_commands_the_inner_one(patched: type[Owner]) -> None:
    outer, inner = Session(lambda *_: "outer"), Session(lambda *_: "inner")
    with patches.in_force(outer):
        assert patched().seam(1) == "outer"
        with patches.in_force(inner):
            assert patched().seam(1) == "inner"
        assert patched().seam(1) == "outer"


def test_a_command_that_fails_is_over(patched: type[Owner]) -> None:
    outer, inner = Session(lambda *_: "outer"), Session(raising(ValueError("mine")))
    with patches.in_force(outer):
        with pytest.raises(ValueError, match="mine"), patches.in_force(inner):
            patched().seam(1)
        assert patched().seam(1) == "outer"


def test_a_seam_is_patched_once(patched: type[Owner]) -> None:
    function = vars(patched)["seam"]
    patches._replace(patched, "seam", function, "some.step")
    assert vars(patched)["seam"] is function


def test_a_static_method_stays_one() -> None:
    kind: Any = type("Owner", (Owner,), dict(vars(Owner)))
    patches._replace(kind, "static", vars(kind)["static"].__func__, "some.step")
    assert kind().static(1) == 1
    with patches.in_force(Session(lambda original, call: call["one"] + 1)):
        assert kind().static(1) == 2


OURS, PIPS = "pip_build_override.in_pip.none", "pip._vendor.none"


def by(module: str, statement: str, **values: Any) -> Any:
    """Return a step that does something in a module."""

    def step(*_: Any) -> None:
        exec(statement, {"__name__": module, **values})

    return step


@pytest.mark.parametrize(
    "step",
    [
        raising(OverrideError("no", kind="usage")),
        # Of the shim, something is not there any more, or of pip.
        raising(ImportError("gone", name=OURS)),
        by(OURS, "import pip._vendor.none"),
        by(OURS, "lost_by_a_file_that_breaks_off"),
    ],
)
def test_what_is_a_refusal(step: Any, patched: type[Owner]) -> None:
    session = Session(step)
    with patches.in_force(session), pytest.raises(Refusal) as caught:
        patched().seam(1)
    assert session.outcome.refusal is caught.value.error


def test_what_is_a_refusal_by_an_attribute_that_pip_has_lost(
    patched: type[Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "_lost_by_pip", lambda error: str(error))
    session = Session(raising(AttributeError("Link.gone: not there")))
    with patches.in_force(session), pytest.raises(Refusal, match=r"Link\.gone"):
        patched().seam(1)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (raising(ValueError("mine")), ValueError),
        # Of pip itself, or of what it runs: no fault of the shim.
        (raising(ImportError("gone", name="numpy")), ImportError),
        (raising(ImportError("gone")), ImportError),
        (by("pip._internal.x", "import pip._vendor.none"), ImportError),
        (by("pip._internal.x", "lost"), NameError),
        (raising(UnboundLocalError("mine")), UnboundLocalError),
        (by(OURS, "''.gone"), AttributeError),
    ],
)
def test_what_is_none(step: Any, error: type[Exception], patched: type[Owner]) -> None:
    session = Session(step)
    with patches.in_force(session), pytest.raises(error):
        patched().seam(1)
    assert session.outcome.refusal is None


def test_a_shim_that_was_replaced_meanwhile(
    patched: type[Owner], monkeypatch: pytest.MonkeyPatch
) -> None:
    patches._check_not_replaced.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(patches, "_AT_START", (0, 0, 0))
        with patches.in_force(Session(pytest.fail)), pytest.raises(Refusal, match="replaced") as caught:
            patched().seam(1)
    follows("run the command again", f"hint: {caught.value.error.hint}")
    with patches.in_force(Session(lambda original, call: "as it is now")):
        assert patched().seam(1) == "as it is now"


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What would be patched of this pip."""
    found: list[tuple[str, str]] = []

    def note(owner: Any, name: str, original: Any, handler: str) -> None:
        found.append((f"{owner.__name__}.{name}", handler))

    monkeypatch.setattr(patches, "_replace", note)
    monkeypatch.setattr("pip_build_override.in_pip.internals.objects.probe", lambda options: None)
    return found


@pytest.mark.parametrize("legacy", [True, False])
def test_the_seams_of_this_pip(applied: list[tuple[str, str]], legacy: bool) -> None:
    from pip_build_override.in_pip.internals import seams
    from pip_build_override.in_pip.session import HANDLERS

    features = ["legacy-resolver"] if legacy else []
    patches.apply(SimpleNamespace(deprecated_features_enabled=features), HANDLERS)  # type: ignore[arg-type]
    handlers = [handler for _, handler in applied]
    for seam, handler in HANDLERS:
        if seam in seams.EVERYWHERE:
            assert handler in handlers
    assert handlers.count("build_environment.install_requirements") == len(seams.environment_classes())
    # That of the legacy resolver is one that pip does not load by itself.
    there = legacy and seams.find(seams.LEGACY_RESOLVE) is not None
    assert handlers.count("resolve.resolve") == (2 if there else 1)
