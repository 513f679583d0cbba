"""Where a webhook may connect to: of every private corner of the network not one, however it is named."""

import ipaddress
from collections.abc import Sequence

import pytest

from routing.adapters.webhooks.addresses import ForbiddenAddress, allowed_address, is_allowed

FORBIDDEN = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.8",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.9.9",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.2.7",
    "198.18.0.1",
    "198.51.100.2",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.8",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "100::1",
]
PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


def resolving(*found: str) -> object:
    def resolve(host: str, port: int) -> Sequence[str]:
        return found

    return resolve


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_inside_is_ever_allowed(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        allowed_address("hooks.example", 443, (), resolving(address))  # type: ignore[arg-type]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_fine(address: str) -> None:
    assert str(allowed_address("hooks.example", 443, (), resolving(address))) == str(ipaddress.ip_address(address))  # type: ignore[arg-type]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_one_address_inside_among_public_ones_is_enough(address: str) -> None:
    for found in (("8.8.8.8", address), (address, "8.8.8.8")):
        with pytest.raises(ForbiddenAddress):
            allowed_address("hooks.example", 443, (), resolving(*found))  # type: ignore[arg-type]


@pytest.mark.parametrize("found", [(), ("nonsense",), ("",)])
def test_a_name_without_a_readable_address_is_refused(found: tuple[str, ...]) -> None:
    with pytest.raises(ForbiddenAddress):
        allowed_address("hooks.example", 443, (), resolving(*found))  # type: ignore[arg-type]


def test_a_network_that_is_named_may_be_reached_and_its_neighbour_may_not() -> None:
    allow = (ipaddress.ip_network("10.1.2.0/24"),)
    assert is_allowed(ipaddress.ip_address("10.1.2.7"), allow)
    assert is_allowed(ipaddress.ip_address("::ffff:10.1.2.7"), allow)
    assert not is_allowed(ipaddress.ip_address("10.1.3.7"), allow)
    assert not is_allowed(ipaddress.ip_address("127.0.0.1"), allow)
