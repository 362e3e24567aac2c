import gzip
import io
import zipfile
from pathlib import Path

import pytest

from sparfuchs.ingest.decompress import Compression, DecodeLimits, compression_of, plain_bytes
from sparfuchs.kernel.errors import FeedUnreadable

TEXT = b"id,title,price\n1,Ding,5 EUR\n" * 500


def unpacked(path: Path, limits: DecodeLimits | None = None) -> bytes:
    return b"".join(plain_bytes(path, name="feed", limits=limits or DecodeLimits(), block=1000))


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TEXT, Compression.NONE),
        (gzip.compress(TEXT), Compression.GZIP),
        (gzip.compress(gzip.compress(TEXT)), Compression.GZIP),
        (gzip.compress(TEXT[:700]) + gzip.compress(TEXT[700:]), Compression.GZIP),
        (gzip.compress(TEXT) + b"\0" * 512, Compression.GZIP),
        (zipped(("folder/", b""), ("../../feed.csv", TEXT)), Compression.ZIP),
    ],
    ids=["plain", "gzip", "gzip twice", "two members", "padded", "zip"],
)
def test_a_document_is_unpacked_by_its_first_bytes(
    tmp_path: Path, content: bytes, kind: Compression
) -> None:
    path = tmp_path / "feed.unknown"
    path.write_bytes(content)
    assert compression_of(path) is kind
    assert unpacked(path) == TEXT


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TEXT)[:-20],
        gzip.compress(TEXT)[:-4],
        gzip.compress(TEXT)[:40],
        gzip.compress(TEXT)[:-8] + b"\0\0\0\0" + gzip.compress(TEXT)[-4:],
        gzip.compress(TEXT) + b"more",
        gzip.compress(gzip.compress(gzip.compress(TEXT))),
        zipped(("a.csv", TEXT))[:-30],
        zipped(("a.csv.gz", gzip.compress(TEXT))),
        zipped(("a.zip", zipped(("a.csv", TEXT)))),
    ],
    ids=[
        "cut", "no trailer", "header only", "wrong CRC", "tail", "three layers", "cut zip",
        "gzip in zip", "zip in zip",
    ],
)  # fmt: skip
def test_R_C_4_a_damaged_archive_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    with pytest.raises(FeedUnreadable, match="cannot be unpacked"):
        unpacked(path)


@pytest.mark.parametrize("members", [(), (("a.csv", TEXT), ("b.csv", TEXT))])
def test_a_zip_must_hold_exactly_one_file(
    tmp_path: Path, members: tuple[tuple[str, bytes], ...]
) -> None:
    path = tmp_path / "feed.zip"
    path.write_bytes(zipped(*members))
    with pytest.raises(FeedUnreadable, match="exactly one"):
        unpacked(path)


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(("a", text))])
def test_what_unfolds_a_hundredfold_is_refused_while_it_streams(
    tmp_path: Path, pack: object
) -> None:
    assert callable(pack)
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"\0" * (5 << 20)))
    with pytest.raises(FeedUnreadable, match="100 times"):
        unpacked(path)
    path.write_bytes(pack(b"\0" * (1 << 20)))
    assert len(unpacked(path)) == 1 << 20


def test_two_layers_are_counted_against_what_lies_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(gzip.compress(b"\0" * (3 << 20))))
    with pytest.raises(FeedUnreadable, match="100 times"):
        unpacked(path)


@pytest.mark.parametrize("content", [TEXT, gzip.compress(TEXT)])
def test_the_decoded_size_has_a_limit(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)
    with pytest.raises(FeedUnreadable, match="more than 9000 bytes"):
        unpacked(path, DecodeLimits(decoded=9000))
