"""What-if questions and their answers as JSON files in the data directory, the newest kept."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from routing.domain.errors import Invalid
from routing.domain.what_if import Question, RunState, WhatIfId, WhatIfRun
from routing.domain.what_if_answer import Answer

MOST_KEPT = 30
log = logging.getLogger(__name__)


class WhatIfFiles:
    """One file a question, named by its id, written whole or not at all."""

    def __init__(self, folder: Path, most: int = MOST_KEPT) -> None:
        self._folder, self._most = folder, most

    def save(self, run: WhatIfRun) -> None:
        """Keep it; the oldest go when there are too many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{run.id}.json"
        draft = path.with_suffix(".part")
        draft.write_text(json.dumps(_document(run)), encoding="utf-8")
        draft.replace(path)
        for old in self._files()[self._most :]:
            old.unlink(missing_ok=True)

    def newest(self) -> list[WhatIfRun]:
        """Newest first; a file that cannot be read is told in the log and left out."""
        return [run for run in map(_read, self._files()) if run is not None]

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"), reverse=True)


def _document(run: WhatIfRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "question": run.question.as_dict(),
        "asked_by": run.asked_by,
        "asked_at": run.asked_at.isoformat(),
        "holder": run.holder,
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "why": run.why,
        "answer": run.answer.as_dict() if run.answer else None,
    }


def _read(path: Path) -> WhatIfRun | None:
    try:
        return _run(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Invalid) as error:
        log.warning("%s is left out of the what-ifs: %s", path.name, type(error).__name__)
        return None


def _run(found: dict[str, Any]) -> WhatIfRun:
    return WhatIfRun(
        id=WhatIfId(found["id"]),
        question=Question.of(found["question"]),
        asked_by=found["asked_by"],
        asked_at=datetime.fromisoformat(found["asked_at"]),
        holder=found["holder"],
        state=RunState(found["state"]),
        done=found["done"],
        total=found["total"],
        ended_at=datetime.fromisoformat(found["ended_at"]) if found["ended_at"] else None,
        why=found["why"],
        answer=Answer.of(found["answer"]) if found["answer"] else None,
    )
