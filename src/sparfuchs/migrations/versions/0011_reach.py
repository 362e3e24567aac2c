"""Schedule and credentials of sources: lanes of hosts, what is being read, what fails, secrets."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("host", "TEXT NOT NULL DEFAULT ''"),
    ("wait_seconds", "INTEGER"),
    ("taken_until", "TIMESTAMP WITH TIME ZONE"),
    ("takes", "INTEGER NOT NULL DEFAULT 0"),
    ("failures", "INTEGER NOT NULL DEFAULT 0"),
    ("refusals", "INTEGER NOT NULL DEFAULT 0"),
    ("failing_since", "TIMESTAMP WITH TIME ZONE"),
    ("trouble", "TEXT"),
    ("credential", "BYTEA"),
    ("credential_kind", "TEXT"),
)


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.execute(f"ALTER TABLE sources ADD COLUMN {name} {kind}")
    # The authority of an address without its user, as `catalog.host_of` gives it.
    op.execute(
        r"""
        UPDATE sources SET host = lower(regexp_replace(
            substring(location FROM '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'), '^.*@', ''))
        WHERE location ~ '^[A-Za-z][A-Za-z0-9+.-]*://'
        """
    )
    op.execute(
        """
        UPDATE sources SET failures = failed.number, failing_since = failed.since,
            trouble = failed.said
        FROM (
            SELECT runs.source_id, count(*) AS number, min(runs.at) AS since,
                (array_agg(runs.doubts -> 0 ->> 'text' ORDER BY runs.number DESC))[1] AS said
            FROM feed_runs AS runs JOIN sources AS of_run ON of_run.id = runs.source_id
            WHERE runs.status = 'failed' AND runs.number > of_run.head_run
            GROUP BY runs.source_id
        ) AS failed
        WHERE failed.source_id = sources.id
        """
    )
    op.execute("CREATE INDEX sources_host ON sources (host) WHERE taken_until IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX sources_host")
    for name, _ in reversed(_COLUMNS):
        op.execute(f"ALTER TABLE sources DROP COLUMN {name}")
