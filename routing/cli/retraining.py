"""`pointsman train` for the installation itself: what people taught goes into the model that serves."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from encoders.modes import Mode
from routing.cli import configuration
from routing.cli.material import clear_errors, report_rejects
from routing.cli.progress import shown

if TYPE_CHECKING:
    from routing.bootstrap import Service
    from routing.domain.pack import LabelledMessage
    from routing.services.learning import Retraining


@dataclass(frozen=True, slots=True)
class Promise:
    """What the gate is to promise; None is the setting, or the product's own value for a model in a folder."""

    target_error: float | None = None
    confidence: float | None = None
    outside_share: float | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command's options ask for; None leaves it to the POINTSMAN_* variables."""

    data: Path | None
    pack: Path | None
    feedback: bool
    mode: Mode
    seed: int
    promise: Promise
    encoder: str | None
    as_json: bool


def retrain_serving(wish: Wish) -> None:
    """Train on the pack, `data` and (with feedback) the labels people gave; swap it in when no worse than before."""
    from routing.services.learning import retrain

    mode = None if wish.mode is Mode.AUTO else wish.mode
    found = configuration.settings(pack=wish.pack, encoder=wish.encoder, mode=mode, **asdict(wish.promise))
    with clear_errors(), shown("train") as progress:
        service = configuration.service(found, progress=progress)
        extra = _messages(service, wish.data)
        with configuration.told():
            outcome = retrain(service.context, service.models, extra, wish.seed, feedback=wish.feedback)
    if wish.as_json:
        print(json.dumps({"models": str(service.models.folder), **asdict(outcome)}, indent=2))
    else:
        _tell(outcome)


def _messages(service: Service, data: Path | None) -> list[LabelledMessage]:
    from encoders.training import read_examples

    if data is None:
        return []
    read = read_examples(data, frozenset(service.context.packs.current().taxonomy.keys))
    report_rejects(read, service.settings.data_dir / "train.rejects.csv")
    return [(example.text, example.issue_type) for example in read.examples]


def _tell(outcome: Retraining) -> None:
    print(f"model {outcome.version}: {outcome.examples} messages, {outcome.labels} labels people gave")
    print(f"  right on {outcome.accuracy:.1%} of {outcome.held_out} held-out messages{_before(outcome)}")
    print(f"  {_verdict(outcome)}")


def _before(outcome: Retraining) -> str:
    return "" if outcome.accuracy_before is None else f"; {outcome.previous} on {outcome.accuracy_before:.1%}"


def _verdict(outcome: Retraining) -> str:
    if outcome.version == outcome.previous:
        return "the same model as before: it serves on"
    if not outcome.swapped:
        worse = "\n".join(f"    {reason}" for reason in outcome.reasons)
        force = f"`pointsman models promote {outcome.version} --force --reason ...` swaps it in all the same"
        return f"not swapped in: {outcome.previous} serves on, for the promotion gate found\n{worse}\n  {force}"
    return f"swapped in ({outcome.reasons[0]}); running services take it up by themselves"
