"""Trust: why a rating is what it is, price levels of the market, patterns and standings."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Ratings from before have no notes: null says so, and the next rating writes them.
    op.execute("ALTER TABLE ratings ADD COLUMN notes INTEGER")
    op.execute("ALTER TABLE ratings ADD COLUMN peers INTEGER")
    op.execute("ALTER TABLE ratings ADD COLUMN peer_minor BIGINT")
    op.execute("ALTER TABLE ratings ADD COLUMN times INTEGER")
    op.execute(
        """
        CREATE TABLE price_level_versions (
            version INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            learned_at TIMESTAMP WITH TIME ZONE NOT NULL,
            offers BIGINT NOT NULL,
            levels INTEGER NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE price_levels (
            version INTEGER NOT NULL
                REFERENCES price_level_versions (version) ON DELETE CASCADE,
            key BIGINT NOT NULL,
            currency CHAR(3) NOT NULL,
            members INTEGER NOT NULL,
            middle DOUBLE PRECISION NOT NULL,
            spread DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (version, key, currency)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE patterns (
            offer_id BIGINT NOT NULL,
            pattern SMALLINT NOT NULL,
            first_at TIMESTAMP WITH TIME ZONE NOT NULL,
            last_at TIMESTAMP WITH TIME ZONE NOT NULL,
            since TIMESTAMP WITH TIME ZONE,
            price_minor BIGINT,
            other_minor BIGINT,
            currency CHAR(3),
            number INTEGER,
            PRIMARY KEY (offer_id, pattern)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE countdowns (
            offer_id BIGINT PRIMARY KEY,
            ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
            noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
            restarts INTEGER NOT NULL,
            restarted_at TIMESTAMP WITH TIME ZONE
        )
        """
    )
    op.execute(
        """
        CREATE TABLE standings (
            source_id BIGINT PRIMARY KEY,
            counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
            claims_good INTEGER NOT NULL,
            claims_bad INTEGER NOT NULL,
            links_good INTEGER NOT NULL,
            links_bad INTEGER NOT NULL,
            links_at TIMESTAMP WITH TIME ZONE
        )
        """
    )


def downgrade() -> None:
    for table in ("standings", "countdowns", "patterns", "price_levels", "price_level_versions"):
        op.execute(f"DROP TABLE {table}")
    for column in ("times", "peer_minor", "peers", "notes"):
        op.execute(f"ALTER TABLE ratings DROP COLUMN {column}")
