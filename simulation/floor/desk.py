"""One COp's chats at once: they slow one another, and whichever has least left ends first."""

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Desk:
    """Chats share the COp: with n of them each advances 1 / (1 + slowdown (n - 1)) seconds a second.

    `clock` counts the seconds of work each chat open since the beginning would have had; a chat ends when it reaches
    the mark it got at its start, so nothing has to be changed for the chats that go on.
    """

    slowdown: float
    clock: float = 0.0
    touched: float = 0.0
    version: int = 0
    marks: dict[int, float] = field(default_factory=dict)
    work: dict[int, float] = field(default_factory=dict)

    def start(self, customer: int, seconds: float, now: float) -> float:
        """Take up a chat of `seconds` of work; when the next chat ends."""
        self._advance(now)
        self.marks[customer] = self.clock + seconds
        self.work[customer] = seconds
        return self._next_end(now)

    def end(self, now: float) -> tuple[int, float]:
        """The chat that ends now, and the seconds of work it took."""
        self._advance(now)
        customer = min(self.marks, key=self.marks.__getitem__)
        del self.marks[customer]
        return customer, self.work.pop(customer)

    def next_end(self, now: float) -> float:
        """When the next chat ends, or infinity."""
        return self._next_end(now) if self.marks else float("inf")

    def _rate(self) -> float:
        return 1.0 / (1.0 + self.slowdown * (len(self.marks) - 1))

    def _advance(self, now: float) -> None:
        if self.marks:
            self.clock += (now - self.touched) * self._rate()
        self.touched = now

    def _next_end(self, now: float) -> float:
        self.version += 1
        return now + max(min(self.marks.values()) - self.clock, 0.0) / self._rate()
