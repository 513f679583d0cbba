"""The demo: the whole service on a living floor, from one command."""

import sys
import threading
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from routing.cli import configuration, what_if
from routing.cli.progress import shown

if TYPE_CHECKING:
    from routing.bootstrap import Service
    from routing.ports import Clock
    from simulation.floor_client import FloorClient

FIRST_MORNING = time(10, 0)
HOME = ZoneInfo("Europe/London")
DEMO_FOLDER = Path("pointsman-data/demo")
READY_CHECK_SECONDS = 0.2
# However fast the floor's clock runs, the simulated COps hear of an offer in real time.
LEAST_REAL_SECONDS_OF_AN_OFFER = 6.0


def register(app: typer.Typer) -> None:
    """Add the demo command."""
    app.command()(demo)


def demo(
    speed: Annotated[
        float, typer.Option(help="How many seconds of the floor pass in a real one.", min=0.1, max=60)
    ] = 1.0,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its state.")] = DEMO_FOLDER,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Train the starter model, serve it, and bring 40 COps and a stream of customers to life. Ctrl-C stops it."""
    from api.serving import run
    from routing.bootstrap import engine
    from routing.domain.policy import Policy

    offer_ttl_seconds = max(Policy().offer_ttl_seconds, speed * LEAST_REAL_SECONDS_OF_AN_OFFER)
    found = configuration.settings(
        data_dir=data_dir, port=port, log_level="warning", host="127.0.0.1", offer_ttl_seconds=offer_ttl_seconds
    )
    configuration.require_free_port(found)
    with shown("training the starter model") as progress:
        service = configuration.service(found, progress=progress)
        _train_once(service)
    service = configuration.service(found, clock=_floor_clock(service, speed))
    service.classifier.classify([], service.context.packs.current().taxonomy, service.context.clock.now())
    floor = what_if.desk(service)
    run(service, engine(service, speed), lambda address, stop: _live(service, address, speed, stop), floor)
    print("stopped; the next start goes on from here", file=sys.stderr)


def _train_once(service: "Service") -> None:
    from routing.services.learning import retrain
    from routing.services.models import live_id

    if live_id(service.context) is None:
        outcome = retrain(service.context, service.models)
        share = f"{outcome.accuracy:.1%} of {outcome.held_out} messages it never saw"
        print(f"trained on {outcome.examples} messages; right on {share}", file=sys.stderr)


def _floor_clock(service: "Service", speed: float) -> "Clock":
    """The floor's own clock: it begins at ten in the morning, and goes on where the last run stopped."""
    from routing.adapters.system import ScaledClock

    with service.context.store.reading() as uow:
        stopped_at = uow.events.last_at()
    first = datetime.combine(datetime.now(HOME).date(), FIRST_MORNING, HOME)
    return ScaledClock((stopped_at or first).astimezone(UTC), speed)


def _live(service: "Service", address: str, speed: float, stop: threading.Event) -> None:
    from simulation.floor_client import FloorClient
    from simulation.live import LiveFloor
    from simulation.scenario import SCENARIOS, read_scenario

    client = FloorClient(address)
    try:
        if not _ready(client, stop):
            return
        print(f"\nPointsman is live at {address}  (Ctrl-C stops it)\n", flush=True)
        scenario = read_scenario(SCENARIOS / "demo.toml")
        pack, clock = service.context.packs.current(), service.context.clock
        LiveFloor(client, pack, scenario, clock.now, speed).run(stop)
    finally:
        client.close()


def _ready(client: "FloorClient", stop: threading.Event) -> bool:
    """Wait until the service answers that it has all it needs; False when it is stopped before."""
    while not client.ready():
        if stop.wait(READY_CHECK_SECONDS):
            return False
    return True
