"""Prices for the board: worked out from forecast and recent arrivals and who is on duty, beside the ticks."""

from optimizer.board import Board


class Steersman:
    """Filled in below."""

    def saw(self, customer: int, now: float) -> None:
        """x"""

    def steer(self, board: Board, now: float) -> None:
        """x"""
