"""The spine: event log, catalogue, price history, verdicts, ratings.

Rows that change keep a seventh of each page free, so that an update stays on its page and touches
no index.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = (
    """
    CREATE TABLE event_cursors (
        consumer TEXT NOT NULL,
        topic TEXT NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (consumer, topic)
    )
    """,
    """
    CREATE TABLE event_log (
        topic TEXT NOT NULL,
        position BIGINT NOT NULL,
        key TEXT NOT NULL,
        type TEXT NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        payload JSONB NOT NULL,
        PRIMARY KEY (topic, position)
    )
    """,
    """
    CREATE TABLE event_outbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        topic TEXT NOT NULL,
        key TEXT NOT NULL,
        type TEXT NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        payload JSONB NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX event_outbox_topic ON event_outbox (topic, id)
    """,
    """
    CREATE TABLE event_topics (
        topic TEXT NOT NULL,
        head BIGINT NOT NULL,
        PRIMARY KEY (topic)
    )
    """,
    """
    CREATE TABLE deals (
        offer_id BIGINT NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        valid_from TIMESTAMP WITH TIME ZONE,
        valid_to TIMESTAMP WITH TIME ZONE,
        verdict TEXT NOT NULL,
        claim_verdict TEXT NOT NULL,
        honest_pct SMALLINT,
        rating SMALLINT,
        closed_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (offer_id)
    )
    """,
    """
    CREATE TABLE merchants (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        name TEXT NOT NULL,
        slug TEXT NOT NULL,
        zone TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (slug)
    )
    """,
    """
    CREATE TABLE offer_texts (
        id BIGINT NOT NULL,
        source_offer_id TEXT NOT NULL,
        item_group_id TEXT,
        seller_id TEXT,
        title TEXT NOT NULL,
        description TEXT,
        brand TEXT,
        gtin14 TEXT,
        mpn TEXT,
        colour TEXT,
        size TEXT,
        material TEXT,
        category_path TEXT,
        product_type TEXT,
        unit_amount NUMERIC(18, 4),
        unit TEXT,
        landing_url TEXT,
        affiliate_url TEXT,
        image_urls TEXT[],
        promotion_ids TEXT[],
        attributes JSONB,
        flags TEXT[],
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE offers (
        id BIGINT NOT NULL,
        price_minor BIGINT,
        currency CHAR(3) NOT NULL,
        availability SMALLINT NOT NULL,
        claim_ref_minor BIGINT,
        claim_kind SMALLINT NOT NULL,
        claim_percent SMALLINT,
        regular_minor BIGINT NOT NULL,
        sale_minor BIGINT,
        sale_from TIMESTAMP WITH TIME ZONE,
        sale_to TIMESTAMP WITH TIME ZONE,
        ref_price_minor BIGINT,
        ref_kind SMALLINT NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        shipping_minor BIGINT,
        deposit_minor BIGINT,
        condition SMALLINT,
        audience SMALLINT NOT NULL,
        perishable BOOLEAN,
        status SMALLINT NOT NULL,
        first_run INTEGER NOT NULL,
        changed_run INTEGER NOT NULL,
        PRIMARY KEY (id)
    ) WITH (fillfactor = 85)
    """,
    """
    CREATE TABLE sources (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        merchant_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        location TEXT NOT NULL,
        settings JSONB NOT NULL,
        status TEXT NOT NULL,
        interval_seconds INTEGER NOT NULL,
        next_ordinal BIGINT NOT NULL,
        next_number INTEGER NOT NULL,
        head_run INTEGER NOT NULL,
        head_at TIMESTAMP WITH TIME ZONE,
        state_file TEXT,
        state_run INTEGER NOT NULL,
        digest BYTEA,
        salt NUMERIC(20, 0),
        validators JSONB NOT NULL,
        detected JSONB NOT NULL,
        suspect_gtins TEXT[] NOT NULL,
        full_count INTEGER,
        live INTEGER NOT NULL,
        pending BOOLEAN NOT NULL,
        next_wake TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        removed_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (id),
        UNIQUE (merchant_id, name),
        FOREIGN KEY(merchant_id) REFERENCES merchants (id)
    )
    """,
    """
    CREATE TABLE feed_runs (
        source_id BIGINT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        status TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        carry_micros BIGINT NOT NULL,
        sum_micros BIGINT NOT NULL,
        read INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        rejected JSONB NOT NULL,
        "new" INTEGER NOT NULL,
        unchanged INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        slow_rows INTEGER NOT NULL,
        seen BYTEA,
        segment TEXT,
        rejections TEXT,
        payload JSONB,
        settings JSONB NOT NULL,
        detected JSONB NOT NULL,
        doubts JSONB NOT NULL,
        digest BYTEA,
        seconds REAL NOT NULL,
        PRIMARY KEY (source_id, number),
        FOREIGN KEY(source_id) REFERENCES sources (id)
    )
    """,
    """
    CREATE TABLE price_changes (
        offer_id BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        kind SMALLINT NOT NULL,
        run INTEGER NOT NULL,
        before_minor BIGINT,
        price_minor BIGINT,
        currency CHAR(3),
        availability SMALLINT,
        ref_price_minor BIGINT,
        ref_kind SMALLINT,
        claim_percent SMALLINT,
        PRIMARY KEY (offer_id, at, kind)
    )
     PARTITION BY RANGE (at)
    """,
    """
    CREATE TABLE recent_history (
        offer_id BIGINT NOT NULL,
        first_at TIMESTAMP WITH TIME ZONE,
        low_minor BIGINT,
        entries BYTEA NOT NULL,
        PRIMARY KEY (offer_id)
    ) WITH (fillfactor = 85)
    """,
    """
    CREATE TABLE verdicts (
        offer_id BIGINT NOT NULL,
        judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
        price_minor BIGINT,
        currency CHAR(3),
        verdict SMALLINT NOT NULL,
        claim_verdict SMALLINT NOT NULL,
        honest_pct SMALLINT,
        at_most_pct SMALLINT,
        reason SMALLINT,
        t0 TIMESTAMP WITH TIME ZONE,
        window_start TIMESTAMP WITH TIME ZONE,
        l30_minor BIGINT,
        l30_at TIMESTAMP WITH TIME ZONE,
        coverage_window REAL,
        coverage_since REAL,
        days_seen INTEGER,
        first_seen TIMESTAMP WITH TIME ZONE,
        claim_pct SMALLINT,
        ref_price_minor BIGINT,
        ref_kind SMALLINT,
        ref_first_seen TIMESTAMP WITH TIME ZONE,
        marks SMALLINT NOT NULL,
        lowest_since_days INTEGER,
        asserted_at TIMESTAMP WITH TIME ZONE,
        next_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (offer_id)
    ) WITH (fillfactor = 85)
    """,
    """
    CREATE INDEX verdicts_due ON verdicts ((offer_id >> 32), next_at) WHERE next_at IS NOT NULL
    """,
    """
    CREATE TABLE ratings (
        offer_id BIGINT NOT NULL,
        rated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        score SMALLINT NOT NULL,
        content SMALLINT NOT NULL,
        price SMALLINT NOT NULL,
        freshness SMALLINT NOT NULL,
        merchant SMALLINT NOT NULL,
        availability SMALLINT NOT NULL,
        PRIMARY KEY (offer_id)
    ) WITH (fillfactor = 85)
    """,
)
_TABLES = (
    "ratings",
    "verdicts",
    "recent_history",
    "price_changes",
    "feed_runs",
    "sources",
    "offers",
    "offer_texts",
    "merchants",
    "deals",
    "event_topics",
    "event_outbox",
    "event_log",
    "event_cursors",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
