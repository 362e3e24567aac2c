"""Pictures of offers from our own address: fetched once as feeds are, made ours, kept on the disk.

Only pictures that a merchant states of an offer can be asked for, by the offer: no address comes in
from outside, so nobody can send us anywhere.
"""

import hashlib
import queue
import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.clock import Clock, system_clock
from sparfuchs.kernel.ids import from_public_id
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.body import Limits
from sparfuchs.plumbing.disk import disk_state
from sparfuchs.plumbing.fetched import Fetched
from sparfuchs.plumbing.folder_cache import FolderCache
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.plumbing.pictures import NoPicture, Shrunk, shrink
from sparfuchs.plumbing.throttle import Politeness

log = get_logger(__name__)

# On a card and on a page; both are made of one fetch.
WIDTHS: Final = (320, 640)
_FETCHERS: Final = 6
# Waiting for a shop; who comes then is told that there is none yet.
_MOST_WAITING: Final = 500
# A picture that could not be had is not asked for again so soon.
_PAUSE: Final = timedelta(hours=1)
_SHORT_PAUSE: Final = timedelta(minutes=1)
_MOST_REMEMBERED: Final = 20_000
_TOTAL_SECONDS: Final = 20.0


def named(url: str) -> str:
    """The name of a picture: 24 digits that follow from its address, and that nobody can match."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def picture_of(offer: str, urls: list[str] | None) -> str | None:
    """Where our copy of an offer's first picture is asked for; `offer` is its public id."""
    if not urls or not urls[0].lower().startswith(("http://", "https://")):
        return None
    return f"/api/v1/pictures/{offer}?v={named(urls[0])}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    url: str
    done: "Future[None]"


class Pictures:
    """One process's way to pictures. Threads and connections begin with the first that is wanted.

    Shops' pictures are asked for faster than their feeds, as by the browser of one of their own
    visitors, and by the same rules of addresses, robots.txt and limits.
    """

    def __init__(
        self, here: Installation, *, clock: Clock = system_clock, fetcher: Fetcher | None = None
    ) -> None:
        settings = here.settings.pictures
        self._here = here
        self._clock = clock
        self._fetcher = fetcher
        self._cache = FolderCache(
            here.settings.data_dir / "pictures",
            most_bytes=settings.most_bytes,
            fresh=timedelta(days=settings.fresh_days),
        )
        fetch = here.settings.fetch
        self._limits = Limits(
            raw=fetch.max_image_bytes,
            decoded=fetch.max_image_bytes,
            total=_TOTAL_SECONDS,
            connect=fetch.connect_timeout,
            idle=fetch.read_timeout,
            ratio=fetch.max_ratio,
        )
        self._own = threading.Lock()
        self._decoding = threading.Lock()  # one at a time: 40 million pixels take 180 MB meanwhile
        self._queue: queue.Queue[_Wanted | None] = queue.Queue(_MOST_WAITING)
        self._threads: list[threading.Thread] = []
        self._under_way: dict[str, Future[None]] = {}
        self._failed: OrderedDict[str, datetime] = OrderedDict()

    def kept(self, name: str, width: int) -> bytes | None:
        """A picture that we have."""
        return self._cache.get(f"{name}-{width}", now=self._clock())

    def url_of(self, offer: str, name: str) -> str:
        """The merchant's address of the picture of this name of an offer. Raises NotFound."""
        number = from_public_id(offer)
        if number is None or number >= 2**63:
            raise catalog.no_offer(offer[:100])
        with self._here.database.reading() as work:
            row = catalog.offer_row(work, number)
        for url in (row and row["image_urls"]) or ():
            if named(url) == name:
                return str(url)
        raise catalog.no_offer(offer)

    def want(self, name: str, url: str) -> "Future[None]":
        """Done when the picture is kept, or when it is known that there is none for now."""
        with self._own:
            done = self._under_way.get(name)
            if done is not None:
                return done
            done = Future()
            until = self._failed.get(name)
            if not self._here.settings.pictures.enabled or (until and self._clock() < until):
                done.set_result(None)
                return done
            try:
                self._queue.put_nowait(_Wanted(name, url, done))
            except queue.Full:
                metrics.PICTURES.labels(outcome="too_many").inc()
                done.set_result(None)
                return done
            self._under_way[name] = done
            if len(self._threads) < _FETCHERS:
                thread = threading.Thread(target=self._work, name="pictures", daemon=True)
                self._threads.append(thread)
                thread.start()
        return done

    def close(self) -> None:
        """Ends the threads after what they are at."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._fetcher is not None:
            self._fetcher.close()

    def _work(self) -> None:
        while (wanted := self._queue.get()) is not None:
            try:
                pause = self._bring(wanted)
            except Exception:  # the thread goes on; what failed is in the log and tried again later
                log.exception("picture.failed", picture=wanted.name)
                pause = _PAUSE
            with self._own:
                self._under_way.pop(wanted.name, None)
                self._failed.pop(wanted.name, None)
                if pause is not None:
                    self._failed[wanted.name] = self._clock() + pause
                    if len(self._failed) > _MOST_REMEMBERED:
                        self._failed.popitem(last=False)
            wanted.done.set_result(None)

    def _bring(self, wanted: _Wanted) -> timedelta | None:
        """Fetches and keeps it. How long not to try again; None when it is there."""
        settings = self._here.settings
        if not disk_state(settings.data_dir, settings.disk).enough:  # kept ones are shown on
            metrics.PICTURES.labels(outcome="no_room").inc()
            return _SHORT_PAUSE
        path = self._here.scratch / f"picture-{wanted.name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            answer = self._asking().get(wanted.url, into=path, limits=self._limits)
            if not isinstance(answer, Fetched):
                metrics.PICTURES.labels(outcome="not_fetched").inc()
                return _PAUSE if getattr(answer, "final", True) else _SHORT_PAUSE
            most = settings.fetch.max_image_pixels
            with self._decoding:
                made = shrink(path, WIDTHS, most_pixels=most)
        finally:
            path.unlink(missing_ok=True)
        match made:
            case NoPicture():
                metrics.PICTURES.labels(outcome=made.value).inc()
                log.info("picture.refused", picture=wanted.name, reason=made.value)
                return _PAUSE
            case Shrunk():
                for width, content in made.by_width.items():
                    self._cache.put(f"{wanted.name}-{width}", content, now=self._clock())
                metrics.PICTURES.labels(outcome="kept").inc()
                return None

    def _asking(self) -> Fetcher:
        with self._own:
            if self._fetcher is None:
                least = self._here.settings.pictures.min_delay
                self._fetcher = Fetcher(
                    self._here.settings.fetch,
                    politeness=Politeness(start=least, minimum=least, patience=30.0),
                )
            return self._fetcher
