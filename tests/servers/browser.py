"""Chromium, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
# Silent towards the network; plain enough to run on a machine without a screen or a GPU.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_executable() -> Path | None:
    """The browser named by POINTSMAN_CHROMIUM, else the first known one on the PATH, else None."""
    named = os.environ.get("POINTSMAN_CHROMIUM")
    if named:
        return Path(named)
    found = (shutil.which(name) for name in EXECUTABLES)
    return next((Path(path) for path in found if path), None)


@contextmanager
def running_browser(executable: Path) -> Iterator[Browser]:
    """A headless browser for as long as the block lasts."""
    # Chromium's sandbox refuses to run as root, which is what a container or CI usually is.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(executable), args=[*QUIET, *as_root])
        try:
            yield browser
        finally:
            browser.close()
