"""Stepwise reductions: where the first step began, and how many there are (§ 11(2) PAngV)."""

from alembic import op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE verdicts ADD COLUMN chain_start TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE verdicts ADD COLUMN chain_steps SMALLINT")


def downgrade() -> None:
    op.execute("ALTER TABLE verdicts DROP COLUMN chain_steps")
    op.execute("ALTER TABLE verdicts DROP COLUMN chain_start")
