"""Where we may connect to (domain.md 2.5), beside the corpus of `test_hostile`."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbing.loopback import serving
from sparfuchs.plumbing.addresses import (
    IPAddress,
    Target,
    is_public,
    parse_target,
    permitted,
    redact,
)
from sparfuchs.plumbing.fetched import PUBLIC_TEXT, Failed, Failure, Refusal, Refused


def test_R_X_5_whoever_asks_hears_the_same_sentence_whatever_the_reason() -> None:
    told = {Refused(reason).told for reason in Refusal}
    told |= {Failed(reason, final=True).told for reason in Failure}
    assert told == {PUBLIC_TEXT}


def test_an_address_is_read_as_browsers_read_it() -> None:
    target = parse_target("HTTPS://Bücher.Example.:443/ä?x=ö#part")
    assert target == Target("https", "xn--bcher-kva.example", 443, "/%C3%A4?x=%C3%B6")
    assert target.href == "https://xn--bcher-kva.example/%C3%A4?x=%C3%B6"


@pytest.mark.parametrize(
    "block",
    [
        "224.0.0.1",
        "239.255.255.255",
        "ff02::1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "192.88.99.1",
        "fec0::1",
        "100.64.0.1",
        "168.63.129.16",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:10.0.0.1",
        "::ffff:10.0.0.1",
        "2001:db8::1",
        "3fff::1",
        "255.255.255.255",
    ],
)
def test_R_X_3_blocks_that_python_calls_global_are_blocked_by_our_own_list(block: str) -> None:
    assert not is_public(ip_address(block))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:93.184.216.34"]
)
def test_a_public_address_is_let_through(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_R_X_1_one_forbidden_address_refuses_the_whole_name(
    one: IPAddress, other: IPAddress
) -> None:
    both = permitted([str(one), str(other)], 443)
    assert isinstance(both, Refused) == (not (is_public(one) and is_public(other)))


@given(st.ip_addresses(v=4))
def test_R_X_3_a_private_address_stays_private_in_every_wrapping(address: IPAddress) -> None:
    mapped = ip_address(f"::ffff:{address}")
    assert is_public(mapped) == is_public(address)
    for wrapped in (f"64:ff9b::{address}", f"::{address}", f"2a00:1450::5efe:{address}"):
        assert not is_public(ip_address(wrapped)) or is_public(address)


def test_private_test_mode_allows_the_exact_pair_and_nothing_beside_it() -> None:
    with serving({}) as one, serving({}) as other:
        assert permitted(["127.0.0.1"], one.port, private={one.pair})
        for address, port in (("127.0.0.1", other.port), ("127.0.0.2", one.port), ("::1", 80)):
            assert isinstance(permitted([address], port, private={one.pair}), Refused)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://u:p@a.example/datafeed/download/apikey/0a1b2c/fid/12/format/csv",
            "https://a.example/datafeed/download/apikey/***/fid/12/format/csv",
        ),
        ("https://a.example/x?token=abc&page=2#frag", "https://a.example/x?token=***&page=2"),
        (
            "https://a.example/x?api_key=1&X-Amz-Signature=ff",
            "https://a.example/x?api_key=***&X-Amz-Signature=***",
        ),
        (
            "https://a.example/9f86d081884c7d659a2feaa0c55ad015/google.xml",
            "https://a.example/***/google.xml",
        ),
        (
            "https://a.example/sommer-sale-2025-schuhe-herren/products.json?limit=250",
            "https://a.example/sommer-sale-2025-schuhe-herren/products.json?limit=250",
        ),
    ],
)
def test_keys_are_redacted_and_the_rest_stays_readable(url: str, shown: str) -> None:
    assert redact(url) == shown
