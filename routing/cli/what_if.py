"""What answers the console's what-if questions: the simulated floors, beside the service they are no part of."""

import os
import socket
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.bootstrap import Service
    from routing.services.what_if import WhatIfDesk
    from routing.settings import Settings

IN_FORCE = "policy in force"
POLICIES = "policies"
"""The folder of the pack whose policy files can be asked about, as experiments may use them."""

FLOORS = "floors"
"""The folder of the data directory whose scenarios can be asked about."""


def desk(service: "Service") -> "WhatIfDesk":
    """Answers on the package's floors; questions are kept in the data directory."""
    from routing.adapters.system import SortableIds, SystemClock
    from routing.adapters.what_if_files import WhatIfFiles
    from routing.services.what_if import WhatIfDesk
    from simulation.questions import Files, FloorSimulator

    settings, clock = service.settings, SystemClock()
    return WhatIfDesk(
        FloorSimulator(lambda: Files(policy_files(settings), floor_files(settings))),
        WhatIfFiles(settings.data_dir / "what-if"),
        clock,
        SortableIds(clock),
        f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}",
        settings.what_if_seconds,
    )


def floor_files(settings: "Settings") -> dict[str, Path]:
    """The team's own floors, such as `pointsman traffic` writes, by name."""
    return {path.stem: path for path in sorted((settings.data_dir / FLOORS).glob("*.toml"))}


def policy_files(settings: "Settings") -> dict[str, Path]:
    """The policy file in force, where there is one, then those of the folder by name."""
    found = {} if settings.matching is None else {IN_FORCE: settings.matching}
    folder = [] if settings.pack is None else sorted((settings.pack / POLICIES).glob("*.toml"))
    return found | {path.name: path for path in folder}
