"""A model is used once before it has to answer anybody: much is loaded and put together at its first use."""

from collections.abc import Callable
from contextlib import suppress

from routing.domain.errors import RoutingError
from routing.ports import Classifier, Utterance
from routing.services.context import Context

HARMLESS = "I have a question about my account"
ALARMING = "Help, somebody stole my phone and is taking money out of my account right now, I am scared"


def rehearse(context: Context, classifier: Classifier) -> None:
    """Have words read and compared, so that no customer waits for what is put together at its first use.

    The words of somebody in trouble are among them: the first one who is must not wait for what looks for their signs.
    """
    pack = context.packs.current()
    read = [Utterance(words, pack.languages) for words in (HARMLESS, ALARMING)]
    with suppress(RoutingError):
        classifier.classify(read, pack.taxonomy, context.clock.now())
        classifier.similar(HARMLESS, [ALARMING], 1)


class Rehearsing:
    """Each model that goes live is rehearsed when it is first seen, in a process where nobody may need it for long.

    Loaded only when a page asks for it, a model would hold up everything else that the process does, for seconds.
    """

    def __init__(self, context: Context, classifier: Classifier, live: Callable[[], str | None]) -> None:
        """`live`: the version that should serve, None where there is none."""
        self._context, self._classifier, self._live = context, classifier, live
        self._rehearsed: str | None = None

    def step(self) -> bool:
        """False: there is nothing to do until the live model is another."""
        version = self._live()
        if version != self._rehearsed:
            rehearse(self._context, self._classifier)
            self._rehearsed = version
        return False
