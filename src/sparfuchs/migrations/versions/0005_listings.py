"""Who offers the same GTIN is asked with every listing: an index for it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX offer_texts_gtin ON offer_texts (gtin14) WHERE gtin14 IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX offer_texts_gtin")
