"""From a sitemap to the pages it lists, politely."""

import gzip
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ingest.fetching.test_fetch import AT
from plumbing.loopback import Answer, Asked, Loopback, SleptTime, answering, serving, settings
from sparfuchs.ingest.fetch import fetch
from sparfuchs.ingest.payload import Payload
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.plumbing.http import Fetcher

PAGE = b"<!doctype html><html><title>Ding</title></html>"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def urlset(*addresses: str) -> bytes:
    inner = "".join(
        f"<url><loc>{address}</loc><image:image><image:loc>{address}.jpg</image:loc></image:image>"
        "<lastmod>2026-01-01</lastmod></url>"
        for address in addresses
    )
    return (
        f'<?xml version="1.0"?><urlset xmlns="{NAMESPACE}" '
        f'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{inner}</urlset>'
    ).encode()


def index(*addresses: str) -> bytes:
    inner = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    return f'<sitemapindex xmlns="{NAMESPACE}">{inner}</sitemapindex>'.encode()


@dataclass
class Shop:
    """Answers by path, where `HOST` in a body stands for the server's own address."""

    into: Path
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slept: float = 0.0

    def read(self, path: str, **pairs: str) -> Payload:
        with serving({}) as server:
            self._serve(server)
            time = SleptTime()
            start = time.clock()
            with Fetcher(
                settings(server),
                clock=time.clock,
                sleep=time.sleep,
                resolve=answering({}),
                chance=random.Random(7),
            ) as fetcher:
                payload = fetch(
                    server.url(path),
                    settings=FeedSettings.from_pairs({"format": "schema-pages", **pairs}),
                    validators={},
                    into=self.into,
                    fetcher=fetcher,
                    at=AT,
                )
            self.asked = [path for path in server.paths() if path != "/robots.txt"]
            self.slept = (time.clock() - start).total_seconds()
        assert isinstance(payload, Payload)
        return payload

    def _serve(self, server: Loopback) -> None:
        host = server.url("").rstrip("/").encode()
        pages: Mapping[str, Answer] = {
            path: Answer(
                answer.body.replace(b"HOST", host)
                if answer.body[:2] != b"\x1f\x8b"
                else gzip.compress(gzip.decompress(answer.body).replace(b"HOST", host)),
                status=answer.status,
                headers=answer.headers,
            )
            for path, answer in self.answers.items()
        }
        server.routes.update(pages)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "payload")


def test_pages_of_an_index_of_packed_sitemaps_are_read_each_once(shop: Shop) -> None:
    shop.answers = {
        "/sitemap.xml": Answer(index("HOST/a.xml.gz", "HOST/b.xml")),
        "/a.xml.gz": Answer(gzip.compress(urlset("HOST/p/1", "HOST/p/2"))),
        "/b.xml": Answer(urlset("HOST/p/3")),
        **{f"/p/{n}": Answer(PAGE) for n in (1, 2, 3)},
    }
    payload = shop.read("/sitemap.xml")
    assert payload.complete
    assert [document.name[-4:] for document in payload.documents] == ["/p/1", "/p/2", "/p/3"]
    assert shop.asked == ["/sitemap.xml", "/a.xml.gz", "/p/1", "/p/2", "/b.xml", "/p/3"]


def test_one_host_is_asked_no_faster_than_a_page_a_second(shop: Shop) -> None:
    shop.answers = {
        "/s.xml": Answer(urlset(*(f"HOST/p/{n}" for n in range(10)))),
        **{f"/p/{n}": Answer(PAGE) for n in range(10)},
    }
    shop.read("/s.xml")
    assert shop.slept >= 8


def test_other_hosts_and_unwanted_pages_are_left_alone(shop: Shop) -> None:
    shop.answers = {
        "/s.xml": Answer(urlset("https://other.example/p/1", "HOST/blog/1", "HOST/p/1")),
        "/p/1": Answer(PAGE),
    }
    assert len(shop.read("/s.xml", pages="/p/|/produkt/").documents) == 1
    assert shop.asked == ["/s.xml", "/p/1"]


def test_a_page_that_is_gone_or_closed_leaves_the_reading_complete(shop: Shop) -> None:
    shop.answers = {
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /p/2\n"),
        "/s.xml": Answer(urlset("HOST/p/1", "HOST/p/2", "HOST/p/3")),
        "/p/1": Answer(status=404),
        "/p/2": Answer(PAGE),
        "/p/3": Answer(PAGE),
    }
    payload = shop.read("/s.xml")
    assert payload.complete
    assert [document.name[-4:] for document in payload.documents] == ["/p/3"]
    assert "/p/2" not in shop.asked


def test_a_page_that_fails_and_a_limit_make_it_incomplete(shop: Shop) -> None:
    shop.answers = {
        "/s.xml": Answer(urlset("HOST/p/1", "HOST/p/2", "HOST/p/3")),
        "/p/1": Answer(status=403),
        "/p/2": Answer(PAGE),
        "/p/3": Answer(PAGE),
    }
    payload = shop.read("/s.xml", max_pages="1")
    assert not payload.complete
    assert len(payload.documents) == 1
    assert "403" in payload.failures[0]
    assert "max_pages" in payload.failures[1]


def test_a_robots_txt_names_the_sitemaps(shop: Shop) -> None:
    shop.answers = {
        "/robots.txt": Answer(b"User-agent: *\nAllow: /\nSitemap: HOST/i.xml\n"),
        "/i.xml": Answer(index("HOST/s.xml")),
        "/s.xml": Answer(urlset("HOST/p/1")),
        "/p/1": Answer(PAGE),
    }
    assert len(shop.read("/robots.txt").documents) == 1


def test_a_single_page_is_one_document(shop: Shop) -> None:
    shop.answers = {"/p/1": Answer(PAGE)}
    assert len(shop.read("/p/1").documents) == 1


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<products/>", b'<!DOCTYPE x [<!ENTITY a "b">]><urlset/>']
)
def test_what_is_neither_page_nor_sitemap_is_refused(shop: Shop, body: bytes) -> None:
    shop.answers = {"/s.xml": Answer(body)}
    with pytest.raises(FeedUnreadable):
        shop.read("/s.xml")


def test_R_C_1_pages_that_have_not_changed_are_not_sent_again(tmp_path: Path) -> None:
    bodies = {"/a": PAGE, "/b": PAGE + b"b"}
    sent: list[str] = []

    def page(asked: Asked) -> Answer:
        etag = f'"{len(bodies[asked.path])}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        sent.append(asked.path)
        return Answer(bodies[asked.path], headers={"ETag": etag})

    time = SleptTime()
    with (
        serving({"/a": page, "/b": page}) as server,
        Fetcher(settings(server), clock=time.clock, sleep=time.sleep) as fetcher,
    ):
        server.routes["/map.xml"] = Answer(urlset(server.url("/a"), server.url("/b")))

        def read(number: int, after: Payload | None) -> Payload:
            kept = {one.name: one for one in after.documents} if after else {}
            payload = fetch(
                server.url("/map.xml"),
                settings=FeedSettings.from_pairs({"format": "schema-pages"}),
                validators=after.validators if after else {},
                into=tmp_path / str(number),
                fetcher=fetcher,
                at=AT,
                earlier=kept.get,
            )
            assert isinstance(payload, Payload)
            assert [one.path.read_bytes() for one in payload.documents] == list(bodies.values())
            return payload

        first = read(1, None)
        assert sent == ["/a", "/b"]
        second = read(2, first)
        assert sent == ["/a", "/b"]
        assert second.digest == first.digest  # the same bytes: nothing to read (R-C-2)
        bodies["/b"] += b"longer"
        third = read(3, second)
        assert sent == ["/a", "/b", "/b"]
        assert third.digest != first.digest
