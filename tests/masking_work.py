"""How much work masking a text is, as a busy machine does not change it."""

import sys

from encoders.text import mask_personal_data


def steps_of_masking(text: str) -> int:
    """Lines run while masking."""
    steps = 0

    def count(*_: object) -> object:
        nonlocal steps
        steps += 1
        return count

    sys.settrace(count)  # type: ignore[arg-type]
    try:
        mask_personal_data(text)
    finally:
        sys.settrace(None)
    return steps
