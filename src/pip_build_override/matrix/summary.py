"""What came of a matrix, for people: the table, Python by version, and the same as Markdown."""

from __future__ import annotations

from typing import Callable, Mapping, Sequence

from .cells import Cell
from .floors import Again, Floor, said
from .grid import Paint, Part, as_lines, as_markdown, built, counted, escaped, grid, one_line, reasons
from .plan import Plan
from .results import BUILT_OTHERWISE, PASSED, STATES, Result

Results = Mapping[str, Result]
"""What came of each cell, by its name."""

IMPORTED = "imported"
"""What is shown for a cell that passed if no command tests: nothing but imports was tried."""


def shown(cell: Cell, result: Result) -> Part:
    """Return what is shown for one cell.

    "Built with" is what the record in the wheel says; what was only asked for is in parentheses.

    Args:
        cell: The cell.
        result: What came of it.
    """
    asked = built(cell)
    state = label(result)
    if not asked:
        return Part(state, result.state)
    found = [(name, result.built_with.get(name, "")) for name, _ in cell.built]
    if not all(version for _, version in found):
        return Part(f"{state} ({asked})", result.state)
    with_these = built(Cell(cell.python, (), tuple(found)))
    if result.state == BUILT_OTHERWISE:
        # If another wheel was installed, what that was built with is not known.
        other = "" if with_these == asked else f"{with_these}, not "
        return Part(f"{state} ({other}{asked})", result.state)
    return Part(f"{state}, built with {with_these}", result.state)


def lines(
    plan: Plan,
    results: Results,
    floors: Sequence[Floor],
    *,
    file: str,
    again: Again,
    width: int = 0,
    paint: Paint | None = None,
    hint: Callable[[str], str] = str,
) -> list[str]:
    """Return the lines for a terminal or a log.

    Args:
        plan: The plan.
        results: What came of its cells.
        floors: What is known of the oldest versions.
        file: The file that declares the requirements, as the user can open it.
        again: Returns the command that runs some other versions.
        width: The number of characters that fit on a line; 0 for any number.
        paint: Returns a text in the colour of a state; None for no colours.
        hint: Returns a text in the colour of hints.
    """
    more = {} if paint is None else {"paint": paint}
    table = grid(plan, lambda cell: shown(cell, results[cell.name]))
    found = [*as_lines(table, width, **more), ""]
    for reason, names in _reasons(plan, results):
        found.append(f"{reason} ({', '.join(names)})")
        found += [f"{hint('hint:')} {each}" for each in _hints(results, names)]
    found += [one_line(note) for note in plan.notes]
    found.append(total(plan, results))
    for floor in floors:
        found += said(floor, file, again)
    return found


def markdown(plan: Plan, results: Results, floors: Sequence[Floor], *, file: str, again: Again) -> str:
    """Return the same as Markdown, for the summary of a workflow; it ends with an empty line.

    Args:
        plan: The plan.
        results: What came of its cells.
        floors: What is known of the oldest versions.
        file: The file that declares the requirements.
        again: Returns the command that runs some other versions.
    """
    table = grid(plan, lambda cell: shown(cell, results[cell.name]))
    title = f"Matrix of {plan.project}" if plan.project else "Matrix"
    found = [f"### {escaped(title)}", "", *as_markdown(table), ""]
    for reason, names in _reasons(plan, results):
        found.append(f"- {escaped(reason)} ({escaped(', '.join(names))})")
        found += [f"  - hint: {escaped(each)}" for each in _hints(results, names)]
    found += [f"- {escaped(note)}" for note in plan.notes]
    found += [*([""] if found[-1] else []), escaped(total(plan, results)), ""]
    for floor in floors:
        # A line break within a paragraph of Markdown is a blank.
        found += [line for text in said(floor, file, again) for line in (escaped(text), "")]
    return "\n".join(found) + "\n"


def total(plan: Plan, results: Results) -> str:
    """Return how many cells are in each state, and how many wheels there are."""
    states = [label(results[cell.name]) for cell in plan.cells]
    parts = [
        f"{states.count(each)} {each}"
        for each in (*STATES[:1], IMPORTED, *STATES[1:])
        if each in states
    ]
    text = f"{counted(len(states), 'cell')}: {', '.join(parts)}"
    reused: dict[object, bool] = {}
    for cell in plan.cells:
        result = results[cell.name]
        if result.wheel:
            key = (cell.python, cell.built)
            # One cell built it, and those after it found it.
            reused[key] = reused.get(key, True) and result.reused
    if reused:
        text += f"; {counted(len(reused), 'wheel')}"
        again = sum(reused.values())
        if again:
            text += ", all of them reused" if again == len(reused) else f", {again} of them reused"
    return f"{text}; as of {plan.day}" if plan.day else text


def label(result: Result) -> str:
    """Return the word for the state of a cell."""
    return IMPORTED if result.state == PASSED and not result.tested else result.state


def _reasons(plan: Plan, results: Results) -> list[tuple[str, list[str]]]:
    found = []
    for cell in plan.cells:
        result = results[cell.name]
        if result.state != PASSED:
            found.append(
                (f"{result.state}: {result.reason}" if result.reason else result.state, cell.name)
            )
    return reasons(found)


def _hints(results: Results, names: Sequence[str]) -> list[str]:
    """Return the hints of some cells, each once."""
    return [*dict.fromkeys(one_line(hint) for name in names for hint in results[name].hints)]
