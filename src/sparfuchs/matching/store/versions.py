"""The SQL of models, versions and the runs of known offers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from sparfuchs.matching.tables import match_models, match_runs, match_versions
from sparfuchs.plumbing.db import Work


def in_force(work: Work) -> Mapping[str, Any] | None:
    """The newest version: version, model, model_file (None: shipped), weights_file, offers,
    made_at; None before the first grouping.
    """
    newest = select(match_versions).order_by(match_versions.c.version.desc()).limit(1)
    row = work.execute(newest).one_or_none()
    return row._asdict() if row else None


def add_version(
    work: Work, model: str, model_file: str | None, weights_file: str, offers: int, at: datetime
) -> int:
    return int(
        work.execute(
            insert(match_versions)
            .values(
                model=model,
                model_file=model_file,
                weights_file=weights_file,
                offers=offers,
                made_at=at,
            )
            .returning(match_versions.c.version)
        ).scalar_one()
    )


def add_model(
    work: Work,
    name: str,
    file: str | None,
    figures: Mapping[str, Any],
    *,
    promoted: bool,
    at: datetime,
) -> int:
    """A model of this site, with what it was judged by; a promoted one is chosen from now on."""
    return int(
        work.execute(
            insert(match_models)
            .values(
                name=name,
                file=file,
                figures=dict(figures),
                promoted=promoted,
                made_at=at,
                chosen_at=at if promoted else None,
            )
            .returning(match_models.c.id)
        ).scalar_one()
    )


def choose_model(work: Work, name: str, at: datetime) -> bool:
    """Chooses a model that is there; False if there is none of that name."""
    done = work.execute(
        update(match_models).where(match_models.c.name == name).values(chosen_at=at)
    )
    return bool(done.rowcount)


def models(work: Work) -> list[Mapping[str, Any]]:
    """Models of this site, the chosen one first, then the newest."""
    rows = work.execute(
        select(match_models).order_by(
            match_models.c.chosen_at.desc().nulls_last(), match_models.c.id.desc()
        )
    )
    return [row._asdict() for row in rows]


def runs(work: Work) -> list[Mapping[str, Any]]:
    """Runs of known offers of the version in force, oldest first: number, folder, rows."""
    newest = select(func.max(match_versions.c.version)).scalar_subquery()
    rows = work.execute(
        select(match_runs).where(match_runs.c.version == newest).order_by(match_runs.c.number)
    )
    return [row._asdict() for row in rows]


def add_run(work: Work, folder: str, rows: int, version: int) -> int:
    return int(
        work.execute(
            insert(match_runs)
            .values(folder=folder, rows=rows, version=version)
            .returning(match_runs.c.number)
        ).scalar_one()
    )


def drop_runs(work: Work, numbers: list[int] | None = None) -> None:
    """These runs, or all."""
    wanted = delete(match_runs)
    work.execute(wanted if numbers is None else wanted.where(match_runs.c.number.in_(numbers)))


def named_files(work: Work, parts: tuple[str, ...]) -> set[str]:
    """All files that something points to; a run has several `parts`."""
    named = {f"{row['folder']}/{part}" for row in runs(work) for part in parts}
    known = select(match_versions.c.weights_file, match_versions.c.model_file)
    for row in work.execute(known.order_by(match_versions.c.version.desc()).limit(1)):
        named |= {one for one in row if one}
    files = select(match_models.c.file).where(match_models.c.file.is_not(None))
    named.update(work.execute(files).scalars())
    return named
