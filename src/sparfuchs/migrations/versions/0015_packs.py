"""Packs: how much is in what is sold by amount, to see when that becomes less."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE packs (
            offer_id BIGINT PRIMARY KEY,
            line BIGINT NOT NULL,
            dimension SMALLINT NOT NULL,
            amount DOUBLE PRECISION NOT NULL,
            unit_minor BIGINT,
            currency CHAR(3) NOT NULL,
            since TIMESTAMP WITH TIME ZONE NOT NULL,
            amount_before DOUBLE PRECISION,
            unit_before BIGINT
        )
        """
    )
    op.execute("CREATE INDEX ix_packs_line ON packs (line)")


def downgrade() -> None:
    op.execute("DROP TABLE packs")
