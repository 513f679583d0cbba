"""`make screenshots`: the documentation's pictures of the console, taken of the demo's floor."""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks.console.browser import browser
from benchmarks.load.house import House

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZE: ViewportSize = {"width": 1440, "height": 1000}
QUEUED = "#rows-waiting li[data-row]"
PATIENCE_MS = 300_000


def main() -> None:
    """Start the demo, wait until there is something to decide, and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES, help="where the pictures go")
    parser.add_argument("--speed", type=float, default=4.0, help="how fast the demo's floor lives")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, House(Path(folder), {}) as house, browser() as running:
        told = ("--speed", str(options.speed), "--data-dir", str(Path(folder) / "data"), "--port", str(house.port))
        house.demo(*told)
        _take(running, house.base_url, options.out)


def _take(running: Browser, address: str, folder: Path) -> None:
    light = running.new_context(viewport=SIZE, color_scheme="light", locale="en-GB").new_page()
    _queue(light, address)
    light.screenshot(path=folder / "console.png")
    light.goto(f"{address}/console/floor/page")
    light.locator(".cells").wait_for()
    light.screenshot(path=folder / "floor.png")
    light.goto(f"{address}/console/models")
    light.locator("tbody a").first.click()
    light.locator("#point").wait_for()
    light.screenshot(path=folder / "model.png")


def _queue(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.locator(QUEUED).nth(7).wait_for(timeout=PATIENCE_MS)
    tab.keyboard.press("j")
    tab.locator(".standing:has-text('You hold it')").wait_for()
    tab.locator("#review mark.tells").first.wait_for()
    tab.locator(".similar:not(:has-text('Looking'))").wait_for()


if __name__ == "__main__":
    main()
