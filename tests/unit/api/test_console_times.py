"""The console tells the times of a conversation by its market's clocks."""

from datetime import UTC, datetime

from builders import make_market, make_pack

from api.console import wording
from api.console.names import zone_of

SUMMER, WINTER = datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 12, 1, 23, 30, tzinfo=UTC)


def test_a_time_is_told_by_the_market_s_clocks_in_summer_and_in_winter() -> None:
    zone = zone_of(make_pack(), "uk")
    assert wording.time_of_day(SUMMER, zone) == "00:30:00 BST"
    assert wording.time_of_day(WINTER, zone) == "23:30:00 GMT"
    assert wording.day_and_time(SUMMER, zone) == "2 Jul, 00:30 BST"


def test_a_zone_without_a_name_is_told_by_its_distance() -> None:
    pack = make_pack(markets={"br": make_market("br", time_zone="America/Sao_Paulo")})
    assert wording.time_of_day(WINTER, zone_of(pack, "br")) == "20:30:00 -03"


def test_times_of_no_market_and_of_one_that_is_gone_stay_utc() -> None:
    assert wording.time_of_day(SUMMER) == "23:30:00"
    assert wording.time_of_day(SUMMER, zone_of(make_pack(), "gone")) == "23:30:00"
