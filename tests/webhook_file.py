"""What a team's file says of a receiver."""

from pathlib import Path
from typing import Any

from routing.adapters.webhooks.file import Webhook

NAME, SECRET = "hooks.example", b"a secret that is long enough"


def make_webhook(port: int, tmp_path: Path, **changes: Any) -> Webhook:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET + b"\n")
    made = {"name": "crm", "url": f"https://{NAME}:{port}/in?a=1", "secret_file": secret, "allow": ["127.0.0.0/8"]}
    return Webhook.model_validate({**made, **changes})
