"""Where a request comes from: the address of whoever is connected, or the one that a believed proxy passes on."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers


def within(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is in one of some networks."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(network) for network in networks)


def of_client(connected: str, headers: Headers, proxies: tuple[str, ...]) -> str:
    """The address of a client: of those that proxies passed on, from the right, the first that is no believed proxy."""
    found = connected
    passed = [part.strip() for line in headers.getlist("x-forwarded-for") for part in line.split(",")]
    while within(found, proxies) and passed:
        following = passed.pop()
        try:
            found = str(ip_address(following))
        except ValueError:
            break
    return found
