-- The queue towards portals. Times are milliseconds. Every key begins with the site, so the tables can be partitioned.
CREATE TABLE queue_line (
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    next_seq BIGINT NOT NULL DEFAULT 1,
    floor BIGINT NOT NULL DEFAULT 0,
    pending BIGINT NOT NULL DEFAULT 0,
    attempt BIGINT NOT NULL DEFAULT 0,
    first_failed_at BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    quiet BIGINT NOT NULL DEFAULT 0,
    closed BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site, connection)
) WITH (fillfactor = 70);
-- Serves the load at start and the figures: idle lines are not in it.
CREATE INDEX queue_line_pending ON queue_line (connection) WHERE pending > 0;

CREATE TABLE queue_event (
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    stored_at BIGINT NOT NULL,
    form BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (site, connection, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Tidied from the lowest id up, so it needs no index on time.
CREATE TABLE queue_dedupe (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE UNIQUE INDEX queue_dedupe_key ON queue_dedupe (site, connection, external_id);

-- A ring per line: slot is the epoch modulo the number kept, so it bounds itself.
CREATE TABLE queue_attempt (
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    at BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    code BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (site, connection, slot)
);

-- Ranges that left without a receipt. Their rows stay in queue_event until expires_at.
CREATE TABLE queue_dropped (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    count BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- The event that tells the portal; 0 if it is not told.
    notice_seq BIGINT NOT NULL,
    dropped_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX queue_dropped_line ON queue_dropped (site, connection, notice_seq);
CREATE INDEX queue_dropped_expiry ON queue_dropped (expires_at);
