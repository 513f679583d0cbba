"""Everyone waiting, in lanes by age, with each change in time proportional to itself."""

import numpy as np

from optimizer import costs
from optimizer.board.growing import Growing
from optimizer.board.id_index import IdIndex
from optimizer.board.lanes import Lanes
from optimizer.board.last_served import LastServed
from optimizer.board.rings import Rings
from optimizer.parameters import MatchingParameters
from optimizer.problem import ConversationArrays, Flags, Floats, Indices
from optimizer.steering import Steering

EMPTY_LANES_KEPT = 4096


class Waiting:
    """Slots hold conversations: `slots` has id, arrival (s, the caller's clock), lane (-1: left) and last COp."""

    def __init__(self, parameters: MatchingParameters) -> None:
        self._parameters = parameters
        self.slots = Growing(id=np.int64, arrival=np.float64, lane=np.int32, last_cop=np.int32)
        self.lanes = Lanes()
        self.rings = Rings(self.slots, self._released)
        self.count = 0
        self._index = IdIndex()
        self._spare: list[int] = []
        self._last_served = LastServed(self.slots)

    def find(self, ids: Indices) -> Indices:
        """(N,) int64: slots of `ids`, -1 for one that does not wait."""
        return self._index.find(ids, self.slots["id"])

    def add(self, ids: Indices, c: ConversationArrays, now: float) -> None:
        """New conversations, all usable, whose ids are new."""
        slot, lane = self._room(ids.size), self.lanes.find(c)
        self._open()
        x = self.slots
        x["id"][slot], x["arrival"][slot] = ids, now - c.waiting_seconds
        x["lane"][slot], x["last_cop"][slot] = lane, c.last_cop
        self._index.add(slot, x["id"])
        self.rings.put(lane, slot)
        self.count += ids.size
        self._last_served.add(slot)

    def _open(self) -> None:
        """Rings and weights for lanes that are new."""
        x = self.lanes.lanes
        new = self.rings.open(x.size - self.rings.lanes.size)
        x["weight"][new] = costs.weight(x["priority"][new], x["vulnerable"][new], x["fraud"][new], self._parameters)

    def remove(self, slot: Indices) -> None:
        """Forget the conversations at `slot`, each named once."""
        x = self.slots
        lane = x["lane"][slot].astype(np.int64)
        self._index.remove(slot, x["id"])
        x["lane"][slot] = -1
        self.count -= slot.size
        self.rings.drop(lane)
        if self.lanes.lanes.size > EMPTY_LANES_KEPT + 2 * int(np.count_nonzero(self.rings.count)):
            self._tidy()

    def live(self) -> Indices:
        """Slots of everyone waiting."""
        return np.flatnonzero(self.slots["lane"][: self.slots.size] >= 0)

    def customers_of(self, cops: Indices, flagged: Flags) -> Indices:
        """Slots of those whose last COp is one of `cops` (J,), also given as flags (M,)."""
        return self._last_served.of(cops, flagged)

    def age_urgency(self, lane: Indices, slot: Indices, now: float, steering: Steering | None) -> Indices:
        """(R,) int64, units: the same, for a slot that may have left its lane."""
        return self._urgency(lane, now - self.slots["arrival"][slot], steering)

    def urgency(self, slot: Indices, now: float, steering: Steering | None) -> Indices:
        """(R,) int64, units: what answering each slot at `now` is worth."""
        return self._urgency(self.slots["lane"][slot], now - self.slots["arrival"][slot], steering)

    def head_urgency(self, lane: Indices, now: float, steering: Steering | None) -> Indices:
        """(L,) int64, units: the urgency of the longest-waiting of each lane, none of them empty."""
        return self._urgency(lane, now - self.rings.head_arrival[lane], steering)

    def _urgency(self, lane: Indices, waited: Floats, steering: Steering | None) -> Indices:
        x = self.lanes.lanes
        age = np.maximum(waited, 0.0) / x["target"][lane]
        return costs.urgency(x["weight"][lane], age, self._parameters, steering)

    def channel_of(self, lane: Indices) -> Indices:
        """(R,) int64: the channel of each lane."""
        return np.asarray(self.lanes.kinds["channel"][self.lanes.lanes["kind"][lane]])

    def rows(self, slot: Indices, now: float) -> ConversationArrays:
        """The conversations at `slot` (R,) as a snapshot's arrays, in that order."""
        x, lanes = self.slots, self.lanes.lanes
        lane = x["lane"][slot].astype(np.int64)
        kind = lanes["kind"][lane]
        candidate_start, candidate_type, candidate_probability = self.lanes.candidates(kind)
        exclusion_start, excluded_cop = self.lanes.exclusions(lane)
        kinds = self.lanes.kinds
        return ConversationArrays(
            candidate_start=candidate_start,
            candidate_type=candidate_type,
            candidate_probability=candidate_probability,
            market=kinds["market"][kind],
            language=kinds["language"][kind],
            channel=kinds["channel"][kind],
            priority=lanes["priority"][lane],
            waiting_seconds=np.maximum(now - x["arrival"][slot], 0.0),
            target_seconds=lanes["target"][lane],
            vulnerable=lanes["vulnerable"][lane],
            fraud=lanes["fraud"][lane],
            last_cop=x["last_cop"][slot].astype(np.int64),
            exclusion_start=exclusion_start,
            excluded_cop=excluded_cop,
        )

    def _room(self, n: int) -> Indices:
        reused = min(n, len(self._spare))
        slot = np.array(self._spare[len(self._spare) - reused :], np.int64)
        del self._spare[len(self._spare) - reused :]
        return np.concatenate([slot, self.slots.extend(n - reused)])

    def _released(self, slot: Indices) -> None:
        self._spare.extend(slot.tolist())

    def _tidy(self) -> None:
        """Number the lanes somebody waits in anew, and forget the others."""
        live = np.flatnonzero(self.rings.count)
        number = np.full(self.lanes.lanes.size + 1, -1, np.int32)
        number[live] = np.arange(live.size)
        lane = self.slots["lane"]
        lane[: self.slots.size] = number[lane[: self.slots.size]]
        self.lanes.keep(live)
        self.rings.keep(live)
