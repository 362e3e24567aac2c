"""A history that can be trusted: prices that wait (R-F-7), what was corrected and why."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE offers ADD COLUMN last_minor BIGINT, ADD COLUMN held_minor BIGINT, "
        "ADD COLUMN held_at TIMESTAMP WITH TIME ZONE"
    )
    op.execute("ALTER TABLE sources ADD COLUMN raw_salt NUMERIC(20, 0)")
    op.execute(
        """
        CREATE TABLE price_revisions (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            source_id BIGINT NOT NULL,
            run INTEGER NOT NULL,
            offer_id BIGINT,
            cause TEXT NOT NULL,
            reason TEXT NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            PRIMARY KEY (id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE voided_changes (
            offer_id BIGINT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            kind SMALLINT NOT NULL,
            revision BIGINT NOT NULL,
            run INTEGER NOT NULL,
            before_minor BIGINT,
            price_minor BIGINT,
            currency CHAR(3),
            availability SMALLINT,
            ref_price_minor BIGINT,
            ref_kind SMALLINT,
            claim_percent SMALLINT,
            PRIMARY KEY (offer_id, at, kind, revision)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE exchange_rates (
            currency CHAR(3) NOT NULL,
            day DATE NOT NULL,
            per_euro NUMERIC(18, 8) NOT NULL,
            PRIMARY KEY (currency, day)
        )
        """
    )

    op.execute(
        """
        CREATE TABLE side_prices (
            offer_id BIGINT NOT NULL,
            audience SMALLINT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            run INTEGER NOT NULL,
            price_minor BIGINT,
            currency CHAR(3),
            PRIMARY KEY (offer_id, audience, at)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE side_prices")
    op.execute("DROP TABLE exchange_rates")
    op.execute("DROP TABLE voided_changes")
    op.execute("DROP TABLE price_revisions")
    op.execute("ALTER TABLE sources DROP COLUMN raw_salt")
    op.execute(
        "ALTER TABLE offers DROP COLUMN held_at, DROP COLUMN held_minor, DROP COLUMN last_minor"
    )
