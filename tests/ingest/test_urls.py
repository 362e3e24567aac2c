import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds import Folder, awin, item, rss, tsv
from sparfuchs.ingest.urls import behind_affiliate, canonical_url, canonical_urls

ADDRESSES = [
    (
        "https://Shop.Example.DE:443/p/abc/?utm_source=x&b=2&a=1&gclid=zz&a=0#frag",
        "https://shop.example.de/p/abc/?a=1&a=0&b=2",
    ),
    ("https://shop.example/p/1", "https://shop.example/p/1"),
    ("https://shop.example/p/1?utm_source=x&utm_medium=y", "https://shop.example/p/1"),
    ("https://shop.example/p/1?variant=7&srsltid=q", "https://shop.example/p/1?variant=7"),
    ("https://shop.example/p/1?gclidx=1", "https://shop.example/p/1?gclidx=1"),
    ("https://user:geheim@shop.example/x", "https://shop.example/x"),
    ("HTTP://shop.example:80", "http://shop.example/"),
    ("https://shop.example:8443/x", "https://shop.example:8443/x"),
    ("https://müller.example/größe", "https://xn--mller-kva.example/gr%C3%B6%C3%9Fe"),
    ("https://shop.example/a%2fb%c3%bc", "https://shop.example/a%2Fb%C3%BC"),
    ("https://shop.example/a/../b/./c", "https://shop.example/b/c"),
    ("https://shop.example/x?", "https://shop.example/x"),
    ("https://shop.example/x?b=&a", "https://shop.example/x?a&b="),
    (" https://shop.example/x ", "https://shop.example/x"),
    ("javascript:alert(1)", None),
    ("ftp://shop.example/x", None),
    ("/p/1", None),
    ("kein Link", None),
]


@pytest.mark.parametrize(("text", "canonical"), ADDRESSES)
def test_an_address_has_one_spelling(text: str, canonical: str | None) -> None:
    assert canonical_url(text) == canonical
    assert canonical_urls(pl.Series([text])).to_list() == [canonical]


@pytest.mark.parametrize("name", ["variant", "sku", "id", "pid", "p", "q", "color", "size", "sid"])
def test_R_S_1_parameters_that_say_what_is_shown_are_never_stripped(name: str) -> None:
    text = f"https://shop.example/p?{name}=1"
    assert canonical_url(text) == canonical_urls(pl.Series([text])).to_list()[0] == text


_PARAMETER = st.tuples(
    st.sampled_from(["a", "b", "variant", "utm_source", "gclid", "wt_mc", "Farbe", "x%2f"]),
    st.sampled_from(["", "1", "ü", "a b", "%c3%a4", "1,2", "x=y"]),
).map("=".join)
_ADDRESS = st.builds(
    lambda scheme, host, path, query, rest: f"{scheme}://{host}{path}{query}{rest}",
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["shop.example", "Shop.Example:443", "münchen.example", "a.b.example:80"]),
    st.sampled_from(["", "/", "/p/1", "/a/../b", "/größe x", "/%2f%C3", "/A;b=c,d"]),
    st.lists(_PARAMETER, max_size=3).map(lambda parts: "?" + "&".join(parts) if parts else ""),
    st.sampled_from(["", "#frag"]),
)


@given(_ADDRESS)
def test_R_U_1_the_canonical_spelling_of_a_canonical_address_is_itself(text: str) -> None:
    once = canonical_url(text)
    assert once is not None
    assert canonical_url(once) == once


@given(_ADDRESS)
def test_R_U_2_the_host_changes_in_case_idna_and_port_alone(text: str) -> None:
    once = canonical_url(text)
    host = (
        text.split("://")[1]
        .split("/", maxsplit=1)[0]
        .split("?", maxsplit=1)[0]
        .split("#", maxsplit=1)[0]
        .split(":", maxsplit=1)[0]
    )
    assert once is not None
    assert once.split("/")[2].split(":")[0] == host.lower().encode("idna").decode()


@given(st.lists(_ADDRESS, min_size=1, max_size=5))
def test_the_column_spells_addresses_as_the_parser_does(texts: list[str]) -> None:
    assert canonical_urls(pl.Series(texts)).to_list() == [canonical_url(text) for text in texts]


def test_R_U_3_a_link_through_a_network_is_no_landing_page(folder: Folder) -> None:
    deep = "https://www.awin1.com/cread.php?awinmid=1&awinaffid=2&ued="
    target = "https%3A%2F%2Fshop.example%2Fp%3Fa%3D1%26b%3D%C3%BC%26awc%3D9"
    result = folder.read(tsv({"link": deep + target}, {"link": "https://shop.example/x"}))
    first, second = result.offers.rows(named=True)
    assert first["landing_url"] == "https://shop.example/p?a=1&b=%C3%BC"
    assert first["affiliate_url"] == deep + target
    assert (second["landing_url"], second["affiliate_url"]) == ("https://shop.example/x", None)


def test_R_U_3_a_network_link_that_hides_its_target_leaves_no_landing_page(folder: Folder) -> None:
    link = "https://www.awin1.com/pclick.php?p=1&a=2&m=3"
    assert behind_affiliate(link) is None
    assert folder.read(rss(item(link=link.replace("&", "&amp;")))).only["landing_url"] is None


def test_awin_gives_landing_page_and_tracking_link_apart(folder: Folder) -> None:
    offer = folder.read(
        awin(
            {
                "merchant_deep_link": "https://shop.example/p?awc=1&farbe=rot",
                "aw_deep_link": "https://www.awin1.com/pclick.php?p=1",
            }
        )
    ).only
    assert offer["landing_url"] == "https://shop.example/p?farbe=rot"
    assert offer["affiliate_url"] == "https://www.awin1.com/pclick.php?p=1"


def test_a_link_that_is_no_address_is_left_out_and_flagged(folder: Folder) -> None:
    offer = folder.read(tsv({"link": "javascript:alert(1)"})).only
    assert offer["landing_url"] is None
    assert offer["flags"] == ["bad_url"]
