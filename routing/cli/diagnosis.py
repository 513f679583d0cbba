"""What `pointsman doctor` looks at: each finding says what is wrong and how to mend it."""

import importlib.util
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from routing.cli import diagnosis_of_records
from routing.settings import Settings

LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `fix` is empty where nothing needs to be done."""

    part: str
    ok: bool
    detail: str
    fix: str = ""

    def __str__(self) -> str:
        line = f"{'ok   ' if self.ok else 'WRONG'} {self.part}: {self.detail}"
        return line if self.ok or not self.fix else f"{line}\n      fix: {self.fix}"

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


def diagnose(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which things should be mended; a check that breaks is itself a finding."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python,
        _packages,
        _disk,
        _pack,
        _database,
        _clock,
        _audit,
        _erasures,
        _encoder,
        _model,
        _exposure,
        port_finding,
        _kafka,
    )
    return [_safely(check, settings) for check in checks]


def _safely(check: Callable[[Settings], Finding], settings: Settings) -> Finding:
    part = check.__name__.strip("_").removesuffix("_finding")
    try:
        finding = check(settings)
    except Exception as error:  # a doctor who faints at the first wound helps nobody
        return Finding(part, False, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    return replace(finding, fix="") if finding.ok else finding


def _python(_: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, "use Python 3.11 or newer")


def _packages(settings: Settings) -> Finding:
    needed = ["torch", "sentence_transformers", "ortools", "faiss", "fastapi", "sklearn", "lingua"]
    if settings.sqlalchemy_url.startswith("postgresql"):
        needed.append("psycopg")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    detail = f"missing: {', '.join(missing)}" if missing else "all there"
    package = "'pointsman[postgres]'" if "psycopg" in missing else "--force-reinstall pointsman"
    return Finding("packages", not missing, detail, f"pip install {package}")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        fix = "let this user write there, or set POINTSMAN_DATA_DIR"
        return Finding("disk", False, f"{there} is no folder that can be written", fix)
    free = shutil.disk_usage(there).free
    fix = f"free some space, or set POINTSMAN_DATA_DIR (now {settings.data_dir})"
    return Finding("disk", free >= LEAST_FREE_BYTES, f"{free / 2**30:.1f} GiB free at {settings.data_dir}", fix)


def _pack(settings: Settings) -> Finding:
    from routing.adapters.pack import PackErrors, load_pack

    try:
        pack = load_pack(settings.pack)
    except PackErrors as error:
        fix = f"pointsman check {shlex.quote(str(settings.pack))} shows them all"
        return Finding("pack", False, f"{len(error.errors)} errors, first: {error.errors[0]}", fix)
    detail = f"{len(pack.taxonomy.issue_types)} issue types, {len(pack.roster)} COps, {len(pack.markets)} markets"
    return Finding("pack", True, detail)


def _database(settings: Settings) -> Finding:
    from sqlalchemy.exc import SQLAlchemyError

    from routing.adapters.sql.schema_version import is_current

    kind, _, place = settings.sqlalchemy_url.partition(":///")
    if kind == "sqlite" and not Path(place).is_file():
        return Finding("database", False, f"{place} is not there yet", "pointsman migrate")
    kind = kind.partition(":")[0]
    try:
        current = is_current(settings.sqlalchemy_url)
    except SQLAlchemyError as error:
        fix = "start it, or correct POINTSMAN_DATABASE_URL"
        return Finding("database", False, f"{kind} does not answer: {type(error).__name__}", fix)
    detail = f"{kind}, schema {'current' if current else 'not current'}"
    return Finding("database", current, detail, "pointsman migrate")


def _clock(settings: Settings) -> Finding:
    return Finding("clock", *diagnosis_of_records.clock(settings))


def _audit(settings: Settings) -> Finding:
    return Finding("audit", *diagnosis_of_records.audit(settings))


def _erasures(settings: Settings) -> Finding:
    return Finding("erasures", *diagnosis_of_records.erasures(settings))


def _encoder(settings: Settings) -> Finding:
    from encoders.encoder import SentenceEncoder
    from encoders.errors import EncodersError

    try:
        encoder = SentenceEncoder(settings.encoder)
        encoder.encode(["hello"])
    except EncodersError as error:
        fix = "name an installed model, or the folder of one, by POINTSMAN_ENCODER"
        return Finding("encoder", False, str(error), fix)
    return Finding("encoder", True, f"{encoder.name}, {encoder.dimension} dimensions")


def _model(settings: Settings) -> Finding:
    from routing.adapters.classifier import LiveClassifier
    from routing.bootstrap import live_version, model_folder

    health = LiveClassifier(lambda: live_version(settings), model_folder(settings)).health
    return Finding("model", health == "ok", health, "pointsman train")


def _exposure(settings: Settings) -> Finding:
    from api.auth import authenticator, check_exposure
    from api.errors import ConfigurationError

    try:
        check_exposure(settings)
        guarded = "loopback, no tokens" if authenticator(settings).local_only else "tokens configured"
    except ConfigurationError as error:
        fix = "name a tokens file by POINTSMAN_TOKENS_FILE (`pointsman token` makes tokens), or listen on 127.0.0.1"
        return Finding("exposure", False, str(error), fix)
    return Finding("exposure", True, f"{settings.host}: {guarded}")


def port_finding(settings: Settings) -> Finding:
    """Whether the port can be listened on."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            fix = "stop what listens there, or set POINTSMAN_PORT"
            return Finding("port", False, f"{settings.host}:{settings.port} {error.strerror}", fix)
    return Finding("port", True, f"{settings.host}:{settings.port} is free")


def _kafka(settings: Settings) -> Finding:
    if settings.kafka_bootstrap is None:
        return Finding("kafka", True, "not configured (POINTSMAN_KAFKA_BOOTSTRAP)")
    for address in settings.kafka_bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=3).close()
        except (OSError, ValueError):
            continue
        return Finding("kafka", True, f"{address.strip()} answers")
    fix = "start the broker, or correct POINTSMAN_KAFKA_BOOTSTRAP"
    return Finding("kafka", False, f"none of {settings.kafka_bootstrap} answers", fix)
