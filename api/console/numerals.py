"""Numbers and dates as the language of the reader writes them."""

from datetime import date, datetime

from api.console.speech import pgettext


def number(value: float, form: str = ",") -> str:
    """A number in a form of `str.format`, with the reader's own marks."""
    marks: dict[str, str | int | None] = {
        ",": pgettext("between thousands", ","),
        ".": pgettext("before decimals", "."),
    }
    return format(value, form).translate(str.maketrans(marks))


def day(at: date) -> str:
    """A day of the year."""
    return pgettext("a date", "{day} {month}").format(day=at.day, month=_month(at))


def day_and_time(at: datetime) -> str:
    """A day and a minute."""
    return pgettext("a date", "{day}, {time}").format(day=day(at), time=at.strftime("%H:%M"))


def whole_date(at: datetime) -> str:
    """A day with its year, and a minute."""
    said = pgettext("a date", "{day:02} {month} {year} {time}")
    return said.format(day=at.day, month=_month(at), year=at.year, time=at.strftime("%H:%M"))


def _month(at: date) -> str:
    names = (
        pgettext("a month", "Jan"),
        pgettext("a month", "Feb"),
        pgettext("a month", "Mar"),
        pgettext("a month", "Apr"),
        pgettext("a month", "May"),
        pgettext("a month", "Jun"),
        pgettext("a month", "Jul"),
        pgettext("a month", "Aug"),
        pgettext("a month", "Sep"),
        pgettext("a month", "Oct"),
        pgettext("a month", "Nov"),
        pgettext("a month", "Dec"),
    )
    return names[at.month - 1]
