"""Pages for running the service: kill switches, dead letters, the audit trail, settings."""

from collections import deque
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import Response

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.problems import problem
from api.console.rendering import html
from api.console.sentences import refusal
from api.console.speech import _
from api.console.views_operations import facts, settings_rows, switches, verified
from api.dependencies import Served, ServiceDep
from api.schemas.base import STORABLE
from routing.adapters.audit_anchors import anchor_places
from routing.domain.audit import Wanted
from routing.domain.errors import RoutingError
from routing.domain.events import EventKind
from routing.services import audit, dead_letters, overrides

MOST_FACTS = 200
MOST_LETTERS = 500
router = console_router()
Word = Annotated[str, Query(max_length=128, pattern=STORABLE)]


@router.get("/console/switches")
def show_switches(service: ServiceDep, viewer: ViewerDep) -> Response:
    """What can be stopped at once, and what is."""
    context = service.context
    pack, found = context.packs.current(), overrides.in_force(context, viewer.markets)
    markets = [key for key in pack.markets if viewer.markets is None or key in viewer.markets]
    rows = switches(pack, found, context.clock.now(), markets, viewer.markets is None)
    return html("switches.html", 200, viewer=viewer, switches=rows)


@router.get("/console/settings")
def show_settings(service: ServiceDep, viewer: ViewerDep) -> Response:
    """What this process runs with; read-only."""
    return html("settings.html", 200, viewer=viewer, rows=settings_rows(service.settings))


async def search(actor: Word = "", kind: Word = "", conversation: Word = "", cop: Word = "") -> dict[str, str]:
    """Which facts are looked for; empty means any."""
    return {"actor": actor, "kind": kind, "conversation": conversation, "cop": cop}


@router.get("/console/audit")
def show_audit(service: ServiceDep, viewer: ViewerDep, asked: Annotated[dict[str, str], Depends(search)]) -> Response:
    """The newest sealed facts that fit."""
    kinds = (EventKind(asked["kind"]),) if asked["kind"] in set(EventKind) else ()
    wanted = Wanted(asked["actor"] or None, kinds, asked["conversation"] or None, asked["cop"] or None)
    rows = facts(audit.search(service.context.store, wanted, MOST_FACTS))
    return _audit(viewer, asked=asked, rows=rows, verified=[])


@router.post("/console/audit/verify")
def verify(service: ServiceDep, viewer: ViewerDep) -> Response:
    """Read the whole trail and hold it against the anchors."""
    settings = service.settings
    try:
        places = anchor_places(settings.anchors_file, settings.audit_anchor_to)
        found = audit.verify(service.context.store, places.all())
    except RoutingError as error:
        return problem(error)
    asked = dict.fromkeys(("actor", "kind", "conversation", "cop"), "")
    return _audit(viewer, asked=asked, rows=[], verified=verified(found))


def _audit(viewer: Viewer, **shown: object) -> Response:
    return html("audit.html", 200, viewer=viewer, kinds=list(EventKind), most=MOST_FACTS, **shown)


@router.get("/console/dead-letters")
def show_letters(service: ServiceDep, viewer: ViewerDep) -> Response:
    """What Kafka brought and nobody could read: where from and why, never its content."""
    return _letters(service, viewer, "")


@router.post("/console/dead-letters/replay")
def replay(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Send one back to where it came from."""
    try:
        said = _replayed(service, viewer, form.get("id", "")[:64])
    except RoutingError as error:
        return problem(error)
    return _letters(service, viewer, said)


def _replayed(service: Served, viewer: Viewer, id: str) -> str:
    from routing.adapters.kafka.letters import read_letters
    from routing.adapters.kafka.letters import replay as sent_again
    from routing.adapters.kafka.producing import Producer, producer_of
    from routing.adapters.kafka.topics import Topics

    settings = service.settings
    if settings.kafka_bootstrap is None:
        return _("There is no Kafka here.")
    producer, topics = Producer(lambda: producer_of(settings)), Topics(settings.kafka_prefix)
    try:
        done = next(sent_again(read_letters(settings), producer, topics, lambda letter: letter.id == id), None)
    finally:
        producer.close()
    if done is None:
        return _("There is no dead letter {id}.").format(id=id)
    if done.obstacle is not None:
        return _("{id} stays: {why}.").format(id=id, why=refusal(done.obstacle))
    dead_letters.note_replay(service.context, id, done.letter.topic, viewer.name)
    said = _("{id} was sent again to {topic}. If its cause is not mended, it comes back.")
    return said.format(id=id, topic=done.letter.topic)


def _letters(service: Served, viewer: Viewer, said: str) -> Response:
    from routing.adapters.kafka.letters import obstacle, read_letters
    from routing.adapters.kafka.topics import Topics

    settings = service.settings
    if settings.kafka_bootstrap is None:
        return html("dead_letters.html", 200, viewer=viewer, rows=None, why="", said=said, most=MOST_LETTERS)
    try:
        # What they hold is not shown, and may be large.
        every = (replace(each, key=None, value=None, headers=()) for each in read_letters(settings))
        found = sorted(deque(every, MOST_LETTERS), key=lambda letter: letter.dead_at, reverse=True)
    except RoutingError as error:
        return html("dead_letters.html", 503, viewer=viewer, rows=[], why=refusal(error), said=said, most=MOST_LETTERS)
    topics = Topics(settings.kafka_prefix)
    rows = [(letter, refusal(obstacle(letter, topics) or "")) for letter in found]
    return html("dead_letters.html", 200, viewer=viewer, rows=rows, why="", said=said, most=MOST_LETTERS)
