"""A corpus of what strangers send to lead us astray: addresses, redirects, documents that unfold.

The addresses and redirects are those of domain.md 2.5 and what else has opened fetchers of others:
each is an address that must never be asked, with why it is refused. Bombs are written by functions,
so that the corpus costs no room. Tests and `benchmarks/hostile.py` go through all of it.
"""

import gzip
import io
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sparfuchs.plumbing.fetched import Refusal

_IP: Final = Refusal.ADDRESS_FORBIDDEN
_PORT: Final = Refusal.PORT_FORBIDDEN
_SCHEME: Final = Refusal.SCHEME_FORBIDDEN
_USER: Final = Refusal.CREDENTIALS_IN_ADDRESS
_UNREADABLE: Final = Refusal.ADDRESS_UNREADABLE

# What names of the corpus resolve to; any other has no address.
NAMES: Final[Mapping[str, Sequence[str]]] = {
    "localhost": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "ip6-localhost": ["::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "metadata": ["169.254.169.254"],
    "mixed.example": ["93.184.216.34", "10.0.0.7"],
    "mixed6.example": ["2606:2800:220:1::1", "::1"],
    "inner.example": ["192.168.1.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "nat64.example": ["64:ff9b::a00:1"],
    "sixtofour.example": ["2002:a00:1::"],
    "cgnat.example": ["100.64.0.1"],
    "empty.example": [],
}


@dataclass(frozen=True, slots=True)
class Hostile:
    """An address, whether it is asked for at first or after a redirect, and why it is refused."""

    url: str
    refused: Refusal


ADDRESSES: Final = (
    # This machine, in every spelling that a browser understands.
    *(
        Hostile(f"http://{host}/", _IP)
        for host in (
            "127.0.0.1", "127.0.0.2", "127.255.255.254", "2130706433", "0x7f.1", "0x7f000001",
            "0x7F.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0",
            "0.0.0.0",  # noqa: S104 - nothing is bound to it

            "00000177.0.0.1", "127.0.0.1.", "localhost", "localhost.", "LOCALHOST",
            "localhost.localdomain", "ip6-localhost",
            "127。0。0。1", "127．0．0．1", "127｡0｡0｡1",
            "１２７.0.0.1", "①②⑦.⓪.⓪.①",
            "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
            "[::127.0.0.1]", "[0000::1]", "[::ffff:0:127.0.0.1]",
        )
    ),
    # Its network, and the metadata of clouds.
    *(
        Hostile(f"http://{host}/latest/meta-data/", _IP)
        for host in (
            "169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376",
            "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192",
            "[fd00:ec2::254]", "[fe80::a9fe:a9fe]", "[::ffff:169.254.169.254]",
            "metadata.google.internal", "metadata.google.internal.", "metadata",
        )
    ),
    *(
        Hostile(f"http://{host}/feed.xml", _IP)
        for host in (
            "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1",
            "167772161", "0xa000001", "100.64.0.1", "100.127.255.254", "198.18.0.1", "192.0.2.1",
            "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255",
            "240.0.0.1", "255.255.255.255", "0.1.2.3",
            "[fc00::1]", "[fd12:3456:789a::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]",
            "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]",
            "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]",
            "[3fff::1]", "[5f00::1]", "[2a00:1450::5efe:10.0.0.1]",
            "[2a00:1450::200:5efe:10.0.0.1]",
            "inner.example", "mixed.example", "mixed6.example", "mapped.example", "nat64.example",
            "sixtofour.example", "cgnat.example", "empty.example",
        )
    ),
    # A good host in front, another behind; ports and schemes that are not for feeds.
    Hostile("http://127.0.0.1:80\\@good.example/", _IP),
    Hostile("http://127.0.0.1\\.good.example/", _IP),
    Hostile("http://127.0.0.1#@good.example/", _IP),
    Hostile("http://127.0.0.1?@good.example/", _IP),
    Hostile("http:/\\127.0.0.1/", _IP),
    Hostile("http:127.0.0.1/", _IP),
    Hostile("http:////127.0.0.1/", _IP),
    Hostile("ht\ntp://127.0.0.1/", _IP),
    Hostile("http://127.0.0.1:443/", _IP),
    Hostile("http://good@127.0.0.1/", _USER),
    Hostile("http://good.example@127.0.0.1/", _USER),
    Hostile("https://u:p@shop.example/", _USER),
    Hostile("http://good.example:80@127.0.0.1:80/", _USER),
    Hostile("http://shop.example:22/", _PORT),
    Hostile("http://127.0.0.1:6379/", _PORT),
    Hostile("http://127.0.0.1:5432/", _PORT),
    Hostile("https://shop.example:8443/", _PORT),
    *(
        Hostile(url, _SCHEME)
        for url in (
            "ftp://shop.example/feed.csv", "file:///etc/passwd", "file://localhost/etc/passwd",
            "gopher://127.0.0.1:6379/_x", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/",
            "data:text/csv,id", "javascript:alert(1)", "jar:http://127.0.0.1!/", "ws://127.0.0.1/",
            "netdoc:///etc/passwd", "sftp://127.0.0.1/", "unix:/var/run/docker.sock",
        )
    ),
    *(
        Hostile(url, _UNREADABLE)
        for url in (
            "http://exa mple/", "http://[::1/", "http://[fe80::1%25eth0]/", "no address at all",
            "http://\ud800/", "http://", "http://256.256.256.256/", "http://1.2.3.4.5/",
            "http://127.0.0.1:99999/", "//127.0.0.1/", "",
        )
    ),
)  # fmt: skip

# Where a shop that may be asked redirects to. `{inner}`: a port of this machine that has a secret,
# `{outer}`: the port of the shop itself.
REDIRECTS: Final = (
    Hostile("http://127.0.0.1/", _IP),
    Hostile("//localhost:80/", _IP),
    Hostile("http://[::1]/", _IP),
    Hostile("http://0x7f.1/", _IP),
    Hostile("http://2130706433/", _IP),
    Hostile("http://127。0。0。1/", _IP),
    Hostile("http://169.254.169.254/latest/meta-data/", _IP),
    Hostile("http://[::ffff:169.254.169.254]/", _IP),
    Hostile("http://metadata.google.internal/", _IP),
    Hostile("http://inner.example/", _IP),
    Hostile("http://mixed.example/", _IP),
    Hostile("http://nat64.example/", _IP),
    Hostile("\\\\localhost\\", _IP),
    Hostile("http://127.0.0.1:{inner}/secret", _PORT),
    Hostile("//127.0.0.1:{inner}/secret", _PORT),
    Hostile("http://127.0.0.2:{outer}/feed.csv", _IP),
    Hostile("http://[::1]:{outer}/feed.csv", _IP),
    Hostile("file:///etc/passwd", _SCHEME),
    Hostile("gopher://127.0.0.1:6379/_x", _SCHEME),
    Hostile("data:text/csv,id", _SCHEME),
    Hostile("http://u:p@shop.example/", _USER),
    Hostile("http://127.0.0.1:{outer}@good.example/", _USER),
    Hostile("http://[::1", _UNREADABLE),
)

_MIB: Final = 1 << 20
_FIRST: Final = b'<?xml version="1.0"?>'
# What unfolds is a feed that could be read: one that is refused at its first line proves nothing.
_HEAD: Final = b"id\ttitle\tlink\tprice\n"
_ROW: Final = b"1\tEin Artikel\thttps://shop.example/1\t1.00 EUR\n"
_ROWS: Final = _ROW * (_MIB // len(_ROW))
_PRODUCT: Final = (
    b'{"products": [{"id": 1, "title": "Ein Artikel", "handle": "artikel", '
    b'"variants": [{"id": 1, "price": "1.00"}], "a": '
)


@dataclass(frozen=True, slots=True)
class Bomb:
    """A document that takes far more to read than to send. `write(size)` gives its bytes, `size`
    being about what it would unfold to. `wire`: it is a transfer's coding and not a file.
    """

    name: str
    write: Callable[[int], bytes]
    suffix: str = ""
    wire: bool = False


def _packed(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(_HEAD), *(packer.compress(_ROWS) for _ in range(size // _MIB))]
    return b"".join([*parts, packer.flush()])


def _zip(size: int, *names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names or ("feed.csv",):
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(_HEAD)
                for _ in range(size // _MIB):
                    member.write(_ROWS)
    return packed.getvalue()


def _lying_zip(size: int) -> bytes:
    """Says that it holds ten bytes."""
    made = bytearray(_zip(size))
    place = made.rfind(b"PK\x01\x02")
    made[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(made)


def _nested_zip(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", _zip(size))
    return packed.getvalue()


def _laughs(size: int) -> bytes:
    """Entities of ten of the ones before: ten to the power of the levels."""
    levels = len(str(size))
    lines = ['<!ENTITY l0 "ha">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels)]
    return _rss(f"<!DOCTYPE rss [{''.join(lines)}]>", f"&l{levels - 1};")


def _quadratic(size: int) -> bytes:
    once = "a" * 50_000
    return _rss(f'<!DOCTYPE rss [<!ENTITY a "{once}">]>', "&a;" * (size // len(once)))


def _outside(_size: int) -> bytes:
    return _rss('<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;")


def _rss(doctype: str, title: str) -> bytes:
    item = (
        f"<item><g:id>1</g:id><title>{title}</title><link>https://shop.example/1</link>"
        "<g:price>1.00 EUR</g:price></item>"
    )
    space = 'xmlns:g="http://base.google.com/ns/1.0"'
    return (
        _FIRST
        + doctype.encode()
        + f'<rss version="2.0" {space}><channel>{item}</channel></rss>'.encode()
    )


def _deep_xml(size: int) -> bytes:
    depth = min(size, 64 * _MIB) // 7
    return _rss("", "<a>" * depth + "</a>" * depth)


def _deep_json(size: int) -> bytes:
    depth = min(size, 64 * _MIB) // 2
    return _PRODUCT + b"[" * depth + b"]" * depth + b"}]}"


def _long_number(size: int) -> bytes:
    return _PRODUCT + b"1" + b"0" * min(size, 16 * _MIB) + b"}]}"


def _long_line(size: int) -> bytes:
    """A header, then one field that never ends, of what no packer makes smaller."""
    noise = random.Random(size).randbytes(min(size, 64 * _MIB) // 2).hex()  # noqa: S311
    return _HEAD + b"1\t" + noise.encode()


BOMBS: Final = (
    Bomb("gzip coding of one row", _packed, wire=True),
    Bomb(
        "gzip coding, in it a gzip of one row", lambda size: gzip.compress(_packed(size)), wire=True
    ),
    Bomb("gzip file of one row", _packed, ".csv.gz"),
    Bomb("gzip in gzip", lambda size: gzip.compress(_packed(size)), ".csv.gz"),
    Bomb("zip of one row", _zip, ".zip"),
    Bomb("zip that says ten bytes", _lying_zip, ".zip"),
    Bomb("zip in zip", _nested_zip, ".zip"),
    Bomb("zip of forty files", lambda n: _zip(n // 40, *(f"{k}.csv" for k in range(40))), ".zip"),
    Bomb("entities of entities", _laughs, ".xml"),
    Bomb("one long entity, many times", _quadratic, ".xml"),
    Bomb("entity from outside", _outside, ".xml"),
    Bomb("elements in elements", _deep_xml, ".xml"),
    Bomb("lists in lists", _deep_json, ".json"),
    Bomb("a number of millions of digits", _long_number, ".json"),
    Bomb("a field without end", _long_line, ".tsv"),
)


def counted() -> Iterator[tuple[str, int]]:
    yield "addresses", len(ADDRESSES)
    yield "redirects", len(REDIRECTS)
    yield "bombs", len(BOMBS)
