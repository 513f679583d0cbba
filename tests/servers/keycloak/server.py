"""One Keycloak on loopback, with a realm given as Keycloak's own import file."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from servers import processes

STARTS_WITHIN_SECONDS = 240.0


class Keycloak:
    """Keycloak with one realm, its data under `folder`; a context manager: up inside and gone after."""

    def __init__(self, distribution: Path, folder: Path, realm: Mapping[str, Any]) -> None:
        self._home = folder / "keycloak"
        shutil.copytree(distribution, self._home)
        self._name = str(realm["realm"])
        given = self._home / "data" / "import" / f"{self._name}.json"
        given.parent.mkdir(parents=True)
        given.write_text(json.dumps(realm), encoding="utf-8")
        self._port = processes.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        """What its tokens name as their issuer."""
        return f"http://127.0.0.1:{self._port}/realms/{self._name}"

    def token(self, client: str, user: str, password: str) -> str:
        """An access token by the user's password, through a client that may ask so."""
        asked = {"grant_type": "password", "client_id": client, "username": user, "password": password}
        reply = httpx.post(f"{self.issuer}/protocol/openid-connect/token", data=asked, timeout=60.0)
        return str(reply.raise_for_status().json()["access_token"])

    def __enter__(self) -> Self:
        serve = [str(self._home / "bin" / "kc.sh"), "start-dev", "--import-realm"]
        serve += ["--http-host=127.0.0.1", f"--http-port={self._port}"]
        environment = {**os.environ, "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m"}
        with (self._home / "server.log").open("ab") as log:
            # A group of its own: the script's child is the server.
            self._process = subprocess.Popen(
                [*processes.privileges(), *serve], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        processes.wait_until(self._answers, f"{self.issuer} answering", STARTS_WITHIN_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        processes.require_running(self._process, self._home / "server.log")
        try:
            return httpx.get(f"{self.issuer}/.well-known/openid-configuration", timeout=5.0).status_code == 200
        except httpx.HTTPError:
            return False
