"""Texts of customers as cells of a table file, which people open in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_cell(text: str) -> str:
    """What a spreadsheet would take for a formula is a customer's text: a quote in front keeps it one."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
