"""Categories: the node of the tree each offer stands at, and paths mapped by hand."""

from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE offer_categories (
            offer_id BIGINT PRIMARY KEY,
            category_id INTEGER NOT NULL,
            confidence REAL NOT NULL,
            how SMALLINT NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE category_choices (
            source_id BIGINT NOT NULL,
            path TEXT NOT NULL,
            category_id INTEGER NOT NULL,
            chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
            PRIMARY KEY (source_id, path)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE category_choices")
    op.execute("DROP TABLE offer_categories")
