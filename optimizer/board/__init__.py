"""The incremental matching engine: a floor kept by events, planned exactly at any moment."""

from optimizer.board.board import Board
from optimizer.board.plan import BoardPlan
from optimizer.board.refusals import Refused

__all__ = ["Board", "BoardPlan", "Refused"]
