"""What people write beside a step, or as a name: on one line, and not too long."""

from routing.domain.errors import Invalid

LONGEST_NOTE = 500


def noted(place: str, text: str, most: int = LONGEST_NOTE, least: int = 1) -> str:
    """A person's words on one line; Invalid when there are none or too many."""
    said = " ".join(text.split())
    if not least <= len(said) <= most:
        raise Invalid(place, said[:40], f"{least} to {most} characters")
    return said
