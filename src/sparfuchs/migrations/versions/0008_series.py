"""Prices that wait for a second observation (R-F-7) are kept beside the offer."""

from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE offers ADD COLUMN last_minor BIGINT, ADD COLUMN held_minor BIGINT, "
        "ADD COLUMN held_at TIMESTAMP WITH TIME ZONE"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE offers DROP COLUMN held_at, DROP COLUMN held_minor, DROP COLUMN last_minor"
    )
