"""What a customer also asked about reaches the API's resource and the console's account, by name."""

from dataclasses import replace

from builders import NOON, make_conversation, make_pack

from api.console.views_conversation import detail
from api.schemas.conversations import ConversationDetail
from routing.services.reporting import ConversationView, Explanation

PACK = make_pack()
VIEW = ConversationView(make_conversation(), (), None, None, None, needs=("limit_raise", "retired_type"))


def test_the_api_lists_further_needs_with_their_names() -> None:
    shown = ConversationDetail.of(VIEW, PACK.taxonomy).also_asked
    assert [(need.issue_type, need.name) for need in shown] == [("limit_raise", "Limit raise"), ("retired_type", None)]


def test_the_console_names_further_needs() -> None:
    account = Explanation(VIEW.conversation, None, None, ())
    assert detail(VIEW, account, PACK, NOON).also_asked == ("Limit raise", "retired_type")
    assert detail(replace(VIEW, needs=()), account, PACK, NOON).also_asked == ()
