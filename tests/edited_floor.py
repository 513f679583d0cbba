"""A floor with rounds of matching behind it, and wishes to edit what it goes by."""

import re
from html import unescape
from typing import Any

from e2e.living_floor import LivingFloor

from api.editors import books_of
from routing.adapters.edit_preview import preview
from routing.domain.edit import EditSubject
from routing.services import editing
from routing.services.context import Context
from routing.services.editing import Editor, EditWish

ROOT = Editor("root")
LOST = "Card lost, Dundee city centre."


def worked(floor: LivingFloor, customers: int = 3) -> None:
    """A round of matching that offered something, and is kept."""
    for _ in range(customers):
        floor.arrive(LOST)
    floor.understand()
    floor.come_in()
    floor.match()


def wish(floor: LivingFloor, subject: EditSubject, change: Any) -> EditWish:
    newest = editing.newest(floor.context, subject)
    return EditWish(subject, newest.number if newest else 0, "a trial", change)


def tried(floor: LivingFloor, subject: EditSubject, change: Any) -> Any:
    context: Context = floor.context
    found = editing.wanted(context, books_of(floor), wish(floor, subject, change), ROOT)
    return preview(context.store, context.packs.current(), found, context.clock.now(), seconds=600)


def served(floor: LivingFloor) -> str:
    """Somebody who was offered a conversation."""
    with floor.context.store.reading() as uow:
        return uow.offers.pending()[0].cop_id


def form_of(html: str) -> dict[str, str]:
    """What a submitted preview carries on."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html.split("/apply")[1])
    return {name: unescape(value) for name, value in inputs}
