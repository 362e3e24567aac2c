r"""Where we may connect to: an address from outside is parsed once, and every IP behind it judged.

Parsing is the browsers' (WHATWG), so that what looks like a good host and is none is seen as what
it is: `http://127.0.0.1:80\@good/`, `2130706433`, `0x7f.1`, ideographic dots. The judgement is by
number, after unwrapping IPv4 addresses that travel inside IPv6 ones (R-X-3).
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

import ada_url

from sparfuchs.plumbing.fetched import Refusal, Refused

IPAddress = IPv4Address | IPv6Address

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
PORTS: Final = frozenset(DEFAULT_PORTS.values())

# The registries' special blocks, held here as well because `ip.is_global` differs between Python
# versions and calls many of them global: multicast, 6to4, NAT64, relay anycast, site-local (R-X-3).
BLOCKED_V4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT and 100.100.100.200, a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # another cloud's host agent, on a public number
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
BLOCKED_V6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "fec0::/10",
        "ff00::/8",
    )
)
GLOBAL_V6: Final = IPv6Network("2000::/3")  # nothing else has been given out for hosts
NAT64: Final = tuple(ip_network(block) for block in ("64:ff9b::/96", "64:ff9b:1::/48"))
ISATAP: Final = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed address. `path` holds the query too; the fragment is gone, it never travels."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def href(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def origin(self) -> str:
        """Scheme, name and port: what robots rules, rates and circuits are kept for."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def robots(self) -> "Target":
        return Target(self.scheme, self.host, self.port, "/robots.txt")


def parse_target(
    url: str, *, base: str | None = None, private: AbstractSet[str] = frozenset()
) -> Target | Refused:
    """The address as a browser would read it, or why it is not one that we would ask.

    `private`: allowed `address:port` pairs; a port in them passes here and is judged together with
    the address by `permitted`.
    """
    try:
        parsed = ada_url.URL(url, base)
    except (ValueError, UnicodeEncodeError):  # a lone surrogate is no text that could be sent
        return Refused(Refusal.ADDRESS_UNREADABLE)
    scheme = str(parsed.protocol).removesuffix(":")
    if scheme not in DEFAULT_PORTS:
        return Refused(Refusal.SCHEME_FORBIDDEN, scheme)
    if parsed.username or parsed.password:
        return Refused(Refusal.CREDENTIALS_IN_ADDRESS)
    port = int(str(parsed.port) or DEFAULT_PORTS[scheme])
    if port not in PORTS and not any(pair.endswith(f":{port}") for pair in private):
        return Refused(Refusal.PORT_FORBIDDEN, str(port))
    host = str(parsed.hostname).strip("[]").removesuffix(".")
    if not host:
        return Refused(Refusal.ADDRESS_UNREADABLE)
    return Target(scheme, host, port, f"{parsed.pathname}{parsed.search}")


def literal(host: str) -> IPAddress | None:
    """The address that a host name already is."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def unwrap(address: IPAddress) -> tuple[IPAddress, ...]:
    """The address and every IPv4 address that it carries for somebody on the way to unpack."""
    if isinstance(address, IPv4Address):
        return (address,)
    inner: list[IPAddress] = [address]
    if address.ipv4_mapped is not None:
        # The operating system itself connects to the inner address: that is what it means.
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if any(address in block for block in NAT64):
        inner.append(IPv4Address(address.packed[12:]))
    if address.packed[8:12] in ISATAP:
        inner.append(IPv4Address(address.packed[12:]))
    return tuple(inner)


def is_public(address: IPAddress) -> bool:
    """Whether a stranger's address may lead us there (R-X-3)."""
    return all(_is_public(one) for one in unwrap(address))


def _is_public(address: IPAddress) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in block for block in BLOCKED_V4)
    return address in GLOBAL_V6 and not any(address in block for block in BLOCKED_V6)


def permitted(
    addresses: Iterable[str], port: int, *, private: AbstractSet[str] = frozenset()
) -> tuple[IPAddress, ...] | Refused:
    """The addresses to connect to, or a refusal when even one of them is forbidden (R-X-1).

    One public and one private address behind the same name is no mishap but an attack.
    """
    found = tuple(ip_address(address) for address in addresses)
    for address in found:
        shown = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"  # noqa: PLR2004 - IPv6
        if shown not in private and not (port in PORTS and is_public(address)):
            return Refused(Refusal.ADDRESS_FORBIDDEN, shown)
    if not found:
        return Refused(Refusal.ADDRESS_FORBIDDEN, "no address")
    return found


_SECRET_NAMES: Final = re.compile(
    r"(?i)^(?:.*[-_.])?(?:(?:api|access|auth|secret)?(?:key|token)|auth|authorization|pass(?:word|wd)?|pwd|secret"
    r"|sig(?:nature)?|credential|session|sid|hash|user(?:name)?)$"
)
# What nobody writes by hand: long, without a word, letters and digits mixed.
_SECRET_VALUE: Final = re.compile(
    r"^(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_~+=-]{24,}$|^eyJ[\w-]+\.[\w-]+\.[\w-]*$"
)
_WORDS: Final = re.compile(r"[A-Za-z]{3,}[-_]|[-_][A-Za-z]{3,}")
HIDDEN: Final = "***"


def _hides(value: str) -> bool:
    return bool(_SECRET_VALUE.match(value)) and not _WORDS.search(value)


def redact(url: str) -> str:
    """The address for names, logs and errors: without user, fragment and anything like a key.

    Some networks put the key into the path (`/apikey/{key}/`), feed platforms a long token.
    """
    address, _, _ = url.partition("#")
    address, mark, query = address.partition("?")
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    authority, *segments = rest.split("/")
    shown = [authority.rpartition("@")[2]]
    before = ""
    for segment in segments:
        secret = bool(segment) and (bool(_SECRET_NAMES.match(before)) or _hides(segment))
        shown.append(HIDDEN if secret else segment)
        before = segment
    pairs = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        secret = bool(value) and (bool(_SECRET_NAMES.match(name)) or _hides(value))
        pairs.append(f"{name}{equals}{HIDDEN if secret else value}")
    return f"{scheme}{separator}{'/'.join(shown)}{mark}{'&'.join(pairs)}"
