"""Old price changes are folded into blocks."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE price_blocks (
            shelf BIGINT NOT NULL,
            start TIMESTAMP WITH TIME ZONE NOT NULL,
            rows INTEGER NOT NULL,
            body BYTEA NOT NULL,
            PRIMARY KEY (shelf, start)
        )
        """
    )
    # The bytes are compressed already: to try again costs time at each write and gives nothing.
    op.execute("ALTER TABLE price_blocks ALTER COLUMN body SET STORAGE EXTERNAL")


def downgrade() -> None:
    # What lies in blocks is nowhere else.
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM price_blocks) THEN
                RAISE EXCEPTION 'There is folded history; run "sparfuchs history unfold" first';
            END IF;
        END $$
        """
    )
    op.execute("DROP TABLE price_blocks")
