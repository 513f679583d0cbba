"""A round of matching: every group has its tick."""

import logging
from collections.abc import Callable

from routing.ports import Matcher
from routing.services import matching
from routing.services.context import Context

log = logging.getLogger(__name__)


def match_every_group(context: Context, matcher_of: Callable[[str], Matcher], holder: str) -> None:
    """Give every matching group its tick, whatever became of the groups before it.

    What the first of them raised is raised once all had their turn; each is told by its group's name.
    """
    failures = []
    for group in context.packs.current().matching_groups:
        try:
            matching.tick(context, matcher_of(group), group, holder)
        except Exception as error:
            # The error's own text may quote a customer.
            log.error("matching of the group %s failed: %s", group, type(error).__name__)
            failures.append(error)
    if failures:
        raise failures[0]
