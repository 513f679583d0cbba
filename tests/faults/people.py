"""What customers, COps and managers do."""

from typing import TYPE_CHECKING
from unittest.mock import patch

from faults.broker import TOPICS, Sent
from faults.erasing import Pseudonyms
from faults.fate import require
from faults.floor import COPS, MANAGERS, MARKETS, WORDS
from faults.rest import ACCEPTED, BEGUN, FINISHED, asks
from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.offer import AssignmentId, OfferId
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.review import ReviewId
from routing.services import erasure, intake, offers, presence, review, tracing, wrap_up
from routing.services.erasure import Reach, Request
from routing.services.intake import IncomingMessage

if TYPE_CHECKING:
    from faults.world import World

TYPES = ("card_lost", "card_late", "limit_raise", None)
POISON = (b"{", b"\xff\xfe", b"null", b"[]", b'{"specversion": "1.0"}', None)
SERVES = ("serve-a", "serve-b")


def _message(world: "World", id: str, market: str) -> IncomingMessage:
    number = len(world.ledger)
    event_id = f"e-{number:03}"  # none begins as another one is
    greeting = "bonjour " if market == "fr" else ""
    text = f"{greeting}{world.fate.random.choice(WORDS)} {event_id}"
    world.ledger[event_id] = text
    channel = Channel.EMAIL if id.endswith("3") else Channel.CHAT
    return IncomingMessage(event_id, "shop", text, market, channel, id, f"cust-{int(id[2:]) % 3}", world.fate.now)


def _somebody(world: "World", anew: bool) -> tuple[str, str]:
    begun = sorted(world.markets)
    if begun and not anew:
        id = world.fate.random.choice(begun)
    else:
        id = f"c-{len(begun)}"
        world.markets[id] = world.fate.random.choice(sorted(MARKETS))
    return id, world.markets[id]


def the_day_begins(world: "World") -> None:
    """Most COps are there, and some customers have written."""
    for cop_id in COPS:
        if world.fate.random.random() < 0.7:
            set_presence(world, cop_id, Presence.AVAILABLE)
    for _ in range(world.fate.random.randint(1, 3)):
        writes_by_rest(world)


def writes_by_kafka(world: "World") -> None:
    """A first message."""
    _put(world, _message(world, *_somebody(world, anew=len(world.markets) < world.most_conversations)))


def writes_again(world: "World") -> None:
    """A further message of a conversation, by Kafka."""
    _put(world, _message(world, *_somebody(world, anew=False)))


def _put(world: "World", message: IncomingMessage) -> None:
    data = {
        "text": message.text,
        "market": message.market,
        "channel": str(message.channel),
        "conversation_id": message.conversation_id,
        "customer_id": message.customer_id,
    }
    world.fate.tell(f"{message.conversation_id} writes {message.text!r}")
    world.put(TOPICS.messages, str(message.conversation_id), "conversation.message", message.event_id, data)


def writes_by_rest(world: "World") -> None:
    """A message that is sent again until somebody answers."""
    world.unanswered.append(_message(world, *_somebody(world, anew=len(world.markets) < world.most_conversations)))
    asks_again(world)


def asks_again(world: "World") -> None:
    """A request that got no answer."""
    if not world.unanswered:
        return
    message = world.fate.random.choice(world.unanswered)
    by = world.fate.random.choice(SERVES)
    if asks(world, by, f"takes in {message.event_id}", BEGUN, lambda context: intake.read(context, message)):
        world.unanswered = [other for other in world.unanswered if other is not message]
        world.promises.acknowledged.add(message.text)


def sends_twice(world: "World") -> None:
    """A sender repeats what is in the log already."""
    places = [(place, log) for place, log in sorted(world.broker.logs.items()) if log]
    if places:
        place, log = world.fate.random.choice(places)
        world.broker.logs[place].append(world.fate.random.choice(log))


def sends_poison(world: "World") -> None:
    """What nobody can read, or no client can decode."""
    value = world.fate.random.choice(POISON)
    world.poison += 1
    key = f"poison-{world.poison}".encode()
    corrupt = world.fate.random.random() < 0.3
    world.broker.put(TOPICS.messages, key, Sent(key, value, [], corrupt))


def leaves(world: "World") -> None:
    """A customer gives up waiting."""
    row = world.pick("SELECT id FROM conversations")
    if row is not None:
        leave(world, row["id"])


def leave(world: "World", conversation_id: str) -> None:
    """One conversation."""
    id, by, event = ConversationId(conversation_id), world.fate.random.choice(SERVES), f"left-{world.fate.steps}"
    world.perform(by, f"{id} leaves", lambda role: intake.abandon(role.context, id, event, "shop"))


def is_erased(world: "World") -> None:
    """A customer asks to be erased, most of them having left first; what is broken off is asked for again."""
    row = world.pick("SELECT DISTINCT customer_id AS id FROM conversations")
    if row is None:
        return
    customer = row["id"]
    if world.fate.random.random() < 0.7:
        for row in world.rows("SELECT id FROM conversations WHERE customer_id = ? ORDER BY id", customer):
            leave(world, row["id"])
    world.to_erase.append(customer)
    asks_to_erase(world)


def asks_to_erase(world: "World") -> None:
    """The oldest erasure that is not done."""
    if not world.to_erase or world.fate.crowd is not None:
        return  # a reader who stands still in a crowd would keep the files from being cleaned
    customer, by, erased = world.to_erase[0], world.fate.random.choice(SERVES), world.promises.erased
    reach, asked = Reach(Pseudonyms(), [erased.shelf]), Request(customer, "root", "case 7")
    wanted = erased.texts_of(customer)
    with patch.object(erasure, "AT_ONCE", world.fate.random.choice((1, 50))):
        done = world.perform(by, f"erases {customer}", lambda role: erasure.erase(role.context, reach, asked), customer)
    if done:
        require(wanted <= erased.texts, f"{customer} was erased without {sorted(wanted - erased.texts)}")
        world.to_erase = [other for other in world.to_erase if other != customer]


def says_presence(world: "World") -> None:
    """A COp comes or goes, by Kafka or by their tool."""
    cop_id, said = world.fate.random.choice(COPS), world.fate.random.choice(sorted(Presence))
    if world.fate.random.random() < 0.5:
        data = {"cop_id": cop_id, "presence": str(said)}
        world.put(TOPICS.presence, cop_id, "cop.presence", f"p-{world.fate.steps}", data)
        return
    set_presence(world, cop_id, said)


def set_presence(world: "World", cop_id: str, said: Presence) -> bool:
    """By the COp's tool."""
    change = presence.PresenceChange(CopId(cop_id), said, cop_id)
    by = world.fate.random.choice(SERVES)
    return world.perform(by, f"{cop_id} is {said}", lambda role: presence.set_presence(role.context, change))


def accepts(world: "World") -> None:
    """Somebody takes what they were offered."""
    row = world.pick("SELECT id, cop_id FROM offers WHERE state = 'pending'")
    if row is not None:
        accept(world, row["id"], row["cop_id"])


def accept(world: "World", offer_id: str, cop_id: str) -> None:
    """One offer."""
    acceptance = offers.Acceptance(OfferId(offer_id), CopId(cop_id), tracing.current())
    by = world.fate.random.choice(SERVES)
    asks(world, by, f"{cop_id} accepts {offer_id}", ACCEPTED, lambda _: acceptance)


def declines(world: "World") -> None:
    """Somebody does not take it, or answers what is over."""
    row = world.pick("SELECT id, cop_id FROM offers")
    if row is not None:
        by, offer_id, cop = world.fate.random.choice(SERVES), OfferId(row["id"]), CopId(row["cop_id"])
        world.perform(by, f"{cop} declines", lambda role: offers.decline(role.context, offer_id, "busy", cop))


def wraps_up(world: "World") -> None:
    """Somebody is done, or says so again."""
    row = world.pick("SELECT id FROM assignments")
    if row is not None:
        wrap(world, row["id"])


def wrap(world: "World", assignment_id: str) -> None:
    """One assignment."""
    by = world.fate.random.choice(SERVES)
    outcome = WrapUp(Disposition.RESOLVED, 30.0, world.fate.random.choice((*TYPES, None, None)))
    ending = wrap_up.Ending(AssignmentId(assignment_id), outcome, None)
    asks(world, by, f"wrap-up of {assignment_id}", FINISHED, lambda _: ending)


def transfers(world: "World") -> None:
    """Somebody hands on."""
    row = world.pick("SELECT id FROM assignments")
    if row is not None:
        by, id = world.fate.random.choice(SERVES), AssignmentId(row["id"])
        to = world.fate.random.choice(TYPES)
        world.perform(by, f"transfer of {id}", lambda role: wrap_up.transfer(role.context, id, "not mine", to))


def handles_review(world: "World") -> None:
    """A manager claims, skips or takes back."""
    step = world.fate.random.choice((review.claim, review.skip, review.undo))
    row = world.pick("SELECT id FROM reviews")
    if row is not None:
        by, who, id = world.fate.random.choice(SERVES), world.fate.random.choice(MANAGERS), ReviewId(row["id"])
        world.perform(by, f"{who}: {step.__name__} {id}", lambda role: step(role.context, id, who))


def decides(world: "World") -> None:
    """A manager gives a verdict."""
    row = world.pick("SELECT id FROM reviews")
    if row is not None:
        by, who, id = world.fate.random.choice(SERVES), world.fate.random.choice(MANAGERS), ReviewId(row["id"])
        said = world.fate.random.choice(TYPES)
        world.perform(by, f"{who} decides {id}", lambda role: review.give_verdict(role.context, id, said, who))
