"""Fetching over real loopback connections: what comes, what is stopped, and what is asked again."""

import base64
import gzip
import logging
import random
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import monotonic
from urllib.parse import quote, unquote_plus

import pytest
import xxhash
from structlog.testing import capture_logs

from plumbing.loopback import Answer, Asked, Loopback, SleptTime, answering, serving, settings
from sparfuchs import __version__
from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.body import MIB, Limits
from sparfuchs.plumbing.credential import Credential, CredentialKind, origin_of
from sparfuchs.plumbing.fetched import Failed, Failure, Fetched, NotModified, Refusal, Refused
from sparfuchs.plumbing.http import Fetcher

FEED = b"id;title;price\n1;Sch\xc3\xbcssel;9,99\n" * 50


@pytest.fixture
def time() -> SleptTime:
    return SleptTime()


@pytest.fixture
def shop() -> Iterator[Loopback]:
    with serving(
        {"/feed.csv": Answer(FEED, headers={"Content-Type": "text/csv; charset=UTF-8"})}
    ) as s:
        yield s


@pytest.fixture
def fetcher(shop: Loopback, time: SleptTime) -> Iterator[Fetcher]:
    with make(time, shop) as fetcher:
        yield fetcher


def make(time: SleptTime, *servers: Loopback, **values: float) -> Fetcher:
    return Fetcher(
        settings(*servers, **values),
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering({}),
        chance=random.Random(7),
    )


def small(**values: float) -> Limits:
    return Limits(**{"raw": 10 * MIB, "decoded": 10 * MIB, "total": 5.0, **values})  # type: ignore[arg-type]


def reason(outcome: object) -> Failure | Refusal:
    assert isinstance(outcome, Failed | Refused), outcome
    return outcome.reason


def test_a_document_comes_whole_with_what_http_says_of_it(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(
        FEED,
        headers={
            "Content-Type": "text/csv; charset=UTF-8",
            "ETag": 'W/"a"',
            "Last-Modified": "Sun, 01 Nov 2026 00:00:00 GMT",
        },
    )
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert isinstance(outcome, Fetched)
    assert outcome.path.read_bytes() == FEED
    assert outcome.digest == xxhash.xxh3_128(FEED).digest()
    assert (outcome.size, outcome.raw_size) == (len(FEED), len(FEED))
    assert outcome.charset == "utf-8"
    assert outcome.validators == {
        "etag": 'W/"a"',
        "last_modified": "Sun, 01 Nov 2026 00:00:00 GMT",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


def test_we_say_who_we_are_and_ask_for_gzip_alone(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    ours = settings(shop).model_copy(update={"contact": "https://deals.example/bot"})
    with Fetcher(ours, clock=time.clock, sleep=time.sleep) as fetcher:
        fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    for asked in shop.asked:
        assert asked.headers["accept-encoding"] == "gzip"
        assert (
            asked.headers["user-agent"]
            == f"SparfuchsBot/{__version__} (+https://deals.example/bot)"
        )
        assert asked.headers["host"] == shop.pair


def test_gzip_is_unpacked_and_counted_on_both_sides(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    packed = gzip.compress(FEED[:700]) + gzip.compress(FEED[700:]) + b"\0" * 20
    shop.routes["/feed.csv"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert isinstance(outcome, Fetched)
    assert outcome.path.read_bytes() == FEED
    assert (outcome.size, outcome.raw_size) == (len(FEED), len(packed))


def test_a_gzip_file_stays_as_it_is_for_the_reader_to_unpack(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    packed = gzip.compress(FEED)
    shop.routes["/feed.csv.gz"] = Answer(packed, headers={"Content-Type": "application/gzip"})
    outcome = fetcher.get(shop.url("/feed.csv.gz"), into=tmp_path / "feed")
    assert isinstance(outcome, Fetched)
    assert outcome.path.read_bytes() == packed


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_an_encoding_that_we_did_not_ask_for_is_not_read(
    coding: str, shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(FEED, headers={"Content-Encoding": coding})
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert reason(outcome) is Failure.ENCODING_UNASKED


def test_a_gzip_bomb_is_stopped_by_its_ratio(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 50_000
    shop.routes["/feed.csv"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert reason(outcome) is Failure.RATIO
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", [{"decoded": 1000}, {"raw": 1000}])
def test_a_document_beyond_a_limit_is_discarded(
    limit: dict[str, float], shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed", limits=small(**limit))
    assert reason(outcome) is Failure.TOO_LARGE
    assert list(tmp_path.iterdir()) == []


def test_decoded_bytes_count_and_not_what_travels(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    packed = gzip.compress(FEED)
    shop.routes["/feed.csv"] = Answer(packed, headers={"Content-Encoding": "gzip"})
    limits = small(decoded=len(FEED) - 1)
    assert len(packed) < limits.decoded
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed", limits=limits)
    assert reason(outcome) is Failure.TOO_LARGE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(FEED, length=len(FEED) + 1), Failure.TRUNCATED),
        (Answer(gzip.compress(FEED)[:-9], headers={"Content-Encoding": "gzip"}), Failure.TRUNCATED),
        (
            Answer(gzip.compress(FEED)[:-8] + bytes(8), headers={"Content-Encoding": "gzip"}),
            Failure.CORRUPT,
        ),
        (
            Answer(gzip.compress(FEED) + b"and more", headers={"Content-Encoding": "gzip"}),
            Failure.CORRUPT,
        ),
        (Answer(b"", headers={"Content-Encoding": "gzip"}), Failure.TRUNCATED),
        (Answer(FEED, headers={"Content-Encoding": "gzip"}), Failure.CORRUPT),
    ],
    ids=["length", "gzip-cut", "gzip-checksum", "gzip-garbage", "gzip-empty", "no-gzip"],
)
def test_R_C_4_a_document_that_is_not_whole_is_discarded_and_not_asked_for_again(
    answer: Answer, expected: Failure, shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = answer
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert reason(outcome) is expected
    assert list(tmp_path.iterdir()) == []
    assert shop.paths() == ["/feed.csv"]


LONG = bytes(range(256)) * 4000


class Flaky:
    """Breaks off after a part, and sends the rest from where it is asked to."""

    def __init__(self, body: bytes = LONG, *, etag: str = '"v1"', times: int = 2) -> None:
        self.body, self.etag, self.times = body, etag, times
        self.part = len(body) // 3
        self.ranges: list[tuple[str | None, str | None]] = []
        self.changes_to: bytes | None = None

    def __call__(self, asked: Asked) -> Answer:
        wanted = asked.headers.get("range")
        self.ranges.append((wanted, asked.headers.get("if-range")))
        head = {"ETag": self.etag, "Accept-Ranges": "bytes", "Content-Type": "text/csv"}
        if wanted and self.changes_to is not None:
            return Answer(self.changes_to, headers={**head, "ETag": '"v2"'})
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        rest = self.body[start:]
        if start:
            head = {"ETag": self.etag}
            head["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        self.times -= 1
        cut = self.part if self.times >= 0 else None
        return Answer(rest, status=206 if start else 200, headers=head, cut=cut)


@pytest.mark.parametrize("packed", [False, True])
def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path, *, packed: bool
) -> None:
    noise = random.Random(1).randbytes(300_000)
    flaky = Flaky(gzip.compress(noise) if packed else noise)
    shop.routes["/feed.csv"] = flaky
    if packed:
        plain = flaky.__call__

        def as_gzip(asked: Asked) -> Answer:
            answer = plain(asked)
            answer.headers["Content-Encoding"] = "gzip"
            return answer

        shop.routes["/feed.csv"] = as_gzip
    outcome = fetcher.get(
        shop.url("/feed.csv"), into=tmp_path / "f", validators={"etag": '"older"'}
    )
    assert isinstance(outcome, Fetched)
    assert outcome.path.read_bytes() == noise
    assert outcome.digest == xxhash.xxh3_128(noise).digest()
    assert (outcome.content_type, outcome.validators["etag"]) == ("text/csv", '"v1"')
    third = len(flaky.body) // 3
    assert flaky.ranges == [
        (None, None),
        (f"bytes={third}-", '"v1"'),
        (f"bytes={2 * third}-", '"v1"'),
    ]


def test_a_document_that_changed_meanwhile_comes_whole(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    flaky = Flaky(times=1)
    flaky.changes_to = b"another and much shorter feed"
    shop.routes["/feed.csv"] = flaky
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f")
    assert isinstance(outcome, Fetched)
    assert outcome.path.read_bytes() == flaky.changes_to
    assert outcome.validators["etag"] == '"v2"'


def test_R_C_4_what_keeps_breaking_off_or_has_no_strong_name_is_discarded(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    stubborn = Flaky(times=9)
    stubborn.part = len(LONG) // 9
    for flaky, asked in ((stubborn, 4), (Flaky(etag='W/"v1"'), 1)):
        shop.routes["/feed.csv"] = flaky
        outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f")
        assert reason(outcome) is Failure.TRUNCATED
        assert len(flaky.ranges) == asked
        assert list(tmp_path.iterdir()) == []


def test_a_host_that_drips_far_too_slowly_is_left_before_its_time_is_over(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(bytes(100), pause=0.05)
    began = monotonic()
    outcome = fetcher.get(
        shop.url("/feed.csv"),
        into=tmp_path / "f",
        limits=replace(small(total=30.0), least_rate=1024, slow_after=0.2),
    )
    assert reason(outcome) is Failure.TOO_SLOW
    assert monotonic() - began < 3.0


def test_a_host_that_falls_silent_is_left(shop: Loopback, fetcher: Fetcher, tmp_path: Path) -> None:
    shop.routes["/feed.csv"] = Answer(b"ab", pause=0.5)
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed", limits=small(idle=0.05))
    assert reason(outcome) is Failure.IDLE


def test_a_host_that_drips_is_left_when_the_total_time_is_over(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(bytes(100), pause=0.02)
    outcome = fetcher.get(
        shop.url("/feed.csv"), into=tmp_path / "feed", limits=small(idle=0.2, total=0.15)
    )
    assert reason(outcome) is Failure.TOO_SLOW
    assert list(tmp_path.iterdir()) == []


def test_the_etag_goes_back_verbatim_and_a_304_is_no_document(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(status=304, headers={"ETag": 'W/"b"'})
    outcome = fetcher.get(
        shop.url("/feed.csv"),
        into=tmp_path / "feed",
        validators={"etag": 'W/"a"', "last_modified": "Sunday, whenever"},
    )
    assert outcome == NotModified(
        shop.url("/feed.csv"), {"etag": 'W/"b"', "last_modified": "Sunday, whenever"}
    )
    assert shop.asked[-1].headers["if-none-match"] == 'W/"a"'
    assert "if-modified-since" not in shop.asked[-1].headers
    assert list(tmp_path.iterdir()) == []


def test_without_an_etag_the_servers_own_date_goes_back(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    fetcher.get(
        shop.url("/feed.csv"), into=tmp_path / "f", validators={"last_modified": "Sunday, whenever"}
    )
    assert shop.asked[-1].headers["if-modified-since"] == "Sunday, whenever"


def test_R_C_3_a_304_that_nobody_asked_for_is_an_error(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(status=304)
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert reason(outcome) is Failure.NOT_MODIFIED_UNASKED


def test_R_X_4_redirects_are_followed_five_times_and_no_further(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    for hop in range(6):
        shop.routes[f"/{hop}"] = Answer(status=302, headers={"Location": f"/{hop + 1}"})
    shop.routes["/6"] = Answer(FEED)
    outcome = fetcher.get(shop.url("/1"), into=tmp_path / "feed")
    assert isinstance(outcome, Fetched)
    assert outcome.url == shop.url("/6")
    refused = fetcher.get(shop.url("/0"), into=tmp_path / "other")
    assert reason(refused) is Refusal.TOO_MANY_REDIRECTS


def credential(shop: Loopback, kind: CredentialKind, value: str, name: str = "") -> Credential:
    return Credential.checked(kind, name, value, f"http://127.0.0.1:{shop.port}")


SECRET = "Geh3im+/&=ü".encode("ascii", "ignore").decode() + "wort"
WAYS = [
    (CredentialKind.BASIC, "", f"laden:{SECRET}"),
    (CredentialKind.BEARER, "", SECRET),
    (CredentialKind.HEADER, "X-Api-Key", SECRET),
    (CredentialKind.QUERY, "uid", SECRET),
    (CredentialKind.ADDRESS, "", SECRET),
]


@pytest.mark.parametrize(("kind", "name", "value"), WAYS)
def test_a_credential_goes_to_its_own_host_and_into_no_name_log_or_error(
    kind: CredentialKind,
    name: str,
    value: str,
    shop: Loopback,
    time: SleptTime,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The shop echoes the address it was asked at into a redirect to itself and then elsewhere."""
    caplog.set_level(logging.DEBUG)
    own = credential(shop, kind, value, name)
    place = "/feed/{credential}/x.csv" if kind is CredentialKind.ADDRESS else "/feed/x.csv?page=1"

    def echo(asked: Asked) -> Answer:
        return Answer(status=302, headers={"Location": f"/echo{asked.path}"})

    places = ("/feed/x.csv", f"/feed/{quote(SECRET, safe='')}/x.csv")
    with (
        serving({"/end": Answer(FEED)}) as other,
        make(time, shop, other) as fetcher,
        capture_logs() as logs,
    ):
        shop.routes |= dict.fromkeys(places, echo)
        failed = fetcher.get(shop.url(place), into=tmp_path / "f", credential=own)
        first = next(one for one in shop.asked if one.path.startswith("/feed/"))
        shop.routes[shop.asked[-1].path] = Answer(FEED)
        fetched = fetcher.get(shop.url(place), into=tmp_path / "f", credential=own)
        away = Answer(status=302, headers={"Location": other.url("/end")})
        shop.routes |= dict.fromkeys(places, away)
        elsewhere = fetcher.get(shop.url(place), into=tmp_path / "f", credential=own)
        strange = fetcher.get(other.url(place), into=tmp_path / "g", credential=own)
    said = [unquote_plus(first.path), *first.headers.values()]
    packed = base64.b64encode(value.encode()).decode()
    assert any(SECRET in text or packed in text for text in said)
    assert isinstance(failed, Failed)
    assert isinstance(fetched, Fetched)
    assert isinstance(elsewhere, Fetched)
    assert isinstance(strange, Failed)
    told = [repr(one) for one in (own, failed, fetched, elsewhere, strange, logs)]
    told += [fetched.name, caplog.text, repr([(one.path, one.headers) for one in other.asked])]
    for text in told:
        assert SECRET not in unquote_plus(text)
        assert packed not in text
    assert len(logs) == 4


def test_a_credential_that_could_not_be_sent_is_refused_without_being_repeated() -> None:
    wrong = [
        (CredentialKind.BASIC, "", "without-a-colon"),
        (CredentialKind.BEARER, "", "two\r\nX-Evil: lines"),
        (CredentialKind.BEARER, "", "abc"),
        (CredentialKind.BEARER, "X", SECRET),
        (CredentialKind.HEADER, "", SECRET),
        (CredentialKind.HEADER, "Host", SECRET),
        (CredentialKind.HEADER, "X Y", SECRET),
        (CredentialKind.QUERY, "", SECRET),
    ]
    for kind, name, value in wrong:
        with pytest.raises(UsageError) as refused:
            Credential.checked(kind, name, value, "https://shop.example:443")
        assert value not in refused.value.message


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/feed.csv", "ftp://shop.example/x", "/a/file", "http://10.0.0.1:80/"],
)
def test_a_credential_is_for_an_encrypted_way_alone(url: str) -> None:
    with pytest.raises(UsageError):
        origin_of(url)
    assert origin_of("https://Shop.example/{credential}/x") == "https://shop.example:443"


def test_R_X_4_authorization_stays_with_its_host(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    with serving({"/end": Answer(FEED)}) as other, make(time, shop, other) as fetcher:
        shop.routes["/feed.csv"] = Answer(status=307, headers={"Location": "/next"})
        shop.routes["/next"] = Answer(status=308, headers={"Location": other.url("/end")})
        outcome = fetcher.get(
            shop.url("/feed.csv"),
            into=tmp_path / "f",
            credential=credential(shop, CredentialKind.BEARER, "x-token"),
        )
        assert isinstance(outcome, Fetched)
        sent = [one.headers.get("authorization") for one in shop.asked if one.path != "/robots.txt"]
        assert sent == ["Bearer x-token", "Bearer x-token"]
        assert all("authorization" not in one.headers for one in other.asked)
        robots = [one for one in shop.asked if one.path == "/robots.txt"]
        assert all("authorization" not in one.headers for one in robots)


def test_R_X_1_a_name_is_resolved_once_a_request_so_that_it_cannot_change_its_mind(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    with serving({"/feed.csv": Answer(b"secret")}) as inner:
        answers = [["127.0.0.1"], ["127.0.0.1"], ["127.0.0.2"]]
        asked: list[str] = []

        def resolve(host: str, _port: int) -> Sequence[str]:
            asked.append(host)
            return answers[len(asked) - 1]

        with Fetcher(
            settings(shop), clock=time.clock, sleep=time.sleep, resolve=resolve
        ) as fetcher:
            first = fetcher.get(shop.url("/feed.csv", "shop.example"), into=tmp_path / "f")
            assert isinstance(first, Fetched)
            assert asked == ["shop.example"] * 2  # robots.txt and the feed, once each
            assert shop.asked[-1].headers["host"] == f"shop.example:{shop.port}"
            second = fetcher.get(shop.url("/feed.csv", "shop.example"), into=tmp_path / "f")
        assert reason(second) is Refusal.ADDRESS_FORBIDDEN
        assert len(shop.paths()) == 1
        assert inner.asked == []


def test_the_next_address_of_a_name_is_tried_when_the_first_does_not_answer(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    ours = settings(shop).model_copy(
        update={"allow_private": frozenset({shop.pair, f"[::1]:{shop.port}"})}
    )
    with Fetcher(
        ours,
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering({"shop.example": ["::1", "127.0.0.1"]}),
    ) as fetcher:
        outcome = fetcher.get(shop.url("/feed.csv", "shop.example"), into=tmp_path / "f")
    assert isinstance(outcome, Fetched)


def test_R_X_2_a_proxy_of_the_environment_is_not_asked(
    shop: Loopback, time: SleptTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        with make(time, shop) as fetcher:
            assert isinstance(fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f"), Fetched)
        assert proxy.asked == []


def test_a_name_without_an_address_is_a_failure_and_no_refusal(tmp_path: Path) -> None:
    with make(SleptTime()) as fetcher:
        outcome = fetcher.get("https://nobody.example/", into=tmp_path / "f")
    assert reason(outcome) is Failure.UNRESOLVABLE


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_R_T_2_what_may_pass_is_asked_again_three_times(
    status: int, shop: Loopback, fetcher: Fetcher, time: SleptTime, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(status=status)
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed", obey_robots=False)
    assert outcome == Failed(Failure.STATUS, final=False, status=status)
    assert len(shop.paths()) == 4
    backoffs = time.slept[::2]  # each followed by the wait for the host's turn
    assert len(backoffs) == 3
    assert all(0 <= slept <= 2.0**turn for turn, slept in enumerate(backoffs))


def test_R_T_2_a_host_that_recovers_delivers(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path
) -> None:
    answers = iter([Answer(status=503), Answer(status=502), Answer(FEED)])
    shop.routes["/feed.csv"] = lambda _asked: next(answers)
    assert isinstance(fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed"), Fetched)


def test_R_T_2_a_refused_connection_is_tried_again(time: SleptTime, tmp_path: Path) -> None:
    with serving({}) as gone:
        pass
    with make(time, gone) as fetcher:
        outcome = fetcher.get(gone.url("/feed.csv"), into=tmp_path / "f", obey_robots=False)
    assert reason(outcome) is Failure.UNREACHABLE
    assert len(time.slept) == 6  # three back-offs, three turns of the host


@pytest.mark.parametrize(
    ("status", "disables"), [(401, True), (403, True), (410, True), (451, True), (404, False)]
)
def test_R_T_3_a_clear_no_is_final_for_the_run(
    status: int, shop: Loopback, fetcher: Fetcher, tmp_path: Path, *, disables: bool
) -> None:
    shop.routes["/feed.csv"] = Answer(status=status)
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert isinstance(outcome, Failed)
    assert (outcome.final, outcome.status, outcome.disables) == (True, status, disables)
    assert len(shop.paths()) == 1


def test_R_T_1_a_short_retry_after_is_slept_and_a_long_one_reported(
    shop: Loopback, fetcher: Fetcher, time: SleptTime, tmp_path: Path
) -> None:
    answers = iter([Answer(status=429, headers={"Retry-After": "30"}), Answer(FEED)])
    shop.routes["/feed.csv"] = lambda _asked: next(answers)
    before = time.now
    assert isinstance(fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed"), Fetched)
    assert time.now - before >= timedelta(seconds=30)
    shop.routes["/feed.csv"] = Answer(status=503, headers={"Retry-After": "3600"})
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "feed")
    assert isinstance(outcome, Failed)
    assert outcome.status == 503
    assert outcome.retry_at is not None
    assert outcome.retry_at - time.now > timedelta(minutes=59)
    count = len(shop.paths())
    assert reason(fetcher.get(shop.url("/other"), into=tmp_path / "o")) is Failure.HOST_ASLEEP
    assert len(shop.paths()) == count  # the host sleeps, not the address


def test_a_host_that_keeps_failing_is_left_alone_until_its_circuit_is_half_open(
    shop: Loopback, fetcher: Fetcher, time: SleptTime, tmp_path: Path
) -> None:
    shop.routes["/feed.csv"] = Answer(status=500)
    fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f", obey_robots=False)
    fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f", obey_robots=False)
    assert len(shop.paths()) == 5
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f", obey_robots=False)
    assert reason(outcome) is Failure.CIRCUIT_OPEN
    assert len(shop.paths()) == 5
    time.now += timedelta(seconds=60)
    shop.routes["/feed.csv"] = Answer(FEED)
    outcome = fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f", obey_robots=False)
    assert isinstance(outcome, Fetched)


def test_requests_to_a_host_keep_their_distance(
    shop: Loopback, fetcher: Fetcher, time: SleptTime, tmp_path: Path
) -> None:
    for turn in range(4):
        fetcher.get(shop.url("/feed.csv"), into=tmp_path / f"{turn}")
    assert len(time.slept) == 4  # between robots.txt and four documents
    assert all(slept >= 1.0 for slept in time.slept)
    assert time.slept[-1] < time.slept[0]


def test_threads_share_one_politeness(
    shop: Loopback, fetcher: Fetcher, time: SleptTime, tmp_path: Path
) -> None:
    threads = [
        threading.Thread(
            target=fetcher.get, args=(shop.url("/feed.csv"),), kwargs={"into": tmp_path / f"{n}"}
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(tmp_path.iterdir())) == 4
    assert len([one for one in shop.asked if one.path == "/robots.txt"]) == 1
    assert len(time.slept) == 4


def test_1_6_keys_stay_out_of_names_and_logs(
    shop: Loopback, fetcher: Fetcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "5b1c77d0aa31"
    path = f"/datafeed/download/apikey/{secret}/fid/7"
    shop.routes[path] = Answer(FEED)
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        outcome = fetcher.get(shop.url(path), into=tmp_path / "f")
        failed = fetcher.get(shop.url(path + "/none"), into=tmp_path / "g")
    assert isinstance(outcome, Fetched)
    assert outcome.name == shop.url("/datafeed/download/apikey/***/fid/7")
    for text in (repr(outcome), repr(failed), repr(logs), caplog.text):
        assert secret not in text
    assert [entry["event"] for entry in logs] == ["fetch.fetched", "fetch.failed"]


def test_R_X_5_the_reason_of_a_refusal_stands_in_the_operators_log(tmp_path: Path) -> None:
    with capture_logs() as logs, make(SleptTime()) as fetcher:
        fetcher.get("http://10.0.0.7/", into=tmp_path / "f")
    assert [(entry["event"], entry["reason"]) for entry in logs] == [
        ("fetch.refused", Refusal.ADDRESS_FORBIDDEN)
    ]


def test_a_closed_fetcher_can_be_asked_again(
    shop: Loopback, time: SleptTime, tmp_path: Path
) -> None:
    fetcher = make(time, shop)
    fetcher.close()
    assert isinstance(fetcher.get(shop.url("/feed.csv"), into=tmp_path / "f"), Fetched)
    fetcher.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl program to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=shop.example",
            "-addext", "subjectAltName=DNS:shop.example",
            "-keyout", str(key), "-out", str(cert),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[tuple[Loopback, list[str | None]]]:
    key, cert = certificate
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    names: list[str | None] = []
    tls.sni_callback = lambda _sock, name, _context: names.append(name)
    with serving({"/feed.csv": Answer(FEED)}, tls) as server:
        yield server, names


def test_R_X_1_the_name_stays_in_sni_and_in_the_check_of_the_certificate(
    secure: tuple[Loopback, list[str | None]],
    certificate: tuple[Path, Path],
    time: SleptTime,
    tmp_path: Path,
) -> None:
    server, names = secure
    table = {"shop.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    with Fetcher(
        settings(server),
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering(table),
        tls=ssl.create_default_context(cafile=str(certificate[1])),
    ) as fetcher:
        outcome = fetcher.get(server.url("/feed.csv", "shop.example"), into=tmp_path / "f")
        assert isinstance(outcome, Fetched)
        assert set(names) == {"shop.example"}
        wrong = fetcher.get(
            server.url("/feed.csv", "other.example"), into=tmp_path / "g", obey_robots=False
        )
        assert reason(wrong) is Failure.CERTIFICATE


def test_R_X_4_a_secure_address_never_leads_to_an_open_one(
    secure: tuple[Loopback, list[str | None]],
    certificate: tuple[Path, Path],
    shop: Loopback,
    time: SleptTime,
    tmp_path: Path,
) -> None:
    server, _ = secure
    server.routes["/feed.csv"] = Answer(status=301, headers={"Location": shop.url("/feed.csv")})
    with Fetcher(
        settings(server, shop),
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering({"shop.example": ["127.0.0.1"]}),
        tls=ssl.create_default_context(cafile=str(certificate[1])),
    ) as fetcher:
        outcome = fetcher.get(server.url("/feed.csv", "shop.example"), into=tmp_path / "f")
    assert reason(outcome) is Refusal.DOWNGRADE
    assert shop.asked == []
