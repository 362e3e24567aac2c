"""Keys by which programs come in through the HTTP API."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE api_keys (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            name TEXT NOT NULL,
            prefix TEXT NOT NULL,
            digest BYTEA NOT NULL,
            scopes TEXT[] NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            used_at TIMESTAMP WITH TIME ZONE,
            revoked_at TIMESTAMP WITH TIME ZONE,
            PRIMARY KEY (id),
            UNIQUE (digest)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE api_keys")
