"""The market boundary as a condition: rows that belong to conversations of somebody's markets."""

import sqlalchemy as sa

from routing.adapters.sql.tables import conversations
from routing.domain.market import Markets


def of_markets(conversation_id: sa.ColumnElement[str], markets: Markets) -> sa.ColumnElement[bool]:
    """True for rows whose conversation is in one of these markets, and for every row where `markets` is None."""
    if markets is None:
        return sa.true()
    there = sa.select(conversations.c.id).where(conversations.c.id == conversation_id)
    return there.where(conversations.c.market.in_(sorted(markets))).exists()


def in_markets(markets: Markets) -> sa.ColumnElement[bool]:
    """The same for the conversations themselves."""
    return sa.true() if markets is None else conversations.c.market.in_(sorted(markets))
