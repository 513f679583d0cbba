"""Purging in an installation: batches with pauses between them, and the dead letters."""

import logging
import time
from datetime import timedelta

from routing.adapters.erasure.reach import reach_of
from routing.adapters.kafka.erased_letters import DeadLetterBox
from routing.domain.errors import Invalid, Unavailable
from routing.services import retention
from routing.services.audit import SERVICE
from routing.services.context import Context
from routing.services.erasing_again import ask_again
from routing.settings import Settings

log = logging.getLogger(__name__)
BREATH_SECONDS = 0.05


class Purging:
    """Takes away what is past its time; `holder` names this process where several could."""

    def __init__(self, context: Context, settings: Settings, holder: str) -> None:
        self._context, self._settings, self._holder = context, settings, holder
        self._rounds = 0

    def step(self) -> bool:
        """One batch, and a pause in which others write; whether there is more."""
        if retention.purge_some(self._context, self._holder):
            time.sleep(BREATH_SECONDS)
            return True
        self._rounds += 1
        self._ask_again()
        if self._rounds > 1:
            self._try_letters()
        return False

    def everything(self) -> tuple[int, int]:
        """All that is due now: how many conversations, once for each deadline, and how many dead letters."""
        purged = retention.purge(self._context, self._holder)
        self._context.store.scrub()
        return purged, self._purge_letters()

    def _try_letters(self) -> None:
        """Not in the first round: neither a start nor a service without its broker waits for dead letters."""
        try:
            self._purge_letters()
        except Unavailable as error:
            log.warning("dead letters are not purged now: %s", error)

    def _ask_again(self) -> None:
        """Erasures that a restored database knows nothing of, and those that were broken off."""
        try:
            found = ask_again(self._context, reach_of(self._settings, self._context.store), SERVICE)
        except (Invalid, Unavailable) as error:
            log.error("recorded erasures are not asked again now: %s", error)
            return
        if found.done:
            log.warning("%d recorded erasures were unknown to the database, and are done again", len(found.done))
        for id, why in found.refused.items():
            log.error("the recorded erasure %s cannot be asked again now: %s", id, why)

    def _purge_letters(self) -> int:
        if self._settings.kafka_bootstrap is None:
            return 0
        days = self._context.packs.current().retention.dead_letters_days
        return DeadLetterBox(self._settings).purge(self._context.clock.now() - timedelta(days=days))
