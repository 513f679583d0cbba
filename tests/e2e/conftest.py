"""A living floor behind a real server, for browsers."""

from collections.abc import Iterator

import pytest
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import free_port, serving

from api.app import create_app


@pytest.fixture
def floor() -> LivingFloor:
    return living_floor()


@pytest.fixture
def address(floor: LivingFloor) -> Iterator[str]:
    with serving(create_app(floor), free_port()) as place:
        yield place
