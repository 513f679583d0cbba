"""Who runs a command."""

import getpass


def who(by: str | None) -> str:
    """Whoever is named, or the user of this machine."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"
