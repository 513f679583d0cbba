"""The browser that the suite drives runs scripts, receives server-sent events and reports errors."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGE = b"""<!doctype html><html lang="en"><title>Rows</title><link rel="icon" href="data:,"><ul></ul>
<script>new EventSource("/events").onmessage = (event) => {
  const row = document.createElement("li");
  row.textContent = event.data;
  document.querySelector("ul").append(row);
};</script></html>"""


class Rows(BaseHTTPRequestHandler):
    """A page and its stream of three events."""

    def do_GET(self) -> None:
        stream = self.path == "/events"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "text/html")
        self.end_headers()
        self.wfile.write(b"".join(b"data: row %d\n\n" % number for number in range(3)) if stream else PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rows)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_rows_that_the_server_sends_appear_on_the_page(
    browser_page: Page, address: str, console_errors: list[str]
) -> None:
    browser_page.goto(address)
    expect(browser_page.locator("li").nth(2)).to_have_text("row 2")
    assert console_errors == []


def test_a_script_s_error_reaches_the_test(browser_page: Page, console_errors: list[str]) -> None:
    browser_page.set_content("<script>throw new Error('broken on purpose')</script>")
    assert any("broken on purpose" in error for error in console_errors)
