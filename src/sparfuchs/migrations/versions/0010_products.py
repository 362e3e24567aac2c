"""Products: which offers are the same thing, what was compared, and what people answered."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE match_answers (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            kind TEXT NOT NULL,
            at TIMESTAMP WITH TIME ZONE NOT NULL,
            undone_at TIMESTAMP WITH TIME ZONE,
            PRIMARY KEY (id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE match_models (
            id INTEGER GENERATED ALWAYS AS IDENTITY,
            name TEXT NOT NULL,
            file TEXT,
            figures JSONB NOT NULL,
            promoted BOOLEAN NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            chosen_at TIMESTAMP WITH TIME ZONE,
            PRIMARY KEY (id),
            UNIQUE (name)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE match_reviews (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            left_id BIGINT NOT NULL,
            right_id BIGINT NOT NULL,
            probability REAL NOT NULL,
            reasons TEXT NOT NULL,
            version INTEGER NOT NULL,
            asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
            PRIMARY KEY (id),
            UNIQUE (left_id, right_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE match_runs (
            number INTEGER GENERATED ALWAYS AS IDENTITY,
            folder TEXT NOT NULL,
            rows INTEGER NOT NULL,
            version INTEGER NOT NULL,
            PRIMARY KEY (number)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE match_versions (
            version INTEGER GENERATED ALWAYS AS IDENTITY,
            model TEXT NOT NULL,
            model_file TEXT,
            weights_file TEXT NOT NULL,
            offers BIGINT NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            PRIMARY KEY (version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE product_edges (
            left_id BIGINT NOT NULL,
            right_id BIGINT NOT NULL,
            key TEXT,
            score REAL NOT NULL,
            alone REAL NOT NULL,
            probability REAL NOT NULL,
            band SMALLINT NOT NULL,
            version INTEGER NOT NULL,
            PRIMARY KEY (left_id, right_id)
        )
        """
    )
    op.execute("CREATE INDEX product_edges_right ON product_edges (right_id)")
    op.execute(
        """
        CREATE TABLE product_members (
            offer_id BIGINT NOT NULL,
            product_id BIGINT NOT NULL,
            since TIMESTAMP WITH TIME ZONE NOT NULL,
            how TEXT NOT NULL,
            partner_id BIGINT,
            probability REAL,
            reasons TEXT,
            same_as BIGINT,
            version INTEGER NOT NULL,
            signature BIGINT NOT NULL,
            family BIGINT,
            kin BIGINT,
            run INTEGER,
            PRIMARY KEY (offer_id)
        )
        """
    )
    op.execute("CREATE INDEX product_members_family ON product_members (family)")
    op.execute("CREATE INDEX product_members_kin ON product_members (kin)")
    op.execute("CREATE INDEX product_members_product ON product_members (product_id)")
    op.execute(
        """
        CREATE TABLE products (
            id BIGINT NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            ended_at TIMESTAMP WITH TIME ZONE,
            touched BOOLEAN NOT NULL,
            PRIMARY KEY (id)
        )
        """
    )
    op.execute("CREATE INDEX products_touched ON products (id) WHERE touched")
    op.execute(
        """
        CREATE TABLE match_labels (
            answer_id BIGINT NOT NULL,
            left_id BIGINT NOT NULL,
            right_id BIGINT NOT NULL,
            same BOOLEAN NOT NULL,
            PRIMARY KEY (answer_id, left_id, right_id),
            FOREIGN KEY(answer_id) REFERENCES match_answers (id)
        )
        """
    )
    op.execute("CREATE INDEX match_labels_left ON match_labels (left_id)")
    op.execute("CREATE INDEX match_labels_right ON match_labels (right_id)")


def downgrade() -> None:
    op.execute("DROP TABLE match_labels")
    op.execute("DROP TABLE products")
    op.execute("DROP TABLE product_members")
    op.execute("DROP TABLE product_edges")
    op.execute("DROP TABLE match_versions")
    op.execute("DROP TABLE match_runs")
    op.execute("DROP TABLE match_reviews")
    op.execute("DROP TABLE match_models")
    op.execute("DROP TABLE match_answers")
