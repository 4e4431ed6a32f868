-- The queue towards portals, in a file of its own. Times are milliseconds. See crates/hub/src/queue/mod.rs.
CREATE TABLE line (
    connection INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    next_seq INTEGER NOT NULL DEFAULT 1,
    floor INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    first_failed_at INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    quiet INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0
);
-- Serves the load at start and the figures: idle lines are not in it.
CREATE INDEX line_pending ON line (connection) WHERE pending > 0;

-- A rowid table: bodies in a WITHOUT ROWID tree made inserts four times slower and the file three times larger.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    form INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX event_line ON event (connection, seq);

-- Tidied from the lowest id up, so it needs no index on time.
CREATE TABLE dedupe (
    id INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE UNIQUE INDEX dedupe_key ON dedupe (connection, external_id);

-- A ring per line: slot is the epoch modulo the number kept, so it bounds itself.
CREATE TABLE attempt (
    connection INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    at INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    code INTEGER NOT NULL,
    took_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (connection, slot)
) WITHOUT ROWID;

-- Ranges that left without a receipt. Their rows stay in event until expires_at.
CREATE TABLE dropped (
    id INTEGER PRIMARY KEY,
    site INTEGER NOT NULL,
    connection INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- The event that tells the portal; 0 if it is not told.
    notice_seq INTEGER NOT NULL,
    dropped_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX dropped_line ON dropped (connection, notice_seq);
CREATE INDEX dropped_expiry ON dropped (expires_at);
