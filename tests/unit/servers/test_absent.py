"""A server that is not there: a skip that names the fix, an error where servers are required."""

import pytest
from servers.absent import REQUIRED_VARIABLE, absent


def test_an_absent_server_skips_the_test_and_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED_VARIABLE, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no `java` on the PATH\. Fix: install Java"):
        absent("Apache Kafka", "no `java` on the PATH", "install Java")


def test_an_absent_server_is_an_error_where_servers_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REQUIRED_VARIABLE, "1")
    with pytest.raises(pytest.fail.Exception, match="Fix: install Java"):
        absent("Apache Kafka", "no `java` on the PATH", "install Java")
