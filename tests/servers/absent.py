"""What the suite does when a server it needs is not on this machine."""

import os
from typing import NoReturn

import pytest

REQUIRED_VARIABLE = "POINTSMAN_REQUIRE_SERVERS"


def absent(server: str, reason: str, fix: str) -> NoReturn:
    """Skip the test and name the fix; where servers are required (as in CI) an absent server is an error."""
    message = f"{server} is not available: {reason}. Fix: {fix}"
    if os.environ.get(REQUIRED_VARIABLE) == "1":
        pytest.fail(f"{message} ({REQUIRED_VARIABLE}=1 makes this an error)", pytrace=False)
    pytest.skip(message)
