"""The shops over real HTTP: validators, compression, pages, faults, and what a stranger may do."""

import gzip
import http.client
import io
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from lxml import etree
from PIL import Image

from market.build import AT, many, stated
from market.shops import Rows
from sparfuchs.ingest.api import Format
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.market.api import SHOPS, WorldStock, make_world
from sparfuchs.market.faults import Fault, Switches, scheduled
from sparfuchs.market.serve import Addresses, serving
from sparfuchs.market.write.feed import WRITTEN


class Answer:
    """One answer, read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(address: str, method: str = "GET", **headers: str) -> Answer:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, headers=named)
        return Answer(connection.getresponse())
    finally:
        connection.close()


@contextmanager
def market(
    stock: Rows, switches: Switches | None = None, late: float = 20.0
) -> Iterator[Addresses]:
    with serving(stock, clock=stock.clock, plan=switches or Switches(), late=late) as addresses:
        yield addresses


@pytest.fixture
def stock() -> Rows:
    return Rows()


def test_health_tells_where_each_shop_is(stock: Rows) -> None:
    with market(stock) as addresses:
        health = json.loads(ask(addresses.health).text)
        assert health["status"] == "ready"
        assert {one["slug"]: one["feed"] for one in health["shops"]} == dict(addresses.feeds)
        assert len({urlsplit(one["address"]).port for one in health["shops"]}) == len(WRITTEN)


@pytest.mark.parametrize("format", WRITTEN)
def test_a_feed_that_did_not_change_is_answered_with_304(
    stock: Rows,
    format: Format,  # noqa: A002
) -> None:
    with market(stock) as addresses:
        feed = addresses.feeds[format]
        first = ask(feed, Accept_Encoding="gzip")
        held = ask(feed, Accept_Encoding="gzip", If_None_Match=first.headers["etag"])
        assert (held.status, held.body) == (304, b"")
        assert held.headers["etag"] == first.headers["etag"]
        since = ask(feed, If_Modified_Since=first.headers["last-modified"])
        assert since.status == 304
        stock.moved(format)
        assert ask(feed, If_None_Match=ask(feed).headers["etag"]).status == 304  # until it moves
        stock.passes(minutes=15)
        moved = ask(feed, Accept_Encoding="gzip", If_None_Match=first.headers["etag"])
        assert moved.status == 200
        assert moved.headers["etag"] != first.headers["etag"]
        assert ask(feed, If_Modified_Since=first.headers["last-modified"]).status == 200


def test_bytes_that_stay_keep_their_date_and_a_feed_is_made_once_a_move(stock: Rows) -> None:
    stock.frames[Format.GOOGLE_TSV] = many(40)
    with market(stock) as addresses:
        feed = addresses.feeds[Format.GOOGLE_TSV]
        first = ask(feed)
        assert ask(feed).body == first.body
        assert stock.asked == [Format.GOOGLE_TSV]
        stock.passes(hours=5)
        later = ask(feed)
        assert stock.asked == [Format.GOOGLE_TSV] * 2
        assert later.headers["date"] != first.headers["date"]
        for name in ("etag", "last-modified"):
            assert later.headers[name] == first.headers[name]


def test_gzip_comes_when_it_was_asked_for_and_has_a_tag_of_its_own(stock: Rows) -> None:
    with market(stock) as addresses:
        feed = addresses.feeds[Format.GOOGLE_RSS]
        plain, packed = ask(feed), ask(feed, Accept_Encoding="br;q=1, gzip;q=0.8")
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) * 4 < len(plain.body)
        assert packed.headers["etag"] != plain.headers["etag"]
        assert ask(feed, Accept_Encoding="gzip;q=0").body == plain.body
        zipped = ask(addresses.feeds[Format.AWIN_CSV], Accept_Encoding="gzip")
        assert "content-encoding" not in zipped.headers  # it is an archive, not a coding
        assert gzip.decompress(zipped.body).startswith(b"merchant_id,")


def test_a_shopify_shop_is_read_page_by_page_until_an_empty_one(stock: Rows) -> None:
    stock.frames[Format.SHOPIFY_JSON] = many(44)  # 11 products of 4 variants
    with market(stock) as addresses:
        feed = addresses.feeds[Format.SHOPIFY_JSON]
        pages = [
            json.loads(ask(f"{feed}&limit=4&page={number}").text)["products"]
            for number in range(1, 5)
        ]
        assert [len(page) for page in pages] == [4, 4, 3, 0]
        assert len({product["id"] for page in pages for product in page}) == 11
        tag = ask(f"{feed}&limit=4&page=4").headers["etag"]
        assert ask(f"{feed}&limit=4&page=4", If_None_Match=tag).status == 304
        assert len(json.loads(ask(f"{feed}&limit=9999&page=x").text)["products"]) == 11


def test_a_woocommerce_shop_is_read_page_by_page_until_an_empty_one(stock: Rows) -> None:
    stock.frames[Format.WOOCOMMERCE_JSON] = many(23)
    with market(stock) as addresses:
        feed = addresses.feeds[Format.WOOCOMMERCE_JSON]
        pages = [json.loads(ask(f"{feed}?per_page=9&page={n}").text) for n in range(1, 5)]
        assert [len(page) for page in pages] == [9, 9, 5, 0]
        assert len(json.loads(ask(feed).text)) == 10


def test_promotions_have_a_document_where_a_shop_grants_any(stock: Rows) -> None:
    world = WorldStock(make_world(1, offers=500, opened=stock.now, shops=SHOPS[6:8]))
    with serving(world, clock=stock.clock) as addresses:
        none, some = (f"{origin}/aktionen.xml" for origin in addresses.shops.values())
        assert ask(none).status == 404
        document = ask(some)
        assert "<g:promotion_id>versandfrei</g:promotion_id>" in document.text
        assert ask(some, If_None_Match=document.headers["etag"]).status == 304


def test_the_links_of_a_feed_lead_to_pages_with_the_price(stock: Rows) -> None:
    with market(stock) as addresses:
        items = etree.fromstring(ask(addresses.feeds[Format.GOOGLE_RSS]).body).findall(".//item")
        link = items[5].findtext("{http://base.google.com/ns/1.0}link")
        assert link is not None
        page = ask(link)
        assert page.status == 200
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.text)
        assert found is not None
        machine = json.loads(found[1])
        offer = many(40).row(5, named=True)
        assert machine["sku"] == offer["source_offer_id"]
        assert machine["offers"]["price"] == f"{offer['regular_minor'] / 100:.2f}"
        picture = ask(machine["image"])
        assert picture.headers["content-type"] == "image/png"
        with Image.open(io.BytesIO(picture.body)) as drawn:
            assert drawn.size == (480, 480)
        variant = f"{addresses.shops[Format.SHOPIFY_JSON]}/products/7000001?variant=100006"
        assert "Regenjacke Deichgraf 1 Größe 38" in ask(variant).text


def test_a_page_shows_what_a_merchant_wrote_and_executes_none_of_it(stock: Rows) -> None:
    evil = "<script>alert(1)</script>\"'&</title>"
    stock.frames[Format.GOOGLE_RSS] = stated({"title": evil, "description": evil, "brand": evil})
    with market(stock) as addresses:
        text = ask(addresses.shops[Format.GOOGLE_RSS] + "/p/0").text
        assert text.count("<script") == 1
        assert text.count("</script>") == 1
        assert text.count("</title>") == 1
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
        assert found is not None
        assert json.loads(found[1])["name"] == evil


def test_robots_and_home_are_there_and_other_pages_are_not(stock: Rows) -> None:
    with market(stock) as addresses:
        origin = addresses.shops[Format.GOOGLE_TSV]
        assert "Disallow: /checkout" in ask(origin + "/robots.txt").text
        assert "/feed.txt" in ask(origin + "/").text
        assert ask(origin + "/p/99999").status == 404
        assert ask(origin + "/feed.xml").status == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /feed.txt HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", 405),
        (b"GET /feed.txt HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET feed.txt HTTP/1.1\r\n\r\n", 400),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"GET /%ff%00?%ff=%ff HTTP/1.1\r\n\r\n", 404),
    ],
)
def test_what_is_no_proper_request_gets_an_answer_and_harms_nobody(
    stock: Rows, sent: bytes, status: int
) -> None:
    with market(stock) as addresses:
        parts = urlsplit(addresses.shops[Format.GOOGLE_TSV])
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=5) as line:
            line.sendall(sent)
            assert line.recv(100).startswith(f"HTTP/1.1 {status} ".encode())
        assert ask(addresses.feeds[Format.GOOGLE_TSV]).status == 200


def test_a_connection_takes_several_requests_and_head_sends_no_body(stock: Rows) -> None:
    with market(stock) as addresses:
        parts = urlsplit(addresses.feeds[Format.GOOGLE_TSV])
        line = http.client.HTTPConnection(parts.netloc, timeout=5)
        line.request("HEAD", parts.path)
        head = Answer(line.getresponse())
        before = line.sock
        line.request("GET", parts.path)
        full = Answer(line.getresponse())
        assert line.sock is before
        line.close()
        assert head.body == b""
        assert int(head.headers["content-length"]) == len(full.body)


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.SERVER_ERROR, 500), (Fault.BUSY, 503), (Fault.HTML_PAGE, 200)]
)
def test_a_fault_is_switched_on_and_off(stock: Rows, fault: Fault, status: int) -> None:
    switches = Switches()
    with market(stock, switches) as addresses:
        feed = addresses.feeds[Format.GOOGLE_RSS]
        switches.set(Format.GOOGLE_RSS, fault)
        answer = ask(feed)
        assert answer.status == status
        assert ("retry-after" in answer.headers) == (fault is Fault.BUSY)
        assert b"<rss" not in answer.body
        assert ask(addresses.feeds[Format.GOOGLE_TSV]).status == 200  # its neighbour is well
        switches.clear(Format.GOOGLE_RSS)
        assert b"<rss" in ask(feed).body


def test_a_truncated_body_ends_before_its_promised_length(stock: Rows) -> None:
    switches = Switches()
    switches.set(Format.GOOGLE_RSS, Fault.TRUNCATED)
    with market(stock, switches) as addresses, pytest.raises(http.client.IncompleteRead):
        ask(addresses.feeds[Format.GOOGLE_RSS])


def test_a_broken_gzip_cannot_be_unpacked(stock: Rows) -> None:
    switches = Switches()
    for slug in (Format.GOOGLE_RSS, Format.AWIN_CSV):
        switches.set(slug, Fault.BROKEN_GZIP)
    with market(stock, switches) as addresses:
        for slug in (Format.GOOGLE_RSS, Format.AWIN_CSV):
            body = ask(addresses.feeds[slug], Accept_Encoding="gzip").body
            with pytest.raises((OSError, EOFError, gzip.zlib.error)):  # type: ignore[attr-defined]
                gzip.decompress(body)


def test_the_end_waits_for_nobody_and_says_nothing_of_those_who_were_inside(
    stock: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    switches = Switches()
    switches.set(Format.GOOGLE_RSS, Fault.SLOW)
    with ExitStack() as lines:
        began = time.monotonic()
        with market(stock, switches, late=60) as addresses:
            for sent in (b"GET /feed.xml HTTP/1.1\r\n\r\n", b"", b"GET /fe"):
                parts = urlsplit(addresses.feeds[Format.GOOGLE_RSS])
                line = socket.create_connection((parts.hostname, parts.port or 0), timeout=5)
                lines.enter_context(line).sendall(sent)
            assert ask(addresses.feeds[Format.GOOGLE_TSV]).status == 200  # a slow shop is alone
        assert time.monotonic() - began < 50  # or it would have waited for the slow answer
    assert [record for record in caplog.records if record.name == "asyncio"] == []


@contextmanager
def neighbours() -> Iterator[tuple[int, socket.socket]]:
    """A free port, and a listener on the one after it. Other programs take ports all the time."""
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port - 1)).close()
            except OSError:
                continue
            yield port - 1, taken
            return
    raise AssertionError("no two free ports side by side")


def test_a_taken_port_is_said_with_its_number_and_nothing_stays_open(stock: Rows) -> None:
    with neighbours() as (free, _taken):
        with (
            pytest.raises(Conflict, match=f"Port {free + 1} .*--port-base"),
            serving(stock, base_port=free, clock=stock.clock),
        ):
            raise AssertionError("it opened")
        socket.create_server(("127.0.0.1", free)).close()
    with pytest.raises(UsageError, match="beyond 65535"), serving(stock, base_port=65_533):
        raise AssertionError("it opened")


def test_a_schedule_of_faults_follows_from_its_seed_and_keeps_its_rate() -> None:
    plan, again, other = scheduled(1, rate=0.05), scheduled(1, rate=0.05), scheduled(2, rate=0.05)
    moments = [AT + timedelta(hours=6 * n) for n in range(2000)]
    drawn = [plan("laden", at) for at in moments]
    assert drawn == [again("laden", at) for at in moments]
    assert drawn != [other("laden", at) for at in moments]
    assert drawn != [plan("nachbar", at) for at in moments]
    assert 0.03 < sum(fault is not None for fault in drawn) / len(drawn) < 0.07
    assert set(drawn) == {None, *Fault}
    assert all(scheduled(1, rate=0)("laden", at) is None for at in moments)
    assert plan("laden", AT) == plan("laden", AT + timedelta(minutes=59))  # AT begins a window
