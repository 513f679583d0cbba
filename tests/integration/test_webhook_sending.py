"""Receivers over real TLS: signed, never redirected, and never at a place inside."""

import base64
import hashlib
import hmac
import http.server
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from webhook_file import NAME, SECRET, make_webhook

from routing.adapters.webhooks.sending import Delivery, NotDelivered, Sender, signature


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
