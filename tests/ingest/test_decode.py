import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds import Folder, item, rss, tsv
from sparfuchs.ingest.decode import encoding_of, to_utf8

GERMAN = "id\ttitle\tprice\n1\tMütze, größer für 5 €\t5.00 EUR\n"


@pytest.mark.parametrize(
    ("content", "charset", "chosen", "name", "found_by"),
    [
        (codecs.BOM_UTF8 + b"x", "iso-8859-1", None, "utf-8", "byte-order mark"),
        (codecs.BOM_UTF16_LE + b"x\0", None, None, "utf-16-le", "byte-order mark"),
        ("ü".encode("latin-1"), "ISO-8859-1", None, "cp1252", "HTTP charset"),
        (b'<?xml encoding="ISO-8859-15"?>\xa4', None, None, "iso8859-15", "XML declaration"),
        (b'<?xml version="1.0" encoding="UTF-8"?>\xfc', None, None, "cp1252", "fallback"),
        (b'<?xml encoding="cp1251"?>', "utf-8", None, "utf-8", "HTTP charset"),
        ("ü".encode(), None, None, "utf-8", "content"),
        ("ü".encode(), "nonsense", None, "utf-8", "content"),
        (GERMAN.encode("cp1252"), None, None, "cp1252", "fallback"),
        (GERMAN.encode("cp1252"), "utf-8", None, "cp1252", "fallback"),
        ("ü".encode(), None, "cp1252", "cp1252", "setting"),
    ],
)  # fmt: skip
def test_the_encoding_is_taken_from_the_surest_witness(
    content: bytes, charset: str | None, chosen: str | None, name: str, found_by: str
) -> None:
    found = encoding_of(content, charset=charset, chosen=chosen)
    assert (found.name, found.found_by) == (name, found_by)


@given(
    st.text(alphabet="abäöü€\n", max_size=50),
    st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-8-sig"]),
    st.integers(1, 9),
)
def test_text_is_the_same_however_its_blocks_fall(text: str, encoding: str, block: int) -> None:
    data = text.encode(encoding)
    name = encoding_of(data, chosen=None if encoding != "cp1252" else "cp1252").name
    parts = iter([data[i : i + block] for i in range(0, len(data), block)])
    if encoding == "utf-8-sig" and block < len(codecs.BOM_UTF8):
        parts = iter([data])
    assert b"".join(to_utf8(parts, name)).decode() == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_feed_reads_the_same_in_every_encoding(folder: Folder, encoding: str) -> None:
    offer = folder.read(GERMAN.encode(encoding)).only
    assert offer["source_offer_id"] == "1"
    assert offer["title"] == "Mütze, größer für 5 €"


def test_an_umlaut_far_into_the_feed_still_decides_the_encoding(folder: Folder) -> None:
    plain = [{"title": "Ding " * 40}] * 6000
    feed = tsv(*plain, {"title": "Mütze"}).encode("cp1252")
    assert len(feed) > 1 << 20
    result = folder.read(feed)
    assert result.reading.detected.encoding == "cp1252"
    assert result.offers["title"].to_list()[-1] == "Mütze"


def test_a_declared_latin_1_feed_in_xml_is_read_as_cp1252(folder: Folder) -> None:
    feed = rss(item(title="Größe – 5 €"))
    feed = feed.replace('version="1.0"', 'version="1.0" encoding="ISO-8859-1"', 1)
    assert folder.read(feed.encode("cp1252")).only["title"] == "Größe – 5 €"


def test_one_bad_byte_in_a_utf_8_feed_costs_a_letter_and_no_row(folder: Folder) -> None:
    rows = [{"title": "Mütze"}] * 9000
    feed = tsv({"title": "Größe" * 60}, *rows, {"title": "Kappe"}).encode()
    feed = feed.replace(b"Kappe", b"Ka\xfcppe")
    result = folder.read(feed)
    assert result.reading.detected.encoding in {"utf-8", "cp1252"}
    assert result.offers.height == 9002


def test_broken_umlauts_are_counted(folder: Folder) -> None:
    titles = ("MÃ¼tze", "Mütze", "5 â‚¬ Gutschein", "Ãrger")
    result = folder.read(tsv(*({"title": title} for title in titles)))
    assert result.mojibake == 2
