"""Fixtures of the whole suite: the real servers and the quiet, single-threaded surroundings of every test."""

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from servers.absent import absent

# The servers' clients take a second to import: the fixtures load them, so that unit tests need not wait.
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from servers.kafka import KafkaBroker
    from servers.postgres import PostgresCluster

# One thread per library is faster on a shared machine; no test may reach out for a model.
SURROUNDINGS = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
KAFKA_FIX = "install a Java runtime (17 or newer) and Maven, or set KAFKA_BOOTSTRAP=host:port"
POSTGRES_FIX = "apt-get install postgresql, or set POSTGRES_URL=postgresql://user@host/database"
# What a page shows is waited for, never timed: on a loaded machine a click is answered after seconds.
BROWSER_PATIENCE_MS = 30_000
BROWSER_FIX = "apt-get install chromium, or set POINTSMAN_CHROMIUM=/path/to/chromium"


def pytest_configure(config: pytest.Config) -> None:
    """Settle the surroundings before any test module loads torch or numpy."""
    for name, value in SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    # A deadline would be a wall-clock assertion.
    hypothesis.settings.register_profile("pointsman", deadline=None)
    hypothesis.settings.load_profile("pointsman")
    # kafka-python reads its schemas by a deprecated call; no change of ours can mend that.
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Find the tests without looking for garbage, then never again among what was there before the first of them.

    A million objects come to stay: each look among them stops every thread for a second, in-process servers' too.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often each thing was tried that a test says it tried: "0 in N" proves only a rate below about 3/N."""
    for report in terminalreporter.stats.get("passed", ()):
        for line in (value for name, value in report.user_properties if name == "told"):
            terminalreporter.write_line(str(line))


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """The folder with the broker's jars."""
    from servers.kafka import JarsUnavailable, broker_jars

    try:
        return broker_jars()
    except JarsUnavailable as reason:
        absent("Apache Kafka", str(reason), KAFKA_FIX)


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a broker that all tests share: KAFKA_BOOTSTRAP, else one of our own."""
    named = os.environ.get("KAFKA_BOOTSTRAP")
    if named:
        yield named
        return
    from servers.kafka import KafkaBroker

    jars: Path = request.getfixturevalue("kafka_jars")
    with KafkaBroker(jars, tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture
def kafka_topic(kafka_bootstrap: str) -> Callable[..., str]:
    """Creates topics on the shared broker: `kafka_topic("stem", partitions=3)` returns a fresh name."""
    from servers.kafka import create_topic

    return lambda stem="test", partitions=3: create_topic(kafka_bootstrap, stem, partitions)


@pytest.fixture
def own_kafka_broker(kafka_jars: Path, tmp_path: Path) -> "Iterator[KafkaBroker]":
    """A broker of the test's own, which it may stop, kill, pause and restart."""
    from servers.kafka import KafkaBroker

    with KafkaBroker(kafka_jars, tmp_path / "kafka") as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """The folder with PostgreSQL's server programs."""
    from servers.postgres import BinariesMissing, server_binaries

    try:
        return server_binaries()
    except BinariesMissing as reason:
        absent("PostgreSQL", str(reason), POSTGRES_FIX)


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLAlchemy URL of a server that all tests share: POSTGRES_URL, else a cluster of our own."""
    named = os.environ.get("POSTGRES_URL")
    if named:
        yield named
        return
    from servers.postgres import PostgresCluster

    binaries: Path = request.getfixturevalue("postgres_binaries")
    with PostgresCluster(binaries) as cluster:
        yield cluster.url


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Creates empty databases: each call returns a `postgresql+psycopg://` URL; dropped after the test."""
    from servers.postgres import create_database, drop_database

    created: list[str] = []

    def create() -> str:
        created.append(create_database(postgres_url))
        return created[-1]

    yield create
    for url in created:
        drop_database(postgres_url, url)


@pytest.fixture
def own_postgres(postgres_binaries: Path) -> "Iterator[PostgresCluster]":
    """A cluster of the test's own, which it may crash and restart."""
    from servers.postgres import PostgresCluster

    with PostgresCluster(postgres_binaries) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Headless Chromium for the tests of one module.

    Not for the session: playwright keeps an event loop running in the main thread, where asyncio tests need
    theirs.
    """
    from playwright.sync_api import expect
    from servers.browser import chromium_executable, running_browser

    executable = chromium_executable()
    if executable is None:
        absent("Chromium", "none found on the PATH", BROWSER_FIX)
    expect.set_options(timeout=BROWSER_PATIENCE_MS)
    with running_browser(executable) as running:
        yield running


@pytest.fixture
def browser_page(browser: "Browser") -> "Iterator[Page]":
    """A page in a browser context of its own; what went wrong in it is in `console_errors`."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(BROWSER_PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def console_errors(browser_page: "Page") -> list[str]:
    """Errors the page reported (console errors, uncaught exceptions), filled while the test runs."""
    errors: list[str] = []
    browser_page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    browser_page.on("pageerror", lambda error: errors.append(str(error)))
    return errors
