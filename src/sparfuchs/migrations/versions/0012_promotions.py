"""Promotions with their terms and validity, and what a held run would have changed."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE promotions (
            id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source_id BIGINT NOT NULL REFERENCES sources (id),
            source_promotion_id TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT,
            all_products BOOLEAN NOT NULL,
            code TEXT,
            kind TEXT NOT NULL,
            percent SMALLINT,
            money_off_minor BIGINT,
            minimum_minor BIGINT,
            currency CHAR(3),
            starts_at TIMESTAMP WITH TIME ZONE,
            ends_at TIMESTAMP WITH TIME ZONE,
            shown_from TIMESTAMP WITH TIME ZONE,
            shown_to TIMESTAMP WITH TIME ZONE,
            url TEXT,
            terms JSONB,
            scope JSONB,
            digest BIGINT NOT NULL,
            first_at TIMESTAMP WITH TIME ZONE NOT NULL,
            changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
            gone_at TIMESTAMP WITH TIME ZONE,
            UNIQUE (source_id, source_promotion_id)
        )
        """
    )
    op.execute("ALTER TABLE feed_runs ADD COLUMN difference JSONB")


def downgrade() -> None:
    op.execute("ALTER TABLE feed_runs DROP COLUMN difference")
    op.execute("DROP TABLE promotions")
