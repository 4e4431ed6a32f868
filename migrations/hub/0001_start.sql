-- Records of the hub. Events towards portals lie in the queue store: migrations/hub/queue.
CREATE TABLE site (
    id {{id}},
    name TEXT NOT NULL,
    -- Where batches go; empty until the portal says hello for the first time.
    address TEXT NOT NULL,
    -- JSON list of licence keys, sealing one first; encrypted.
    licence_keys {{blob}} NOT NULL,
    -- active | removed
    state TEXT NOT NULL,
    software TEXT NOT NULL DEFAULT '',
    greeted_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE connection (
    id {{id}},
    site BIGINT NOT NULL REFERENCES site (id),
    channel TEXT NOT NULL,
    line TEXT NOT NULL,
    -- The unguessable part of the webhook address.
    hash TEXT NOT NULL,
    -- What must be unique in the hub; empty for a draft.
    identity TEXT NOT NULL DEFAULT '',
    -- draft | active | failing | displaced | removed
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    picture TEXT NOT NULL DEFAULT '',
    -- webhook | polling; empty for a draft
    inbound TEXT NOT NULL DEFAULT '',
    -- What the connector keeps, JSON; encrypted.
    memory {{blob}},
    -- Where the next poll goes on.
    poll_cursor TEXT NOT NULL DEFAULT '',
    last_event_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX connection_hash ON connection (hash);
-- One living connection per account, whatever two portals do at the same moment.
CREATE UNIQUE INDEX connection_identity ON connection (identity) WHERE state IN ('active', 'failing');
CREATE INDEX connection_site ON connection (site, id);
-- Serves the start and the health rounds.
CREATE INDEX connection_living ON connection (id) WHERE state IN ('active', 'failing');

CREATE TABLE setting (
    connection BIGINT NOT NULL REFERENCES connection (id),
    name TEXT NOT NULL,
    -- Encrypted, also where the field is no secret.
    value {{blob}} NOT NULL,
    PRIMARY KEY (connection, name)
);

-- Events that follow from a change in these records, written in its transaction, on their way to the queue store.
CREATE TABLE announcement (
    id {{id}},
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    -- 1: the line is closed, and this is its last word.
    closes BIGINT NOT NULL,
    -- The queue leaves a second one with the same id out.
    external_id TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    -- JSON of the universal body; empty for a line that is closed in silence.
    body TEXT NOT NULL
);

-- Acts of operators on their way to a channel, and what became of those of the last 72 hours.
CREATE TABLE outgoing (
    id {{id}},
    site BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    chat TEXT NOT NULL,
    outgoing_id TEXT NOT NULL,
    -- JSON of the act.
    body TEXT NOT NULL,
    -- waiting | done | failed
    state TEXT NOT NULL,
    -- How far it is: calls done, calls done of what stands in place of the next, ids so far.
    step BIGINT NOT NULL DEFAULT 0,
    sub_step BIGINT NOT NULL DEFAULT 0,
    message_ids TEXT NOT NULL DEFAULT '[]',
    -- A call is under way: if we find this after a start, its answer is lost.
    is_sending BIGINT NOT NULL DEFAULT 0,
    -- Answers lost so far.
    lost BIGINT NOT NULL DEFAULT 0,
    tries BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX outgoing_once ON outgoing (site, outgoing_id);
CREATE INDEX outgoing_next ON outgoing (connection, chat, id) WHERE state = 'waiting';
CREATE INDEX outgoing_finished ON outgoing (finished_at) WHERE state <> 'waiting';

-- Chats that live under another id now.
CREATE TABLE chat_moved (
    connection BIGINT NOT NULL,
    chat TEXT NOT NULL,
    moved_to TEXT NOT NULL,
    PRIMARY KEY (connection, chat)
);

-- References of files that are too long for a link.
CREATE TABLE file_reference (
    connection BIGINT NOT NULL,
    digest TEXT NOT NULL,
    reference TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (connection, digest)
);
