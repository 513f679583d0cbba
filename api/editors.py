"""What both doors need to edit the policy and the pack."""

from typing import cast

from api.dependencies import Served
from routing.adapters.edit_preview import EditPreview, preview
from routing.domain.conversation import ConversationId
from routing.domain.errors import Unavailable
from routing.domain.market import Markets
from routing.ports import Books
from routing.services.editing import Editor, EditWish, Wanted, wanted


def books_of(service: Served) -> Books:
    """The files and the edits over them; Unavailable for a service that has none."""
    found = cast(Books | None, getattr(service, "books", None))
    if found is None:
        raise Unavailable("this process has no files to edit")
    return found


def previewed(service: Served, wish: EditWish, who: Editor) -> tuple[Wanted, EditPreview]:
    """What an edit would be, and what it would have changed of the last day."""
    found = wanted(service.context, books_of(service), wish, who)
    context = service.context
    return found, preview(context.store, context.packs.current(), found, context.clock.now())


def only_theirs(found: EditPreview, service: Served, within: Markets) -> EditPreview:
    """The preview as far as somebody's markets go."""
    if within is None:
        return found
    with service.context.store.reading() as uow:
        known = uow.conversations.get_many([ConversationId(id) for id in found.waited])
    theirs = {str(id) for id, each in known.items() if each.market in within}
    found.waited &= theirs
    found.concerned &= theirs
    found.moved = {id: each for id, each in found.moved.items() if id in theirs}
    return found
