"""A message with places for values, in one language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`text` names in braces what is filled in: `{card}`, `{amount}`; `language` is an ISO 639-1 code."""

    language: str
    text: str
