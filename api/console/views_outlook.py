"""What the simulated minutes to come bring, as a table."""

from dataclasses import dataclass

from api.console import wording
from api.console.numerals import number
from api.console.speech import _, marked
from routing.domain.outlook import Outlook
from routing.domain.what_if_answer import Estimate

NAMES = {
    "wait_seconds": marked("Mean wait from now on"),
    "late": marked("Pass their target"),
    "left": marked("Leave unanswered"),
}


@dataclass(frozen=True, slots=True)
class OutlookRow:
    """One figure; `clear`: the change makes a difference that is none of chance."""

    name: str
    before: str
    after: str
    difference: str
    clear: bool


def outlook_rows(found: Outlook) -> tuple[OutlookRow, ...]:
    """Each figure as it is, with the change, and the difference with its interval."""
    return tuple(
        OutlookRow(
            _(NAMES[each.name]),
            _said(each.name, each.before.mean),
            _said(each.name, each.after.mean),
            _difference(each.name, each.difference),
            each.difference.is_clear,
        )
        for each in found.figures
    )


def _difference(name: str, found: Estimate) -> str:
    low, high = (found.mean if each is None else each for each in (found.low, found.high))
    if found.mean == low == high == 0:
        return _("no difference")
    said = [_said(name, each, "+") for each in (found.mean, low, high)]
    return _("{mean} ({low} to {high})").format(mean=said[0], low=said[1], high=said[2])


def _said(name: str, value: float, sign: str = "") -> str:
    places = 0 if name == "wait_seconds" else 1
    rounded = round(value, places) + 0.0  # What rounds to nothing has no sign.
    form = f"{sign if rounded else ''}.{places}f"
    return wording.seconds(rounded, form) if name == "wait_seconds" else number(rounded, form)
