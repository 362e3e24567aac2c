"""The pages of a WooCommerce shop, which are bare lists."""

import json
import random
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.fetching.test_fetch import AT
from plumbing.loopback import Answer, Asked, SleptTime, answering, serving, settings
from sparfuchs.ingest.fetch import fetch
from sparfuchs.ingest.payload import Payload
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.plumbing.http import Fetcher

PATH = "/wp-json/wc/store/v1/products"


@pytest.mark.parametrize("behind", [200, 400])
def test_pages_are_read_until_there_are_no_more(tmp_path: Path, behind: int) -> None:
    def shop(asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        page = int(query["page"][0])
        assert query["per_page"] == ["100"]
        if page > 2:
            return Answer(b"[]" if behind == 200 else b'{"code": "rest_invalid"}', status=behind)
        return Answer(json.dumps([{"id": page * 10 + n} for n in range(2)]).encode())

    time = SleptTime()
    with (
        serving({PATH: shop}) as server,
        Fetcher(
            settings(server),
            clock=time.clock,
            sleep=time.sleep,
            resolve=answering({}),
            chance=random.Random(7),
        ) as fetcher,
    ):
        payload = fetch(
            server.url(PATH),
            settings=FeedSettings(),
            validators={},
            into=tmp_path / "payload",
            fetcher=fetcher,
            at=AT,
        )
    assert isinstance(payload, Payload)
    assert payload.complete
    read = [json.loads(document.path.read_bytes()) for document in payload.documents]
    assert [product["id"] for page in read for product in page] == [10, 11, 20, 21]
