"""Receivers over real TLS: signed and in order, tried again, never redirected, and never at a place inside."""

import base64
import hashlib
import hmac
import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from builders import NOON, make_context, make_conversation, make_event
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from seeds import committed

from routing.adapters.memory import MemoryStore
from routing.adapters.webhooks.file import KINDS, Webhook, read_webhooks
from routing.adapters.webhooks.following import (
    LONGEST_PAUSE_SECONDS,
    MOST_ATTEMPTS,
    Positions,
    Webhooks,
    leads,
    run_webhooks,
    stand_down,
)
from routing.adapters.webhooks.sending import Delivery, NotDelivered, Sender, signature
from routing.domain.errors import Invalid
from routing.domain.events import EventKind
from routing.services.context import Context

NAME, SECRET = "hooks.example", b"a secret that is long enough"
STARTED = EventKind.ASSIGNMENT_STARTED


@dataclass
class Receiver:
    """An HTTPS server on loopback with a certificate for one name; `answers` are given in turn, the last for ever."""

    port: int = 0
    answers: list[int] = field(default_factory=lambda: [204])
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.heard]


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(pem)
    return paths


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), NAME)


@pytest.fixture
def receiver(pem: tuple[Path, Path]) -> Iterator[Receiver]:
    known = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status = known.answers.pop(0) if len(known.answers) > 1 else known.answers[0]
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"https://{NAME}:{known.port}/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    class Server(http.server.ThreadingHTTPServer):
        def get_request(self) -> Any:
            known.connections += 1
            return super().get_request()

        def handle_error(self, *_: Any) -> None:
            return  # a client that refuses the certificate

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pem)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    known.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def sender(pem: tuple[Path, Path]) -> Iterator[Sender]:
    client = httpx.Client(verify=ssl.create_default_context(cafile=str(pem[0])), timeout=10, trust_env=False)
    made = Sender(client, lambda host, port: ["127.0.0.1"])
    yield made
    made.close()


def make_webhook(port: int, tmp_path: Path, **changes: Any) -> Webhook:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET + b"\n")
    made = {"name": "crm", "url": f"https://{NAME}:{port}/in?a=1", "secret_file": secret, "allow": ["127.0.0.0/8"]}
    return Webhook.model_validate({**made, **changes})


def verified(headers: dict[str, str], body: bytes) -> bool:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    return hmac.compare_digest(headers["webhook-signature"], expected)


DELIVERY = Delivery("pointsman-7", 1_800_000_000, b'{"a": 1}')


def test_a_delivery_arrives_signed_under_the_receiver_s_own_name(
    receiver: Receiver, sender: Sender, tmp_path: Path
) -> None:
    sender.send(make_webhook(receiver.port, tmp_path), DELIVERY)
    [(path, headers, body)] = receiver.heard
    assert (path, headers["host"], body) == ("/in?a=1", f"{NAME}:{receiver.port}", DELIVERY.body)
    assert verified(headers, body)
    assert not verified(headers, body + b" ")
    assert not verified({**headers, "webhook-timestamp": "1800000001"}, body)
    assert signature(b"another secret, also long", DELIVERY) != headers["webhook-signature"]


def test_a_certificate_of_another_name_gets_nothing(receiver: Receiver, sender: Sender, tmp_path: Path) -> None:
    webhook = make_webhook(receiver.port, tmp_path, url=f"https://other.example:{receiver.port}/in")
    with pytest.raises(NotDelivered):
        sender.send(webhook, DELIVERY)
    assert receiver.heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, sender: Sender, tmp_path: Path, status: int) -> None:
    receiver.answers = [status]
    with pytest.raises(NotDelivered, match=str(status)):
        sender.send(make_webhook(receiver.port, tmp_path), DELIVERY)
    assert len(receiver.heard) == 1


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "10.0.0.8", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_not_connected_to(
    receiver: Receiver, pem: tuple[Path, Path], tmp_path: Path, inside: str
) -> None:
    sender = Sender(resolve=lambda host, port: [inside])
    with pytest.raises(NotDelivered, match="not public"):
        sender.send(make_webhook(receiver.port, tmp_path, allow=[]), DELIVERY)
    assert receiver.connections == 0


def test_a_name_that_changes_its_mind_after_it_was_judged_changes_nothing(
    receiver: Receiver, pem: tuple[Path, Path], tmp_path: Path
) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    client = httpx.Client(verify=ssl.create_default_context(cafile=str(pem[0])), trust_env=False)
    Sender(client, rebinding).send(make_webhook(receiver.port, tmp_path), DELIVERY)
    assert (asked, len(receiver.heard)) == ([NAME], 1)  # resolved once; what was judged was used


class Recorder:
    """Takes deliveries without a network; fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, dict[str, Any]]] = []
        self.fails: Callable[[str], NotDelivered | None] = lambda name: None

    def send(self, webhook: Webhook, delivery: Delivery) -> None:
        error = self.fails(webhook.name)
        if error is not None:
            raise error
        self.taken.append((webhook.name, delivery.id, json.loads(delivery.body)))

    def close(self) -> None:
        return


class Moment:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def context() -> Context:
    store = MemoryStore()
    for number, market in enumerate(("uk", "ie")):
        committed(store, lambda uow, n=number, m=market: uow.conversations.add(make_conversation(f"c-{n}", market=m)))
    return make_context(store)


def happens(context: Context, number: int = 0, kind: EventKind = STARTED) -> None:
    data = {"assignment_id": "a-1", "offer_id": "o-1", "issue_type": "card_lost"}
    event = make_event(kind, f"c-{number}", cop_id="ada", data=data, at=NOON)
    committed(context.store, lambda uow: uow.events.append(event))


def following(context: Context, tmp_path: Path, *webhooks: Webhook) -> tuple[Webhooks, Recorder, Moment]:
    recorder, moment = Recorder(), Moment()
    made = Webhooks(context, webhooks, recorder, Positions(tmp_path / "positions"), moment)  # type: ignore[arg-type]
    return made, recorder, moment


def test_a_new_webhook_is_told_of_assignments_from_now_on(context: Context, tmp_path: Path) -> None:
    happens(context)
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    happens(context, kind=EventKind.OFFER_MADE)
    assert webhooks.step() == 1
    [(_, id, body)] = recorder.taken
    assert id == "pointsman-2"
    assert (body["type"], body["data"]["assignment_id"]) == ("pointsman.assignment.started.v1", "a-1")


def test_after_a_restart_it_goes_on_where_it_was(context: Context, tmp_path: Path) -> None:
    webhook = make_webhook(443, tmp_path)
    first, _, _ = following(context, tmp_path, webhook)
    happens(context)
    first.step()
    happens(context)
    second, recorder, _ = following(context, tmp_path, webhook)
    second.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_a_failure_is_tried_again_later_and_nothing_overtakes_it(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, moment = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 500")
    assert webhooks.step() == 0
    recorder.fails = lambda name: None
    assert webhooks.step() == 0  # not yet
    moment.at += LONGEST_PAUSE_SECONDS
    assert webhooks.step() == 2
    assert [id for _, id, _ in recorder.taken] == ["pointsman-1", "pointsman-2"]


def test_pauses_grow_to_their_longest_and_the_event_is_left_out_in_the_end(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, moment = following(context, tmp_path, make_webhook(443, tmp_path))
    [follower] = webhooks.followers
    follower.random = lambda: 0.5
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 500")
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        webhooks.step()
        pauses.append(follower.due - moment.at)
        moment.at = follower.due
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    happens(context)
    webhooks.step()
    recorder.fails = lambda name: None
    moment.at += LONGEST_PAUSE_SECONDS
    webhooks.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_a_receiver_that_is_gone_is_not_asked_again_about_that_event(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    happens(context)
    recorder.fails = lambda name: NotDelivered("answered 410", lasting=True)
    webhooks.step()
    assert webhooks.followers[0].seq == 1


def test_one_receiver_that_fails_holds_up_nobody_else(context: Context, tmp_path: Path) -> None:
    other = make_webhook(443, tmp_path, name="other")
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path), other)
    recorder.fails = lambda name: NotDelivered("down") if name == "crm" else None
    happens(context)
    webhooks.step()
    assert [name for name, _, _ in recorder.taken] == ["other"]


def test_a_receiver_of_one_market_is_told_of_that_market_alone(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path, markets=["ie"]))
    happens(context, 0)
    happens(context, 1)
    webhooks.step()
    assert [body["data"]["conversation_id"] for _, _, body in recorder.taken] == ["c-1"]


def test_an_event_that_fits_no_schema_is_left_out(context: Context, tmp_path: Path) -> None:
    webhooks, recorder, _ = following(context, tmp_path, make_webhook(443, tmp_path))
    committed(context.store, lambda uow: uow.events.append(make_event(STARTED, "c-0", data={"odd": 1})))
    happens(context)
    webhooks.step()
    assert [id for _, id, _ in recorder.taken] == ["pointsman-2"]


def test_of_two_processes_one_delivers(context: Context) -> None:
    assert leads(context, "one")
    assert not leads(context, "two")
    assert leads(context, "one")
    stand_down(context, "one")
    assert leads(context, "two")


def test_it_runs_until_it_is_told_to_stop(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, stop = Recorder(), threading.Event()
    monkeypatch.setattr("routing.adapters.webhooks.following.Sender", lambda: recorder)
    Positions(tmp_path / "webhooks").keep("crm", 0)
    happens(context)
    recorder.fails = lambda _: stop.set()
    run_webhooks(context, [make_webhook(443, tmp_path)], tmp_path / "webhooks", stop)
    assert [id for _, id, _ in recorder.taken] == ["pointsman-1"]
    assert leads(context, "another")


@pytest.mark.parametrize(
    "change",
    [
        {"url": "http://hooks.example/in"},
        {"url": "https://user:pass@hooks.example/in"},
        {"url": "ftp://hooks.example"},
        {"url": "https:///in"},
        {"name": "../up"},
        {"kinds": ["offer.made"]},
        {"kinds": []},
        {"allow": ["everything"]},
        {"secret": "x"},
    ],
    ids=str,
)
def test_a_webhooks_file_that_asks_too_much_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_webhooks(written(tmp_path, change))


def test_a_secret_that_is_short_or_missing_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {})
    assert [each.name for each in read_webhooks(path)] == ["crm"]
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(Invalid, match="secret_file"):
        read_webhooks(path)
    (tmp_path / "secret").unlink()
    with pytest.raises(Invalid, match="secret_file"):
        read_webhooks(path)


def written(tmp_path: Path, change: dict[str, Any]) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    content = {"name": "crm", "url": f"https://{NAME}/in", "secret_file": str(tmp_path / "secret"), **change}
    path = tmp_path / "webhooks.toml"
    path.write_text("[[webhook]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in content.items()))
    return path


def test_every_kind_that_is_told_is_about_assignments() -> None:
    assert {kind.split(".")[0] for kind in KINDS} == {"assignment"}
