"""Pictures from our own address, and the line of 90 days, as a page of hits asks for them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from entrypoints.asgi import Client
from entrypoints.web import asked, limited
from flows.market import NOW, Shop, installed
from plumbing.loopback import Answer, Loopback, Route, serving
from sparfuchs.entrypoints.http.context import Context
from sparfuchs.flows.listings import make_index
from sparfuchs.kernel.ids import public_id
from sparfuchs.plumbing.settings import Settings

API = "/api/v1"


def drawn(kind: str = "PNG") -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (200, 200), "#2060c0").save(into, kind)
    return into.getvalue()


ROUTES: dict[str, Route] = {
    "/jacke.png": Answer(drawn()),
    "/seite.png": Answer(b"<!doctype html><title>Hoppla</title>"),
    "/zeichnung.svg": Answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "/gross.png": Answer(drawn() + b"\0" * 200_000),
}
PICTURES = {
    "jacke": "/jacke.png",
    "seite": "/seite.png",
    "zeichnung": "/zeichnung.svg",
    "gross": "/gross.png",
    "weg": "/nichts.png",
}


@contextmanager
def filled(settings: Settings, folder: Path, web: Loopback, *, open_to: bool) -> Iterator[Shop]:
    allowed = frozenset({f"127.0.0.1:{web.port}"}) if open_to else frozenset()
    fetch = settings.fetch.model_copy(update={"allow_private": allowed, "max_image_bytes": 100_000})
    pictures = settings.pictures.model_copy(update={"min_delay": 0.05, "patience": 10.0})
    with installed(settings.model_copy(update={"fetch": fetch, "pictures": pictures})) as here:
        shop = Shop(here, folder / "feed.tsv")
        for days, reduced in enumerate(({}, {"jacke": "8.00 EUR"})):
            shop.read(
                NOW + timedelta(days=days - 2),
                {
                    name: {
                        "price": reduced.get(name, "10.00 EUR"),
                        "image_link": f"http://127.0.0.1:{web.port}{path}",
                    }
                    for name, path in PICTURES.items()
                },
            )
        make_index(here)
        yield shop


@pytest.fixture
def web() -> Iterator[Loopback]:
    with serving(dict(ROUTES)) as web:
        yield web


@pytest.fixture
def shop(settings: Settings, tmp_path: Path, web: Loopback) -> Iterator[Shop]:
    with filled(settings, tmp_path, web, open_to=True) as shop:
        yield shop


@contextmanager
def client(shop: Shop) -> Iterator[Client]:
    with asked(shop.here) as client:
        context: Context = client._app.state.context
        try:
            yield client
        finally:
            context.pictures.close()


def picture_of(client: Client, shop: Shop, name: str) -> str:
    (card,) = client.get(f"{API}/cards", params={"id": [public_id(shop.id(name))]}).json()["items"]
    path = card["picture"]
    assert isinstance(path, str)
    return path


def test_a_picture_comes_from_us_is_fetched_once_and_outlives_its_shop(
    shop: Shop, web: Loopback
) -> None:
    with client(shop) as reader:
        path = picture_of(reader, shop, "jacke")
        offer = reader.get(f"{API}/offers/{public_id(shop.id('jacke'))}").json()
        assert offer["picture"] == path
        first = reader.get(path)
        assert first.headers["content-type"] == "image/webp"
        with Image.open(io.BytesIO(first.content)) as image:
            assert image.size == (320, 320)
        with Image.open(io.BytesIO(reader.get(f"{path}&width=640").content)) as image:
            assert image.size == (640, 640)
        assert "max-age" in first.headers["cache-control"]
        again = reader.get(path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304
    assert [one.path for one in web.asked].count("/jacke.png") == 1
    web.routes.clear()
    with client(shop) as another:
        assert another.get(path).content == first.content


@pytest.mark.parametrize("name", ["seite", "zeichnung", "gross", "weg"])
def test_what_is_no_picture_is_not_found_and_not_asked_for_again(
    name: str, shop: Shop, web: Loopback
) -> None:
    with client(shop) as reader:
        path = picture_of(reader, shop, name)
        refused = reader.get(path)
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"
        empty = reader.get(f"{path}&blank=true")
        assert (empty.status_code, empty.headers["cache-control"]) == (200, "no-store")
        with Image.open(io.BytesIO(empty.content)) as image:
            assert image.size == (1, 1)
    assert [one.path for one in web.asked].count(PICTURES[name]) == 1


def test_only_pictures_that_a_merchant_states_of_that_offer_can_be_asked_for(
    shop: Shop, web: Loopback
) -> None:
    with client(shop) as reader:
        path = picture_of(reader, shop, "jacke")
        name = path.partition("v=")[2]
        other = public_id(shop.id("seite"))
        for strange in (
            f"{API}/pictures/{other}?v={name}",
            path.replace(name, "0" * 24),
            f"{API}/pictures/0000000000000?v={name}",
            f"{API}/pictures/nonsense?v={name}",
        ):
            assert reader.get(strange).status_code == 404, strange
        for wrong in ("v=../../etc/passwd", "v=", f"v={name}&width=5000", f"url={name}"):
            assert reader.get(f"{API}/pictures/{other}?{wrong}").status_code == 422, wrong
    assert not [one for one in web.asked if one.path == "/jacke.png"]


def test_a_picture_in_our_own_network_is_not_fetched(
    settings: Settings, tmp_path: Path, web: Loopback
) -> None:
    with filled(settings, tmp_path, web, open_to=False) as shop, client(shop) as reader:
        assert reader.get(picture_of(reader, shop, "jacke")).status_code == 404
    assert not web.asked


def test_pictures_have_a_limit_of_their_own(shop: Shop) -> None:
    here = limited(shop.here, requests_per_minute=3, pictures_per_minute=2)
    with asked(here) as reader:
        path = f"{API}/pictures/nonsense?v={'0' * 24}"
        assert [reader.get(path).status_code for _ in range(3)] == [404, 404, 429]
        assert reader.get(f"{API}/version").status_code == 200


def test_where_pictures_are_switched_off_no_shop_is_asked(shop: Shop, web: Loopback) -> None:
    off = shop.here.settings.pictures.model_copy(update={"enabled": False})
    settings = shop.here.settings.model_copy(update={"pictures": off})
    with client(replace(shop, here=replace(shop.here, settings=settings))) as reader:
        assert reader.get(picture_of(reader, shop, "jacke")).status_code == 404
    assert not web.asked


def test_a_full_disk_ends_the_fetching_and_not_the_showing(shop: Shop, web: Loopback) -> None:
    full = shop.here.settings.disk.model_copy(update={"min_free_bytes": 1 << 60})
    settings = shop.here.settings.model_copy(update={"disk": full})
    without_room = replace(shop, here=replace(shop.here, settings=settings))
    with client(without_room) as reader:
        path = picture_of(reader, shop, "jacke")
        assert reader.get(path).status_code == 404
    assert not web.asked
    with client(shop) as reader:
        assert reader.get(path).status_code == 200
    with client(without_room) as reader:
        assert reader.get(path).status_code == 200


def test_cards_and_hits_have_their_last_90_days_where_they_are_asked_for(shop: Shop) -> None:
    with client(shop) as reader:
        asking = {"id": [public_id(shop.id("jacke"))]}
        (bare,) = reader.get(f"{API}/cards", params=asking).json()["items"]
        assert bare["spark"] is None
        (card,) = reader.get(f"{API}/cards", params={**asking, "spark": True}).json()["items"]
        line = card["spark"]
        assert (line["hours"], line["currency"]) == (90 * 24, "EUR")
        assert [step["minor"] for step in line["steps"]] == [1000, 800]
        assert line["steps"][1]["hour"] - line["steps"][0]["hour"] == 24
        found = reader.get(f"{API}/search", params={"spark": True, "limit": 50}).json()["items"]
        assert card in found
