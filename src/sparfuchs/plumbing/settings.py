"""Everything an operator can set, one frozen tree, each field with a sentence that explains it.

Read from the environment: `SPARFUCHS_LOG__LEVEL=debug` sets `log.level`. `DATABASE_URL` is taken
for `database.url`, because that is the name under which every hoster hands it out.
"""

import ipaddress
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from platformdirs import site_data_path, user_state_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from sparfuchs.kernel.errors import UsageError

MIB: Final = 1024 * 1024


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _address_and_port(pair: str) -> str:
    """`127.0.0.1:8080` or `[::1]:8080`, an address and never a name: names can move."""
    host, colon, port = pair.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - ports
        raise ValueError(f"{pair!r} is not of the form address:port")
    address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"  # noqa: PLR2004 - IPv6


AddressAndPort = Annotated[str, AfterValidator(_address_and_port)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(_Section):
    url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="Address of a PostgreSQL 15 or newer; without it one is started in data_dir.",
    )
    bin_dir: Path | None = Field(
        default=None,
        description="Folder with initdb and postgres for the server that we start ourselves.",
    )
    pool_size: int = Field(
        default=10, ge=1, description="Database connections that one process keeps open."
    )
    start_timeout: float = Field(
        default=600.0,
        gt=0,
        description="Seconds to wait for our server while it is alive: a crash recovery may take "
        "minutes.",
    )


class FetchSettings(_Section):
    """Defaults are those of the limits table for polite and safe fetching (domain.md 2.3, 2.6)."""

    contact: str | None = Field(
        default=None,
        description="Address of a page or mailbox that the User-Agent names, so that a shop can "
        "reach the operator.",
    )
    product_token: str = Field(
        default="SparfuchsBot",
        pattern=r"^[A-Za-z_-]+$",
        description="Name in the User-Agent and in robots.txt rules.",
    )
    min_delay: float = Field(
        default=1.0, ge=1.0, description="Least seconds between two requests to one host."
    )
    max_delay: float = Field(
        default=60.0, ge=1.0, description="Most seconds between two requests to one host."
    )
    connect_timeout: float = Field(default=5.0, gt=0, description="Seconds to reach a host.")
    read_timeout: float = Field(
        default=15.0, gt=0, description="Seconds without a byte after which a response is given up."
    )
    min_bytes_per_second: int = Field(
        default=1024,
        ge=0,
        description="Bytes a second, on the average since its beginning, below which a response is "
        "given up after a minute; 0: never.",
    )
    total_timeout_page: float = Field(
        default=60.0, gt=0, description="Seconds that one page may take in all."
    )
    total_timeout_feed: float = Field(
        default=1800.0, gt=0, description="Seconds that one feed document may take in all."
    )
    max_page_bytes: int = Field(
        default=5 * MIB, gt=0, description="Largest decoded HTML page in bytes."
    )
    max_json_bytes: int = Field(
        default=20 * MIB, gt=0, description="Largest decoded API answer in bytes."
    )
    max_feed_bytes: int = Field(
        default=2048 * MIB, gt=0, description="Largest decoded feed document in bytes."
    )
    max_feed_raw_bytes: int = Field(
        default=200 * MIB, gt=0, description="Largest feed document on the wire in bytes."
    )
    max_feed_rows: int = Field(
        default=5_000_000, gt=0, description="Most rows read from one feed document."
    )
    max_field_bytes: int = Field(
        default=64 * 1024, gt=0, description="Longest field of a row in bytes."
    )
    max_row_bytes: int = Field(default=MIB, gt=0, description="Longest row in bytes.")
    max_image_bytes: int = Field(default=10 * MIB, gt=0, description="Largest image in bytes.")
    max_image_pixels: int = Field(
        default=40_000_000, gt=0, description="Most pixels of an image that is decoded."
    )
    max_ratio: int = Field(
        default=100,
        gt=1,
        description="Largest ratio of decoded to raw bytes after the first MiB: above it the "
        "document is a decompression bomb.",
    )
    max_redirects: int = Field(
        default=5, ge=0, description="Most redirects followed for one request."
    )
    allow_private: frozenset[AddressAndPort] = Field(
        default=frozenset(),
        description="Exact address:port pairs in private networks that may be fetched, for the "
        "demo market and local development; refused in production.",
    )


class FeedSettings(_Section):
    interval_hours: float = Field(
        default=24.0, gt=0, description="Hours between two readings of a source without its own."
    )
    adapt: bool = Field(
        default=True,
        description="Read a source that changes often up to four times as often as its interval "
        "says (never more than hourly by this), one that rarely changes up to half as long after.",
    )


class LogSettings(_Section):
    level: LogLevel = Field(default=LogLevel.INFO, description="Least level that is written.")
    as_json: bool = Field(
        default=False, description="One JSON object a line instead of text for people."
    )
    max_bytes: int = Field(
        default=10 * MIB,
        ge=64 * 1024,
        description="Bytes at which `up` begins a new log file of a part.",
    )
    keep: int = Field(
        default=5, ge=0, description="Earlier log files of each part that `up` keeps."
    )


class WorkerSettings(_Section):
    concurrency: int = Field(
        default=4, ge=1, description="Sources that one worker reads at the same time."
    )
    fetches: int = Field(
        default=200,
        ge=1,
        description="Sources that one worker has in hand at the same time, most of them waiting "
        "for their shops.",
    )
    readings_per_minute: int = Field(
        default=300,
        ge=1,
        description="Readings that one worker begins in a minute at most: the pace at which it "
        "works off what fell due during an outage.",
    )
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="Port on this machine at which the worker gives its figures to Prometheus; "
        "0: none.",
    )


class DiskSettings(_Section):
    min_free_bytes: int = Field(
        default=512 * MIB,
        ge=0,
        description="Free bytes below which nothing is read any more; serving goes on.",
    )
    min_free_percent: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="Free part of the disk in percent below which nothing is read any more.",
    )


class LinkSettings(_Section):
    """How many addresses of offers are looked at every night: do they answer?"""

    per_night: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="Addresses of each source that are looked at in a night; 0: none.",
    )
    minutes: float = Field(
        default=30.0, gt=0, description="For how long at most; the next night goes on from there."
    )


class PictureSettings(_Section):
    """Pictures of offers, fetched once and served from our own address."""

    enabled: bool = Field(
        default=True,
        description="Whether shops are asked for pictures; kept ones are shown anyway.",
    )
    most_bytes: int = Field(
        default=1024 * MIB,
        gt=0,
        description="Most bytes of pictures on the disk; what was long unused goes first.",
    )
    fresh_days: float = Field(
        default=30.0, gt=0, description="Days after which a picture is fetched anew."
    )
    min_delay: float = Field(
        default=0.25, ge=0.05, description="Least seconds between two pictures from one host."
    )
    patience: float = Field(
        default=5.0,
        ge=0,
        le=30,
        description="Seconds that who asks for a picture waits for the shop.",
    )


class RetentionSettings(_Section):
    """What the nightly job takes away. What a rule still needs stays whatever is said here."""

    payload_runs: int = Field(
        default=10,
        ge=0,
        description="Newest published runs of each source whose documents are kept, so that they "
        "can be replayed.",
    )
    segment_days: float = Field(
        default=90.0,
        gt=0,
        description="Days for which the file of what a run changed is kept, once every consumer "
        "has had it.",
    )
    rejection_days: float = Field(
        default=90.0, gt=0, description="Days for which the rejected rows of a run are kept."
    )
    held_days: float = Field(
        default=90.0,
        gt=0,
        description="Days after which a held run that can no longer be released is discarded.",
    )
    event_days: float = Field(
        default=30.0,
        gt=0,
        description="Days for which events stay in the log, once every consumer has had them.",
    )

    @model_validator(mode="after")
    def _no_event_without_its_segment(self) -> Self:
        if self.event_days > self.segment_days:
            raise ValueError(
                "retention.event_days must not be more than retention.segment_days: an event names "
                "a segment, and whoever reads it needs the file"
            )
        return self


class PricingSettings(_Section):
    """How prices are judged, where the law leaves room."""

    public_codes: Literal["strict", "lenient"] = Field(
        default="strict",
        description="Whether a price with a code that everybody may use lowers the 30-day "
        "reference (strict) or stays beside it (lenient). Prices of members never lower it.",
    )


class HistorySettings(_Section):
    fold_after_days: int = Field(
        default=100,
        ge=31,
        description="Days after the end of a month when its price changes are folded into "
        "compressed blocks. Judging looks back 90 days, and late changes are cheaper as rows.",
    )


class HttpSettings(_Section):
    threads: int = Field(
        default=3,
        ge=1,
        description="Requests that the API works on at the same time. One more than there are "
        "processors is best: more of them only take the interpreter from each other.",
    )
    requests_per_minute: int = Field(
        default=600, ge=1, description="Requests a minute of one address without a key."
    )
    pictures_per_minute: int = Field(
        default=3000, ge=1, description="Pictures a minute of one address."
    )
    key_requests_per_minute: int = Field(
        default=6000, ge=1, description="Requests a minute of one API key."
    )
    max_body_bytes: int = Field(
        default=64 * 1024, ge=1, description="Largest body of a request in bytes."
    )
    max_upload_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=1,
        description="Largest feed in bytes that may be sent to be checked.",
    )
    max_url_bytes: int = Field(
        default=8 * 1024, ge=256, description="Longest address of a request in bytes."
    )
    answer_seconds: float = Field(
        default=10.0,
        ge=0,
        description="Seconds for which a public answer is given again as it was; 0: never.",
    )
    trusted_proxies: frozenset[str] = Field(
        default=frozenset(),
        description="Addresses of proxies whose X-Forwarded-For is believed; of others it is not.",
    )


class WebSettings(_Section):
    """The deals site: where its program is, and what it says of the operator."""

    folder: Path | None = Field(
        default=None,
        description="Folder with the built site; without it the one that a checkout builds.",
    )
    node: Path | None = Field(
        default=None,
        description="The Node.js that runs the site; without it that of the installed wheel, then "
        "that of the system.",
    )
    address: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+$",
        description="Public address of the site without a path, for canonical links and the "
        "sitemap; without it the one that a visitor uses.",
    )
    operator_name: str | None = Field(
        default=None, description="Who runs the site, for the imprint."
    )
    operator_address: str | None = Field(
        default=None, description="Postal address for the imprint; `|` begins a new line."
    )
    operator_contact: str | None = Field(
        default=None, description="Mail address or telephone number for imprint and privacy notice."
    )


class _HosterUrl(PydanticBaseSettingsSource):
    """`DATABASE_URL`, below everything said in our own names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - given by the base
        url = os.environ.get("DATABASE_URL") if field_name == "database" else None
        return ({"url": url} if url else None), field_name, True

    def __call__(self) -> dict[str, Any]:
        url = os.environ.get("DATABASE_URL")
        return {"database": {"url": url}} if url else {}


def _default_data_dir() -> Path:
    """As root a state directory of the system: the database server runs under another account, and
    that account could not enter root's home.
    """
    if os.geteuid() == 0:
        system = Path("/var/lib")
        return system / "sparfuchs" if system.is_dir() else site_data_path("sparfuchs")
    return user_state_path("sparfuchs")


class Settings(BaseSettings):
    """One installation. `Settings.load()` is the way to get one."""

    model_config = SettingsConfigDict(
        env_prefix="SPARFUCHS_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
    )

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="`production` refuses what only makes sense on a developer's machine.",
    )
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="The one folder of an installation: database, states, segments, index, logs.",
    )
    database: DatabaseSettings = Field(
        default_factory=DatabaseSettings, description="Where the system of record is."
    )
    fetch: FetchSettings = Field(
        default_factory=FetchSettings, description="How shops are asked, politely and safely."
    )
    feeds: FeedSettings = Field(
        default_factory=FeedSettings, description="How often sources are read and what is kept."
    )
    worker: WorkerSettings = Field(
        default_factory=WorkerSettings, description="How much a worker does at once."
    )
    disk: DiskSettings = Field(
        default_factory=DiskSettings, description="When a filling disk stops the reading."
    )
    pricing: PricingSettings = Field(
        default_factory=PricingSettings, description=PricingSettings.__doc__
    )
    retention: RetentionSettings = Field(
        default_factory=RetentionSettings, description="What is kept, and for how long."
    )
    links: LinkSettings = Field(
        default_factory=LinkSettings, description="Looking for dead links at night."
    )
    history: HistorySettings = Field(
        default_factory=HistorySettings, description="How the price history is kept for ever."
    )
    http: HttpSettings = Field(
        default_factory=HttpSettings, description="How the API answers, and how often."
    )
    web: WebSettings = Field(
        default_factory=WebSettings, description="The deals site and who runs it."
    )
    pictures: PictureSettings = Field(
        default_factory=PictureSettings, description=PictureSettings.__doc__
    )
    log: LogSettings = Field(default_factory=LogSettings, description="What is logged and how.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no dotenv files are read
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, file_secret_settings, _HosterUrl(settings_cls)

    @model_validator(mode="after")
    def _no_private_fetches_in_production(self) -> Self:
        if self.environment is Environment.PRODUCTION and self.fetch.allow_private:
            raise ValueError(
                "fetch.allow_private opens private addresses to fetches and is refused in "
                "production; remove it or set environment=development"
            )
        return self

    @classmethod
    def load(cls, data_dir: Path | None = None) -> Self:
        """Settings from the environment; a given folder counts more than the environment's.

        Raises UsageError with every wrong setting named.
        """
        try:
            settings = cls() if data_dir is None else cls(data_dir=data_dir)
        except ValidationError as wrong:
            told = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in wrong.errors()
            )
            raise UsageError(f"Wrong settings: {told}") from wrong
        return settings.model_copy(update={"data_dir": settings.data_dir.expanduser().absolute()})
