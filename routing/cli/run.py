"""Commands that run the service's roles: serve, consume, relay, webhooks, migrate, doctor, token."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli import configuration, what_if
from routing.cli.fail import fail
from routing.cli.options import DataDir

if TYPE_CHECKING:
    import threading

    from routing.adapters.probes import Fares
    from routing.bootstrap import Service
    from routing.settings import Settings

Host = Annotated[str | None, typer.Option(help="Address to listen on; beyond loopback needs POINTSMAN_TOKENS_FILE.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")]
Work = Annotated[
    bool, typer.Option(help="Run triage, matching and deadlines here too; without, `pointsman work` runs them.")
]
READY_CHECK_SECONDS = 0.1
PackDir = Annotated[Path | None, typer.Option(help="Folder of the pack; the starter pack when not given.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (serve, work, consume, relay, webhooks, migrate, doctor, token):
        app.command()(command)


def serve(
    host: Host = None, port: Port = None, data_dir: DataDir = None, pack: PackDir = None, work: Work = True
) -> None:
    """Serve the REST API and the console, and run triage, matching and deadlines."""
    from api.serving import run

    found = configuration.settings(host=host, port=port, data_dir=data_dir, pack=pack)
    _log_to_stderr(found)
    _require_guarded(found)
    configuration.require_free_port(found)
    service = configuration.service(found)
    from routing.bootstrap import beside_doors, doors_alone, engine

    served, beside = (service, engine(service)) if work else (doors_alone(service), beside_doors(service))
    with _traced(found, "serve"):
        run(served, beside, what_if=what_if.desk(service))


def work(data_dir: DataDir = None, pack: PackDir = None) -> None:
    """Run triage, matching and deadlines in a process of their own, beside `serve --no-work`."""
    found = configuration.settings(data_dir=data_dir, pack=pack)
    _log_to_stderr(found)
    service = configuration.service(found)
    from routing.bootstrap import engine
    from routing.settling import settling

    loops, stop = engine(service), _until_signalled()
    with settling(), _traced(found, "work"), _probed(service, "work", loops.health) as fares:
        loops.start()
        while not (loops.begun() or stop.wait(READY_CHECK_SECONDS)):
            pass  # not ready until model, pack and database were used once
        fares.attempt()
        stop.wait()
        loops.stop()


def consume(data_dir: DataDir = None, pack: PackDir = None) -> None:
    """Take in customer messages and presence from Kafka."""
    found = _with_kafka(data_dir, pack)
    service = configuration.service(found)
    from routing.adapters.kafka import run_consumer
    from routing.bootstrap import upkeep

    housekeeping = upkeep(service)
    housekeeping.start()
    try:
        with _traced(found, "consume"), _probed(service, "consume") as fares:
            run_consumer(service.context, found, _until_signalled(), fares=fares)
    finally:
        housekeeping.stop()


def relay(data_dir: DataDir = None, pack: PackDir = None) -> None:
    """Publish what happened to Kafka, from the outbox."""
    found = _with_kafka(data_dir, pack)
    service = configuration.service(found)
    from routing.adapters.kafka import run_relay

    with _traced(found, "relay"), _probed(service, "relay") as fares:
        run_relay(service.context, found, _until_signalled(), fares)


def webhooks(data_dir: DataDir = None, pack: PackDir = None) -> None:
    """Tell the receivers in POINTSMAN_WEBHOOKS_FILE about assignments, signed, over HTTPS."""
    found = configuration.settings(data_dir=data_dir, pack=pack)
    _log_to_stderr(found)
    if found.webhooks_file is None:
        fail("POINTSMAN_WEBHOOKS_FILE is not set; it names a TOML file of receivers (docs/webhooks.md)")
    from routing.adapters.webhooks.file import read_webhooks
    from routing.adapters.webhooks.following import run_webhooks
    from routing.domain.errors import Invalid

    try:
        receivers = read_webhooks(found.webhooks_file)
    except Invalid as error:
        fail(str(error))
    service = configuration.service(found)
    run_webhooks(service.context, receivers, found.data_dir / "webhooks", _until_signalled())


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the schema this version needs."""
    from sqlalchemy.exc import SQLAlchemyError

    from routing.adapters.sql.schema_version import upgrade

    found = configuration.settings(data_dir=data_dir)
    try:
        found.data_dir.mkdir(parents=True, exist_ok=True)
        upgrade(found.sqlalchemy_url)
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        fail(f"the database cannot be migrated: {str(error).splitlines()[0]}", "is POINTSMAN_DATABASE_URL right?")
    except OSError as error:
        fail(f"the data directory {found.data_dir} cannot be made: {error.strerror}")
    print("the database is at the current schema")


def doctor(
    data_dir: DataDir = None,
    pack: PackDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Look at everything the service needs; name what is missing and the fix. Exit 1 when something is wrong."""
    from routing.cli.diagnosis import diagnose

    findings = diagnose(configuration.settings(data_dir=data_dir, pack=pack))
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(finding)
    raise typer.Exit(any(not finding.ok for finding in findings))


def token() -> None:
    """Make a bearer token: the token goes to its user, the digest into the tokens file."""
    from api.auth import new_token

    secret, digest = new_token()
    print(f"token  {secret}\nsha256 {digest}")
    print("put the sha256 line into the tokens file; the token is shown only now", file=sys.stderr)


def _with_kafka(data_dir: Path | None, pack: Path | None) -> "Settings":
    found = configuration.settings(data_dir=data_dir, pack=pack)
    _log_to_stderr(found)
    if found.kafka_bootstrap is None:
        fail("POINTSMAN_KAFKA_BOOTSTRAP is not set; it names the brokers, like 127.0.0.1:9092")
    return found


def _require_guarded(found: "Settings") -> None:
    from api.auth import authenticator, check_exposure
    from api.errors import ConfigurationError

    try:
        check_exposure(found)
        authenticator(found)
    except ConfigurationError as error:
        fail(*str(error).splitlines())


def _until_signalled() -> "threading.Event":
    import signal
    import threading

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _log_to_stderr(found: "Settings") -> None:
    import logging

    from routing.adapters.telemetry import log_to_stderr

    level = found.log_level.upper()
    if level not in logging.getLevelNamesMapping():
        fail(f"POINTSMAN_LOG_LEVEL is {found.log_level!r}; allowed: DEBUG, INFO, WARNING, ERROR")
    log_to_stderr(level, found.log_format)


@contextmanager
def _probed(service: "Service", role: str, within: Callable[[], Mapping[str, str]] = dict) -> Iterator["Fares"]:
    from routing.adapters.probes import Fares, Role, probed
    from routing.bootstrap import health_without_model

    fares, found = Fares(), service.settings
    asked = Role(role, fares, lambda: {**health_without_model(service), **within()})
    with ExitStack() as stack:
        with configuration.told():
            stack.enter_context(probed(asked, found.host, found.probe_port))
        yield fares


@contextmanager
def _traced(found: "Settings", role: str) -> Iterator[None]:
    from routing.adapters.telemetry import trace_to

    with configuration.told():
        send_the_last = trace_to(found.traces, role)
    try:
        yield
    finally:
        send_the_last()
