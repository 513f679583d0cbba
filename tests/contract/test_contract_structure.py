"""Contract of the databases: what they refuse by themselves, whatever code writes to them."""

from typing import TYPE_CHECKING

import pytest
from builders import make_context, make_conversation, make_event
from seeds import committed, put_conversations, put_offer, read

from routing.domain.conversation import ConversationId

if TYPE_CHECKING:
    from routing.adapters.sql.unit_of_work import SqlStore

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
pytestmark = pytest.mark.parametrize("store", DATABASES, indirect=True)

OFFER = "'{id}', conversation_id, cop_id, channel, made_at, expires_at, tick_id, state, why, version FROM offers"
OFFER_COLUMNS = "(id, conversation_id, cop_id, channel, made_at, expires_at, tick_id, state, why, version)"
ASSIGNMENT_COLUMNS = "(id, offer_id, conversation_id, cop_id, channel, started_at, state, version)"
ASSIGNED = "'{id}', '{offer}', 'c-1', 'ada', 'chat', made_at, '{state}', 0 FROM offers WHERE id = 'o-1'"


def assigned(id: str, offer: str, state: str = "active") -> str:
    return f"INSERT INTO assignments {ASSIGNMENT_COLUMNS} SELECT {ASSIGNED.format(id=id, offer=offer, state=state)}"


ENDED = "UPDATE offers SET state = 'accepted'"
AGAIN = f"INSERT INTO offers {OFFER_COLUMNS} SELECT {OFFER.format(id='o-2')}"
LOADED = "UPDATE cop_slots SET load = capacity"
ATTEMPTS: dict[str, tuple[tuple[str, ...], str]] = {
    "a second live offer": ((), AGAIN),
    "a second live assignment": ((ENDED, AGAIN, assigned("a-1", "o-1")), assigned("a-2", "o-2")),
    "a load above the capacity": ((LOADED,), "UPDATE cop_slots SET load = capacity + 1"),
    "a load below nothing": ((), "UPDATE cop_slots SET load = -1"),
    "a changed history": ((), "UPDATE events SET actor = 'mick'"),
    "a shorter history": ((), "DELETE FROM events"),
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_the_database_refuses_by_itself(store: "SqlStore", what: str) -> None:
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    make_context(store)
    put_offer(store)
    committed(store, lambda uow: uow.events.append(make_event()))
    before, refused = ATTEMPTS[what]
    with store.engine.begin() as connection:
        for statement in before:
            connection.execute(sa.text(statement))
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(sa.text(refused))


def test_state_whose_fact_cannot_be_written_is_not_written_either(store: "SqlStore") -> None:
    from sqlalchemy.exc import IntegrityError

    put_conversations(store, make_conversation("c-0"))
    with pytest.raises(IntegrityError), store.transaction() as uow:
        uow.conversations.add(make_conversation("c-1"))
        uow.events.append(make_event(actor=None))
        uow.commit()
    found = read(store, lambda uow: uow.conversations.get_many([ConversationId("c-0"), ConversationId("c-1")]))
    assert set(found) == {"c-0"}
