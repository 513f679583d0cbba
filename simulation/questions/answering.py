"""The process that answers one question: it tells progress and the answer, and ends when nobody listens any more."""

import json
import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

_POLITENESS = 10
"""Customers come first: the simulation takes what processor time the service leaves."""


def answer(asker: Connection, order: Mapping[str, Any]) -> None:
    """Answer `order`; what is told is JSON. Ends at once when the asker closes their end, or is gone."""
    _serve(asker, lambda: _answer(asker, order))


def look_ahead(asker: Connection, floors: Sequence[Mapping[str, Any]]) -> None:
    """Tell what the next minutes of two floors bring, as `answer` does."""
    _serve(asker, lambda: _looked_ahead(floors))


def _serve(asker: Connection, work: Callable[[], dict[str, Any]]) -> None:
    # Ctrl-C at a terminal reaches children too; this one's end is its asker's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    os.nice(_POLITENESS)
    threading.Thread(target=_end_with, args=(asker,), name="asker", daemon=True).start()
    try:
        _tell(asker, {"answer": work()})
    except Exception as error:
        logging.getLogger(__name__).exception("a what-if failed")
        _tell(asker, {"error": f"the simulation failed: {error or type(error).__name__}"})


def _looked_ahead(floors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    from routing.domain.outlook import FloorNow
    from simulation.foresight import foresee

    before, after = (FloorNow.of(each) for each in floors)
    return foresee(before, after).as_dict()


def _answer(asker: Connection, order: Mapping[str, Any]) -> dict[str, Any]:
    from routing.domain.what_if import Question
    from simulation.comparison import compare, perform
    from simulation.questions.reading import FIRST_SEED, Files, answer_of, contenders_for

    question = Question.of(order["question"])
    found = contenders_for(question, Files.of(order["files"]))
    seeds = range(FIRST_SEED, FIRST_SEED + question.days)
    results = perform(found, seeds, 1, lambda done, total, _: _tell(asker, {"done": done, "total": total}))
    return answer_of(compare(found, seeds, results)).as_dict()


def _tell(asker: Connection, said: Mapping[str, Any]) -> None:
    asker.send_bytes(json.dumps(said).encode())


def _end_with(asker: Connection) -> None:
    """The asker says nothing more: whatever comes is the end of the connection."""
    try:
        asker.recv_bytes()
    finally:
        os._exit(1)
