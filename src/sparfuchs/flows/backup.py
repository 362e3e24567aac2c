"""Backup and restore: the database as of one moment, then the files that it names (R-RUN-8).

A backup is a folder: `manifest.json` with the digest of everything in it, `tables/` with the rows
as compressed text, `files/` and `keys/`. It does not depend on a version of PostgreSQL, so it also
moves an installation from one to the next. It may be taken while everything runs.
"""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from sparfuchs import __version__
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.matcher import named_files
from sparfuchs.flows.sweep import LOCK_SPACE
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.plumbing.db import Database, Work
from sparfuchs.plumbing.dump import (
    Shape,
    has_rows,
    number_on,
    prepare,
    rows_in,
    rows_out,
    shape_of,
    steady,
)
from sparfuchs.plumbing.files import Files

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
# So far may the lost installation have gone on after its backup: no ordinal is given twice.
SKIPPED: Final = 1_000_000
_LEVEL: Final = 1
_BLOCK: Final = 1 << 20
_PATIENCE: Final = 0.2

# What is worked on, how much of it is done, and how much there is.
Step = Callable[[str, int, int], None]


def no_step(_name: str, _done: int, _all: int) -> None:
    """Progress for callers that show none."""


@dataclass(frozen=True)
class Kept:
    """One file of a backup: bytes and SHA-256 as they lie there."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What is in a backup. `tables` and `files` by name; `missing` are named files that were lost
    before: a state is made again, anything else stays lost.
    """

    version: str
    revision: str
    taken_at: str
    shape: Shape
    tables: Mapping[str, Kept]
    rows: Mapping[str, int]
    files: Mapping[str, Kept]
    keys: Mapping[str, Kept]
    missing: tuple[str, ...]

    @property
    def size(self) -> int:
        parts = (self.tables, self.files, self.keys)
        return sum(kept.size for part in parts for kept in part.values())

    def members(self) -> Iterator[tuple[str, Kept]]:
        """Everything in the folder, by its path in it."""
        for name, kept in self.tables.items():
            yield _table_file(name), kept
        for folder, part in (("files", self.files), ("keys", self.keys)):
            for name, kept in part.items():
                yield f"{folder}/{name}", kept

    def as_json(self) -> dict[str, Any]:
        def plain(part: Mapping[str, Kept]) -> dict[str, object]:
            return {name: [kept.size, kept.sha256] for name, kept in part.items()}

        return {
            "format": FORMAT,
            "version": self.version,
            "revision": self.revision,
            "taken_at": self.taken_at,
            "columns": {name: list(columns) for name, columns in self.shape.columns.items()},
            "partitions": [list(one) for one in self.shape.partitions],
            "sequences": dict(self.shape.sequences),
            "tables": plain(self.tables),
            "rows": dict(self.rows),
            "files": plain(self.files),
            "keys": plain(self.keys),
            "missing": list(self.missing),
        }

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises NotFound where there is no whole backup, UsageError for one of another format."""
        try:
            told = json.loads((folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            raise NotFound(
                f"{folder} holds no backup: it has no {MANIFEST}, which is written last",
                path=str(folder),
            ) from None
        if told.get("format") != FORMAT:
            raise UsageError(
                f"The backup in {folder} has format {told.get('format')}, this version reads "
                f"{FORMAT}; restore it with the version {told.get('version')} that took it",
                path=str(folder),
            )

        def kept(part: str) -> dict[str, Kept]:
            for name in told[part]:
                if name.startswith("/") or ".." in name.split("/"):
                    raise UsageError(f"The backup in {folder} names a file outside of it: {name}")
            return {name: Kept(*facts) for name, facts in told[part].items()}

        return cls(
            version=told["version"],
            revision=told["revision"],
            taken_at=told["taken_at"],
            shape=Shape(
                columns={name: tuple(columns) for name, columns in told["columns"].items()},
                partitions=tuple((a, b, c) for a, b, c in told["partitions"]),
                sequences=told["sequences"],
            ),
            tables=kept("tables"),
            rows=told["rows"],
            files=kept("files"),
            keys=kept("keys"),
            missing=tuple(told["missing"]),
        )


def back_up(
    here: Installation, to: Path, revision: str, *, now: datetime, step: Step = no_step
) -> Manifest:
    """Takes a backup into a new or empty folder, while everything may go on.

    The sweeper rests meanwhile. Raises Conflict for a folder that holds something already.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Conflict(f"{to} is not empty; name a new folder for each backup", path=str(to))
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _sweeper_rests(here):
        with here.database.reading() as work:
            steady(work)
            shape = shape_of(work)
            tables, rows = _tables_out(work, shape, to, step)
            named = sorted(named_files(work))
        missing = [name for name in named if not here.files.exists(name)]
        files: dict[str, Kept] = {}
        for done, name in enumerate(sorted(set(named) - set(missing)), 1):
            files[name] = _copied(here.files.path(name), to / "files" / name)
            step("files", done, len(named))
    secret = here.settings.data_dir / "keys"
    keys = {
        path.relative_to(secret).as_posix(): _copied(path, to / "keys" / path.relative_to(secret))
        for path in sorted(secret.rglob("*"))
        if path.is_file()
    }
    manifest = Manifest(
        version=__version__,
        revision=revision,
        taken_at=now.isoformat(),
        shape=shape,
        tables=tables,
        rows=rows,
        files=files,
        keys=keys,
        missing=tuple(missing),
    )
    unfinished = to / f".{MANIFEST}"
    unfinished.write_text(json.dumps(manifest.as_json(), indent=1), "utf-8")
    _flush(unfinished)
    unfinished.replace(to / MANIFEST)
    _flush(to)
    return manifest


@contextlib.contextmanager
def _sweeper_rests(here: Installation) -> Iterator[None]:
    while True:
        with here.database.hold_lock(LOCK_SPACE, 0) as held:
            if held:
                yield
                return
        time.sleep(_PATIENCE)  # a sweep is at work, or another backup


def _tables_out(
    work: Work, shape: Shape, to: Path, step: Step
) -> tuple[dict[str, Kept], dict[str, int]]:
    (to / "tables").mkdir()
    tables: dict[str, Kept] = {}
    rows: dict[str, int] = {}
    for done, (name, columns) in enumerate(shape.columns.items()):
        step(f"table {name}", done, len(shape.columns))
        counted = 0
        digest, size = hashlib.sha256(), 0
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)  # 31: with a gzip header
        with (to / _table_file(name)).open("wb") as file:
            for block in rows_out(work, name, columns):
                counted += block.count(b"\n")  # COPY writes line ends inside of values as \n
                packed = packer.compress(block)
                digest.update(packed)
                size += file.write(packed)
            packed = packer.flush()
            digest.update(packed)
            size += file.write(packed)
            _flush_file(file.fileno(), file.flush)
        tables[name], rows[name] = Kept(size, digest.hexdigest()), counted
    return tables, rows


def verify(folder: Path, *, step: Step = no_step) -> Manifest:
    """Reads a backup from end to end. Raises UsageError when anything is not as it was written."""
    manifest = Manifest.read(folder)
    members = list(manifest.members())
    for done, (name, kept) in enumerate(members, 1):
        path = folder / name
        if not path.is_file() or _digest(path) != kept:
            raise UsageError(
                f"The backup in {folder} is damaged: {name} is not what was written. Nothing was "
                "restored; take another backup",
                path=str(path),
            )
        step("verify", done, len(members))
    return manifest


def empty_database(database: Database) -> None:
    """Raises Conflict when there is anything in it."""
    with database.reading() as work:
        if has_rows(work):
            raise Conflict(
                "The database is not empty; a backup is restored into an empty one, or with "
                "--data-dir into a folder that is not there yet"
            )


def bring_back(
    database: Database,
    files: Files,
    data_dir: Path,
    folder: Path,
    manifest: Manifest,
    *,
    step: Step = no_step,
) -> None:
    """Puts a verified backup into an empty database at the backup's revision.

    Files come first, and the rows in one transaction: what is there at any moment is nothing or
    everything. Each source leaves a million ordinals out (R-RUN-8).
    """
    for done, name in enumerate(manifest.files, 1):
        files.write(name, partial(shutil.copyfile, folder / "files" / name))
        step("files", done, len(manifest.files))
    for name in manifest.keys:
        target = data_dir / "keys" / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        shutil.copyfile(folder / "keys" / name, target)
    with database.unit_of_work() as work:
        prepare(work, manifest.shape)
        for done, (name, columns) in enumerate(manifest.shape.columns.items()):
            step(f"table {name}", done, len(manifest.shape.columns))
            rows_in(work, name, columns, _unpacked(folder / _table_file(name)))
        number_on(work, manifest.shape)
        catalog.skip_ordinals(work, SKIPPED)


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while block := file.read(_BLOCK):
            yield block


def _table_file(name: str) -> str:
    return f"tables/{name}.tsv.gz"


def _copied(source: Path, target: Path) -> Kept:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file, target.open("xb") as to:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += to.write(block)
        os.fchmod(to.fileno(), 0o600)
        _flush_file(to.fileno(), to.flush)
    return Kept(size, digest.hexdigest())


def _digest(path: Path) -> Kept:
    with path.open("rb") as file:
        return Kept(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _flush_file(handle: int, flush: Callable[[], None]) -> None:
    flush()
    os.fsync(handle)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
