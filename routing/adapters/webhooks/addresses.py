"""Where a webhook may connect to: public addresses, judged after the name was resolved and used as they were judged."""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for an IPv4 address in their last 32 bits."""


class ForbiddenAddress(Exception):
    """The name leads to a place that a webhook must not reach."""


def resolved(host: str, port: int) -> Sequence[str]:
    """Every address of a name; ForbiddenAddress when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ForbiddenAddress(f"{host} has no address") from error
    return [str(each[4][0]) for each in found]


def allowed_address(host: str, port: int, allow: Sequence[Network], resolve: Resolve = resolved) -> Address:
    """The address to connect to; ForbiddenAddress when any address of the name is not to be reached.

    One bad address among good ones is enough: a name that mixes them is made to try its luck.
    """
    found = [_parsed(text) for text in resolve(host, port)]
    if not found:
        raise ForbiddenAddress(f"{host} has no address")
    for address in found:
        if not is_allowed(address, allow):
            raise ForbiddenAddress(f"{host} leads to {address}, which is not public; see `allow`")
    return found[0]


def is_allowed(address: Address, allow: Sequence[Network]) -> bool:
    """Whether an address is public, or in one of these networks; an address inside another one is judged itself."""
    inner = _inside(address)
    if any(each.version == network.version and each in network for each in (address, inner) for network in allow):
        return True
    return all(each.is_global and not each.is_multicast for each in (address, inner))


def _inside(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _parsed(text: str) -> Address:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ForbiddenAddress("an address nobody can read") from error
