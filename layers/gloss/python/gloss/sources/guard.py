"""The guard on addresses that a user names: what may be called, and a socket to exactly what was checked.

A name is resolved once and the connection goes to the very address that was looked at, so that a name that
answers differently the second time (DNS rebinding) gains nothing. A redirect is a new address: check it anew.
"""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal
from urllib.parse import urlsplit

from gloss.errors import AddressRefused, HostUnknown
from gloss.records import dataclass

IPAddress = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Iterable[str]]
"""Host and port to the addresses that they stand for; raises ``OSError`` where there are none."""

WEB_PORTS: Final = frozenset({443, 80})

_PORTS: Final = {"https": 443, "http": 80}
_NO_SUCH_HOST: Final = {socket.EAI_NONAME, socket.EAI_NODATA}
"""Said for good; any other failure of a lookup may be the resolver's."""
_UNICAST: Final = IPv6Network("2000::/3")
_TUNNELS: Final = tuple(
    IPv6Network(range_) for range_ in ("2002::/16", "2001::/23", "64:ff9b::/96", "64:ff9b:1::/48")
)
"""6to4, Teredo and other protocol assignments, NAT64: IPv6 addresses that lead to IPv4 ones."""
_IPV4_SPECIAL: Final = tuple(
    ip_network(range_) for range_ in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10")
)
"""Protocol assignments, the 6to4 relay, carrier-grade NAT: not all Pythons call them private."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a URL leads: ``host`` is the name in it, for TLS and the Host header."""

    scheme: Literal["https", "http"]
    host: str
    port: int


def resolved(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """``private``: the stage runs on one machine, so plain HTTP and private addresses are let through.

    ``ports``: only these are called; ``None`` for any. Imports keep to those of the web.
    """

    private: bool = False
    ports: frozenset[int] | None = None
    lookup: Lookup = resolved

    def origin(self, url: str) -> Origin:
        """The origin of a URL whose form is acceptable; nothing is looked up.

        Raises:
            AddressRefused: it is not https, holds credentials or is no URL at all.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise AddressRefused("The address is not a URL.") from error
        if parts.scheme != "https" and not (self.private and parts.scheme == "http"):
            raise AddressRefused("The address has to begin with https://.")
        if not parts.hostname or parts.username is not None or parts.password is not None:
            raise AddressRefused("The address needs a host, and may hold no user or password.")
        if any(character.isspace() or not character.isprintable() for character in url) or "\\" in url:
            raise AddressRefused("The address holds characters that do not belong there.")
        scheme: Literal["https", "http"] = "https" if parts.scheme == "https" else "http"
        port = _PORTS[scheme] if port is None else port
        if not (self.private or self.ports is None or port in self.ports):
            raise AddressRefused("The address names a port that is not called.")
        return Origin(scheme, parts.hostname, port)

    def address(self, host: str, port: int) -> str:
        """An address of this host that may be connected to.

        Raises:
            HostUnknown: there is no such host.
            AddressRefused: any of its addresses is not on the public internet.
            OSError: nobody can be asked for it now.
        """
        try:
            addresses = list(self.lookup(host, port))
        except UnicodeError as error:
            raise HostUnknown from error
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_HOST:
                raise HostUnknown from error
            raise
        if not addresses or not (self.private or all(map(is_public, addresses))):
            raise AddressRefused("The address does not lead to the public internet.")
        return addresses[0]

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A TCP connection to the address that was checked.

        Raises:
            AddressRefused: as :meth:`address`.
            OSError: it cannot be reached.
        """
        return socket.create_connection((self.address(host, port), port), timeout)


def is_public(address: str) -> bool:
    """Whether an IP address is an ordinary one of the public internet (IANA special-purpose registries).

    Refused: private, loopback, link-local (cloud metadata among them), shared (CGNAT), unique local,
    multicast, reserved, documentation and benchmarking ranges, and IPv6 forms that carry an IPv4 address.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip.is_multicast or not ip.is_global:
        return False
    if isinstance(ip, IPv4Address):
        return not any(ip in range_ for range_ in _IPV4_SPECIAL)
    return ip in _UNICAST and not any(ip in range_ for range_ in _TUNNELS)
