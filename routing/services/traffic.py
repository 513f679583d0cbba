"""Reading what was recorded of one matching group, to simulate a floor like it."""

from collections.abc import Iterator
from datetime import datetime

from routing.domain.conversation import Conversation
from routing.domain.errors import Invalid
from routing.domain.traffic import Traffic
from routing.ports import ConversationFilter, UnitOfWork
from routing.services.context import Context

_PAGE = 1_000


def recorded(context: Context, group: str | None, since: datetime, until: datetime) -> Traffic:
    """The group's traffic (the only group's where None is named); Invalid for a group or a span without any."""
    pack = context.packs.current()
    groups = pack.matching_groups
    name = next(iter(groups)) if group is None and len(groups) == 1 else group
    if name not in groups:
        raise Invalid("--group", name, f"one of {', '.join(groups)}")
    with context.store.reading() as uow:
        found = tuple(each for market in groups[name] for each in _received(uow, market, since, until))
        begun = [each for each in uow.assignments.since(since) if each.started_at < until]
    ids = {each.id for each in found}
    ours = tuple(each for each in begun if each.conversation_id in ids)
    if not found or not ours:
        said = f"{since.isoformat()} to {until.isoformat()}"
        raise Invalid("--since and --until", said, f"a span in which customers of {name} wrote and were answered")
    cops = tuple(pack.roster[id] for id in dict.fromkeys(each.cop_id for each in ours) if id in pack.roster)
    return Traffic(name, since, until, found, ours, cops, pack.taxonomy)


def _received(uow: UnitOfWork, market: str, since: datetime, until: datetime) -> Iterator[Conversation]:
    before: str | None = None
    while page := uow.conversations.page(ConversationFilter(market=market), before, _PAGE):
        yield from (each for each in page if since <= each.received_at < until)
        if page[-1].received_at < since:
            return
        before = page[-1].id
