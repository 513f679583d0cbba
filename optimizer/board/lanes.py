"""Kinds of conversations, and the lanes of each: whoever is in one lane differs by nothing but age."""

import numpy as np
from numpy.typing import NDArray

from optimizer.board.admission import GRID, MOST_CANDIDATES, rounded
from optimizer.board.columns import spans
from optimizer.board.growing import Growing
from optimizer.classes import padded_candidates
from optimizer.problem import ConversationArrays, Flags, Floats, Indices

_KIND_WIDTH = 2 * MOST_CANDIDATES + 3
_KIND_BYTES = 4 * _KIND_WIDTH


class Lanes:
    """A kind: same candidates, market, language and channel, so worth the same to every COp who may serve it.

    A lane: same kind, exclusions, priority, service target, vulnerable and fraud. `kinds` and `lanes` hold their
    columns; exclusion set 0 is empty, and `barred` holds one row a (set, COp). A place is a market, language and
    channel; an ask is an issue type at a place. A kind has one for each candidate, the first again where it has fewer.
    """

    def __init__(self) -> None:
        wide = (np.int64, MOST_CANDIDATES)
        where = dict.fromkeys(("market", "language", "channel"), np.int64)
        self.kinds = Growing(type=wide, share=wide, ask=wide, width=np.int64, place=np.int64, **where)
        self.places = Growing(**where)
        self.asks = Growing(type=np.int64, place=np.int64)
        whole = dict.fromkeys(("kind", "barred", "priority"), np.int64)
        self.lanes = Growing(**whole, target=np.float64, weight=np.float64, vulnerable=np.bool_, fraud=np.bool_)
        self.barred = Growing(set=np.int64, cop=np.int64)
        self._kind_of: dict[bytes, int] = {}
        self._lane_of: dict[bytes, int] = {}
        self._set_of: dict[bytes, int] = {b"": 0}
        self._place_of: dict[tuple[int, int, int], int] = {}
        self._ask_of: dict[tuple[int, int], int] = {}
        self._by_kind = self._kind_by_kind = np.zeros(0, np.int64)

    def find(self, c: ConversationArrays) -> Indices:
        """(N,) int64: the lane of each conversation; new ones are opened."""
        keys = self._keys(c)
        lane = np.fromiter((self._lane_of.get(key, -1) for key in keys), np.int64, len(keys))
        for at in np.flatnonzero(lane < 0).tolist():
            key = keys[at]
            known = self._lane_of.get(key)
            lane[at] = self._open(key) if known is None else known
        return lane

    def by_kind(self) -> tuple[Indices, Indices]:
        """(L,) int64: every lane, those of a kind together, and the kind of each."""
        known, n = self._by_kind.size, self.lanes.size
        if known < n:
            new, kind = np.arange(known, n), self.lanes["kind"][known:n]
            order = np.argsort(kind, kind="stable")
            at = np.searchsorted(self._kind_by_kind, kind[order], side="right")
            self._by_kind = np.insert(self._by_kind, at, new[order])
            self._kind_by_kind = np.insert(self._kind_by_kind, at, kind[order])
        return self._by_kind, self._kind_by_kind

    def probabilities(self, kinds: Indices) -> Floats:
        """(K, W) float64: what each candidate of the kinds is rounded to."""
        return np.asarray(self.kinds["share"][kinds] / GRID)

    def candidates(self, kinds: Indices) -> tuple[Indices, Indices, Floats]:
        """Row starts (K + 1,), issue types and probabilities (Z,) of the kinds."""
        share = self.kinds["share"][kinds]
        real = share > 0
        start = np.concatenate(([0], np.cumsum(real.sum(axis=1)))).astype(np.int64)
        return start, self.kinds["type"][kinds][real], share[real] / GRID

    def exclusions(self, lanes: Indices) -> tuple[Indices, Indices]:
        """Row starts (L + 1,) and excluded COps (X,) of the lanes."""
        n = self.barred.size
        bounds = np.searchsorted(self.barred["set"][:n], np.arange(len(self._set_of) + 1))
        at, start = spans(bounds, self.lanes["barred"][lanes])
        return start, self.barred["cop"][at]

    def excluding(self, cops: Flags) -> Indices:
        """Lanes that exclude one of the COps flagged in (M,)."""
        n, n_lanes = self.barred.size, self.lanes.size
        held = self.barred["set"][:n][cops[self.barred["cop"][:n]]]
        if not held.size:
            return np.zeros(0, np.int64)
        barred = self.lanes["barred"][:n_lanes]
        named = np.bincount(held, minlength=len(self._set_of)) > 0
        return np.flatnonzero(named[barred])

    def keep(self, live: Indices) -> None:
        """Forget all lanes but these, numbered anew in this order, and the kinds nobody is of."""
        keys = list(self._lane_of)
        self._lane_of = {keys[lane]: at for at, lane in enumerate(live.tolist())}
        self.lanes.keep(live)
        self._by_kind = self._kind_by_kind = live[:0]
        n = self.lanes.size
        used, renumbered = np.unique(self.lanes["kind"][:n], return_inverse=True)
        names = list(self._kind_of)
        self._kind_of = {names[kind]: at for at, kind in enumerate(used.tolist())}
        self.kinds.keep(used)
        self.lanes["kind"][:n] = renumbered
        self._keep_sets()

    def _keep_sets(self) -> None:
        """Number the exclusion sets some lane has anew; a lane's key names its set by number, so keys change too."""
        n, total = self.lanes.size, len(self._set_of)
        used = np.unique(np.append(self.lanes["barred"][:n], 0))
        number = np.full(total, -1, np.int64)
        number[used] = np.arange(used.size)
        names = list(self._set_of)
        self._set_of = {names[each]: at for at, each in enumerate(used.tolist())}
        self.barred.keep(np.flatnonzero(number[self.barred["set"][: self.barred.size]] >= 0))
        self.barred["set"][: self.barred.size] = number[self.barred["set"][: self.barred.size]]
        self.lanes["barred"][:n] = number[self.lanes["barred"][:n]]
        table = np.frombuffer(b"".join(self._lane_of), np.int32).reshape(n, -1).copy()
        table[:, _KIND_WIDTH] = self.lanes["barred"][:n]
        self._lane_of = {key: at for at, key in enumerate(_as_keys(table))}

    def _open(self, key: bytes) -> int:
        numbers = np.frombuffer(key, np.int32)
        at = self.lanes.extend(1)[0]
        x = self.lanes
        x["kind"][at] = self._kind(key[:_KIND_BYTES], numbers)
        x["barred"][at], x["priority"][at], x["vulnerable"][at], x["fraud"][at] = numbers[_KIND_WIDTH : _KIND_WIDTH + 4]
        x["target"][at] = numbers[_KIND_WIDTH + 4 :].view(np.float64)[0]
        self._lane_of[key] = int(at)
        return int(at)

    def _kind(self, key: bytes, numbers: NDArray[np.int32]) -> int:
        known = self._kind_of.get(key)
        if known is not None:
            return known
        at = self.kinds.extend(1)[0]
        x, w = self.kinds, MOST_CANDIDATES
        x["type"][at], x["share"][at] = numbers[:w], numbers[w : 2 * w]
        x["width"][at] = np.count_nonzero(numbers[w : 2 * w])
        market, language, channel = numbers[2 * w : 2 * w + 3].tolist()
        x["market"][at], x["language"][at], x["channel"][at] = market, language, channel
        place = self._place(market, language, channel)
        x["place"][at], x["ask"][at] = place, self._ask(int(numbers[0]), place)
        for column in range(1, int(x["width"][at])):
            x["ask"][at, column] = self._ask(int(numbers[column]), place)
        self._kind_of[key] = int(at)
        return int(at)

    def _place(self, market: int, language: int, channel: int) -> int:
        known = self._place_of.setdefault((market, language, channel), self.places.size)
        if known == self.places.size:
            at = self.places.extend(1)
            x = self.places
            x["market"][at], x["language"][at], x["channel"][at] = market, language, channel
        return known

    def _ask(self, issue_type: int, place: int) -> int:
        known = self._ask_of.setdefault((issue_type, place), self.asks.size)
        if known == self.asks.size:
            at = self.asks.extend(1)
            self.asks["type"][at], self.asks["place"][at] = issue_type, place
        return known

    def _keys(self, c: ConversationArrays) -> list[bytes]:
        n, w = len(c), MOST_CANDIDATES
        table = np.zeros((n, _KIND_WIDTH + 6), np.int32)
        types, share = _rounded_candidates(c)
        table[:, : types.shape[1]], table[:, w : w + share.shape[1]] = types, share
        columns = (c.market, c.language, c.channel, self._sets(c), c.priority, c.vulnerable, c.fraud)
        for at, column in enumerate(columns):
            table[:, 2 * w + at] = column
        table[:, _KIND_WIDTH + 4 :] = np.ascontiguousarray(c.target_seconds).view(np.int32).reshape(n, 2)
        return _as_keys(table)

    def _sets(self, c: ConversationArrays) -> Indices:
        sets = np.zeros(len(c), np.int64)
        for row in np.flatnonzero(np.diff(c.exclusion_start)).tolist():
            cops = np.unique(c.excluded_cop[c.exclusion_start[row] : c.exclusion_start[row + 1]])
            sets[row] = self._set(cops)
        return sets

    def _set(self, cops: Indices) -> int:
        name = cops.tobytes()
        if name not in self._set_of:
            self._set_of[name] = len(self._set_of)
            at = self.barred.extend(cops.size)
            self.barred["set"][at], self.barred["cop"][at] = self._set_of[name], cops
        return self._set_of[name]


def _as_keys(table: NDArray[np.int32]) -> list[bytes]:
    whole, width = table.tobytes(), table.shape[1] * table.itemsize
    return [whole[at : at + width] for at in range(0, len(whole), width)]


def _rounded_candidates(c: ConversationArrays) -> tuple[Indices, Indices]:
    """(N, V) issue types and whole shares of 1 / `GRID`."""
    first = c.candidate_start[:-1]
    types, share = np.zeros((len(c), MOST_CANDIDATES), np.int64), np.zeros((len(c), MOST_CANDIDATES), np.int64)
    types[:, 0], share[:, 0] = c.candidate_type[first], GRID
    several = np.flatnonzero(np.diff(c.candidate_start) > 1)
    if several.size:
        padded, probabilities, _ = padded_candidates(c, several)
        kept, shares = rounded(padded, probabilities)
        types[several, : kept.shape[1]], share[several, : kept.shape[1]] = kept, shares
    return types, share
