"""Numbers as people read them."""

from markupsafe import Markup, escape

_THIN = "\u202f"


def percent(value: float | None, digits: int = 1) -> str:
    """0.934 to 93.4 %; a dash where there is nothing to say."""
    return "–" if value is None else f"{100 * value:.{digits}f}{_THIN}%"


def whole(value: float) -> str:
    """12345.6 to 12,346."""
    return f"{value:,.0f}"


def brief(value: float) -> str:
    """A tick: as few digits as tell it apart."""
    return f"{100 * value:g}{_THIN}%"


def hours(value: float) -> str:
    """Hours with one decimal below a hundred."""
    return f"{value:.1f}" if value < 100 else whole(value)


def name(text: str) -> Markup:
    """An issue type, which may break after an underscore and not in the middle of a word."""
    return escape(text).replace("_", Markup("_<wbr>"))


def clipped(text: str, most: int = 280) -> str:
    """A message short enough for a list."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
