"""What the processes do by themselves, and what befalls them: outages, restarts, clocks, a changed pack."""

from typing import TYPE_CHECKING

from faults.floor import GROUPS, edited, whole_pack
from routing.bootstrap import sync_roster
from routing.services import matching, offers, review, triage
from routing.services.relaying import relay

if TYPE_CHECKING:
    from faults.world import Role, World

SERVES = ("serve-a", "serve-b")
CONSUMERS = ("consume-a", "consume-b")
RELAYS = ("relay-a", "relay-b")
STEPS_SECONDS = (0.5, 3.0, 10.0, 31.0, 61.0, 400.0)
CLOCKS_SECONDS = (-300.0, -20.0, 0.0, 20.0, 300.0)


def consumes(world: "World") -> None:
    """One poll."""
    consumes_by(world, world.fate.random.choice(CONSUMERS))


def consumes_by(world: "World", name: str) -> None:
    """One poll of this consumer."""
    world.perform(name, "consumes", lambda role: role.parts[1].turn())


def triages(world: "World") -> None:
    """One batch."""
    by = world.fate.random.choice(SERVES)
    world.perform(by, "triages", lambda role: triage.triage_batch(role.context, role.parts[1]))


def ticks(world: "World") -> None:
    """One round of matching, of every group, by either process."""
    ticks_by(world, world.fate.random.choice(SERVES))


def ticks_by(world: "World", name: str) -> bool:
    """One round of matching by this process."""

    def step(role: "Role") -> None:
        for group in GROUPS:
            matching.tick(role.context, role.parts[0], group, f"{role.actor.name}-{role.number}")

    return world.perform(name, "ticks", step)


def keeps_deadlines(world: "World") -> None:
    """Offers and reviews lapse."""

    def step(role: "Role") -> None:
        offers.lapse_due(role.context)
        review.lapse_due(role.context)

    world.perform(world.fate.random.choice(SERVES), "keeps deadlines", step)


def keeps_house(world: "World") -> None:
    """The roster is taken over again."""
    world.perform(world.fate.random.choice(SERVES), "keeps house", lambda role: sync_roster(role.context))


def relays(world: "World") -> None:
    """One batch of the outbox."""
    relays_by(world, world.fate.random.choice(RELAYS))


def relays_by(world: "World", name: str, most: int = 20) -> None:
    """One batch by this relay."""
    world.perform(name, "relays", lambda role: relay(role.context, role.parts, f"{name}-{role.number}", most))


def time_passes(world: "World") -> None:
    """For everybody."""
    seconds = world.fate.random.choice(STEPS_SECONDS)
    world.fate.tell(f"{seconds} s pass")
    world.fate.passes(seconds)


def sets_a_clock(world: "World") -> None:
    """A machine's clock steps, forwards or backwards."""
    role = world.roles[world.fate.random.choice(sorted(world.roles))]
    role.actor.ahead_seconds = world.fate.random.choice(CLOCKS_SECONDS)
    world.fate.tell(f"{role.actor.name}'s clock is {role.actor.ahead_seconds:+} s")


def kills(world: "World") -> None:
    """SIGKILL of any process that is not in the middle of something (those die at their steps)."""
    name = world.fate.random.choice(sorted(world.roles))
    if all(frame.actor.name != name for frame in world.fate.frames):
        world.restart(name)


def rebalances(world: "World") -> None:
    """The group deals its partitions anew; somebody goes on with a stale share until they notice."""
    world.fate.tell("the group rebalances")
    world.broker.rebalance()


def restarts_broker(world: "World") -> None:
    """The broker forgets the commits that were not synced."""
    world.fate.tell("the broker restarts")
    world.broker.restart()


def rewinds(world: "World") -> None:
    """Somebody sets the group's offsets back."""
    world.fate.tell("the group is rewound")
    world.broker.rewind()


def loses_log(world: "World") -> None:
    """The broker comes back empty, and the senders send everything again."""
    world.fate.tell("the broker loses its log")
    for place, log in sorted(world.broker.lose_log().items()):
        world.broker.logs[place].extend(log)


def toggles_broker(world: "World") -> None:
    """The broker goes away, or is back."""
    world.broker.down = not world.broker.down
    world.fate.tell(f"the broker is {'away' if world.broker.down else 'back'}")


def toggles_database(world: "World") -> None:
    """The database goes away, or is back."""
    world.database.away = not world.database.away
    world.fate.tell(f"the database is {'away' if world.database.away else 'back'}")


def flickers(world: "World") -> None:
    """The database fails statements and loses answers now and then, or stops doing so."""
    world.database.flickers = not world.database.flickers
    world.fate.tell(f"the database {'flickers' if world.database.flickers else 'is steady'}")


def breaks_classifier(world: "World") -> None:
    """A model stops answering, or is mended."""
    classifier = world.roles[world.fate.random.choice(SERVES)].parts[1]
    classifier.broken = not classifier.broken
    world.fate.tell(f"a classifier {'breaks' if classifier.broken else 'is mended'}")


def edits_pack(world: "World") -> None:
    """The team edits the roster; some process takes it over."""
    if world.fate.writing:
        return
    world.packs.pack = edited(world.fate.random)
    world.fate.tell("the pack is edited")
    keeps_house(world)


def mend(world: "World") -> None:
    """Everything is as it should be, and every process starts anew."""
    world.broker.down = world.database.away = world.database.flickers = False
    world.packs.pack = whole_pack()
    for name in sorted(world.roles):
        world.roles[name].actor.ahead_seconds = 0.0
        world.restart(name)
    keeps_house(world)
