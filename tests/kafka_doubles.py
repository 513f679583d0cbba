"""Stand-ins for what talks to Kafka."""

from routing.adapters.kafka.producing import Sending


class Sent:
    """A producer that keeps what it is given, or fails."""

    def __init__(self) -> None:
        self.records: list[Sending] = []
        self.errors: list[Exception] = []

    def send(self, records: list[Sending]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.records += records

    def close(self) -> None:
        pass
