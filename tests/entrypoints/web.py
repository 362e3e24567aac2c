"""The HTTP API of a small filled installation, asked in process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal

from entrypoints.asgi import Client
from flows.market import NOW, Shop, installed
from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.app import make_app
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.listings import make_index
from sparfuchs.flows.sources import add_source
from sparfuchs.plumbing.settings import Settings

SECRET_LOCATION = "https://user:passwort@shop.example/feed.tsv?apikey=geheim0123456789&x=1"


def filled(here: Installation, folder: Path) -> Shop:
    """Two readings of a shop (the second with a lower price), a held third, a source elsewhere."""
    shop = Shop(here, folder / "feed.tsv")
    prices = {f"p{n}": 10.0 + n for n in range(10)}
    shop.read(0, {**prices, "=cmd": {"price": "viel"}})
    shop.read(1, {**prices, "p0": 5.0})
    shop.read(2, {"p0": 5.0, "=bad": {"price": "=1+1"}})
    add_source(here, "Zweitladen", "netz", SECRET_LOCATION, {}, now=NOW)
    make_index(here)
    return shop


def key(here: Installation, *scopes: accounts.Scope) -> str:
    with here.database.unit_of_work() as work:
        return accounts.issue(work, "test", frozenset(scopes), at=NOW).secret


def limited(here: Installation, **limits: Any) -> Installation:
    """The same installation with other limits."""
    http = here.settings.http.model_copy(update=limits)
    return replace(here, settings=here.settings.model_copy(update={"http": http}))


@contextmanager
def asked(
    here: Installation, *, address: str = "203.0.113.7", secret: str | None = None
) -> Iterator[Client]:
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    with start_blocking_portal() as portal:
        fresh = limited(here, answer_seconds=0.0)  # tests change what they ask for
        yield Client(make_app(fresh, clock=lambda: NOW), portal, address, headers)


@contextmanager
def opened(settings: Settings, folder: Path) -> Iterator[Shop]:
    with installed(settings) as here:
        yield filled(here, folder)
