-- The portal's tables for the main job. Times are milliseconds since 1970 (UTC), flags are 0 or 1, JSON is text.
-- `version` grows with each change of a row and travels in realtime events: older versions are ignored by the screen.

CREATE TABLE company (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    checklist_dismissed BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

-- Named numbers that must be handed out without gaps in commit order: the realtime sequence, session numbers.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
-- `routing` counts passes: whoever distributes dialogs takes this row first, so two nodes never give one slot twice.
INSERT INTO counter (name, value) VALUES ('live_event', 0), ('session', 0), ('routing', 0);

-- Work that only one node does at a time; a dead holder's lease runs out.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until BIGINT NOT NULL
);

-- Staff -----------------------------------------------------------------------------------------------------------

CREATE TABLE operator (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    name TEXT NOT NULL,
    -- Lower case.
    email TEXT NOT NULL UNIQUE,
    -- Argon2id in PHC form; empty until a password is set.
    password_hash TEXT NOT NULL,
    -- admin | operator
    role TEXT NOT NULL,
    active BIGINT NOT NULL DEFAULT 1,
    -- available | busy | break | off
    status TEXT NOT NULL DEFAULT 'off',
    status_since BIGINT NOT NULL,
    -- Last sign of life of any of the operator's sockets, of any node.
    seen_at BIGINT NOT NULL DEFAULT 0,
    -- A socket lives: kept true until `seen_at` is 45 s old, then cleared by the presence worker, which also tells it.
    online BIGINT NOT NULL DEFAULT 0,
    -- Open dialogs at once; 0 = the line's rule.
    dialog_limit BIGINT NOT NULL DEFAULT 0,
    -- JSON: language, theme, enter_sends, shortcuts, sound.
    settings TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL
);

-- A browser that is signed in.
CREATE TABLE login (
    id {{id}},
    operator_id BIGINT NOT NULL REFERENCES operator (id) ON DELETE CASCADE,
    -- SHA-256 of the cookie's token, hex: a stolen table opens nothing.
    token_hash TEXT NOT NULL UNIQUE,
    csrf_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX login_operator ON login (operator_id);

-- Failed sign-ins by account and by address, for the limits.
CREATE TABLE login_failure (
    id {{id}},
    -- email:<address> or ip:<address>
    subject TEXT NOT NULL,
    failed_at BIGINT NOT NULL
);
CREATE INDEX login_failure_subject ON login_failure (subject, failed_at);

-- One-time links: sign-in (operator known) and invitation (operator to be made).
CREATE TABLE invitation (
    id {{id}},
    -- sign_in | join
    kind TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    operator_id BIGINT REFERENCES operator (id) ON DELETE CASCADE,
    email TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT 'operator',
    -- JSON list of line ids to put the person into.
    line_ids TEXT NOT NULL DEFAULT '[]',
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT
);

-- Lines and channels ------------------------------------------------------------------------------------------------

CREATE TABLE line (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    name TEXT NOT NULL,
    -- evenly | strictly | all
    mode TEXT NOT NULL DEFAULT 'evenly',
    accept_time_s BIGINT NOT NULL DEFAULT 60,
    -- Open dialogs of one operator at once; 0 = no limit.
    capacity BIGINT NOT NULL DEFAULT 0,
    check_presence BIGINT NOT NULL DEFAULT 1,
    target_wait_s BIGINT NOT NULL DEFAULT 120,
    language TEXT NOT NULL,
    -- JSON: greeting, closing.
    texts TEXT NOT NULL DEFAULT '{}',
    deleted_at BIGINT,
    created_at BIGINT NOT NULL
);

-- The queue of a line, in its order.
CREATE TABLE line_operator (
    line_id BIGINT NOT NULL REFERENCES line (id) ON DELETE CASCADE,
    operator_id BIGINT NOT NULL REFERENCES operator (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    -- When a dialog of this line was last given to the operator: `evenly` takes the oldest.
    last_given_at BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (line_id, operator_id)
);
CREATE INDEX line_operator_operator ON line_operator (operator_id);

-- The portal's picture of the hub's connections. `id` is the hub's.
CREATE TABLE connection (
    id BIGINT PRIMARY KEY,
    version BIGINT NOT NULL DEFAULT 1,
    channel TEXT NOT NULL,
    line_id BIGINT NOT NULL REFERENCES line (id),
    title TEXT NOT NULL,
    url TEXT,
    picture TEXT,
    -- draft | active | displaced | failing | removed | paused
    state TEXT NOT NULL,
    reason TEXT,
    inbound TEXT,
    -- JSON of the channel's About at the time, so the screen works while the hub is away.
    about TEXT NOT NULL DEFAULT '{}',
    -- Set by our admin, whatever `state` the hub tells: events stay in the inbox and acts in the outbox until resumed.
    paused BIGINT NOT NULL DEFAULT 0,
    changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX connection_line ON connection (line_id);

-- What the hub told last about the channels it serves, so that forms, icons and limits work while it is away.
CREATE TABLE channel (
    code TEXT PRIMARY KEY,
    -- JSON: the channel's About.
    about TEXT NOT NULL,
    -- The hub's order.
    position BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- Where the hub is and the key we share; one row. The key is sealed with the master key.
CREATE TABLE hub_link (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    url TEXT NOT NULL,
    site_id BIGINT NOT NULL,
    licence_key {{blob}} NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Exchange with the hub ---------------------------------------------------------------------------------------------

-- Events as they came, first stored, then worked off in order of `seq` within each connection.
CREATE TABLE inbox (
    id {{id}},
    event_id TEXT NOT NULL UNIQUE,
    connection_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- pending | done | parked
    state TEXT NOT NULL DEFAULT 'pending',
    -- Why it was parked: what the admin is shown.
    problem TEXT
);
-- next_events: the oldest of one connection, in order.
CREATE INDEX inbox_pending ON inbox (connection_id, seq) WHERE state = 'pending';
-- parked: what the admin is shown.
CREATE INDEX inbox_parked ON inbox (id) WHERE state = 'parked';
-- sweep: old events that only serve the dedupe.
CREATE INDEX inbox_received ON inbox (received_at) WHERE state = 'done';

-- One row per connection: who works its events off locks it, and its first event's failures are counted here.
CREATE TABLE inbox_stream (
    connection_id BIGINT PRIMARY KEY,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL DEFAULT 0
);

-- What operators do towards customers: stored with the message, then handed to the hub in order of `id` per dialog.
CREATE TABLE outbox (
    id {{id}},
    -- The Outgoing id on the wire, the same over retries.
    outgoing_id TEXT NOT NULL UNIQUE,
    dialog_id BIGINT NOT NULL,
    connection_id BIGINT NOT NULL,
    message_id BIGINT,
    -- send | edit | delete
    action TEXT NOT NULL,
    -- JSON of the wire's action, without files: their links are signed when it is handed over.
    body TEXT NOT NULL,
    -- JSON: what an edit or deletion replaced, to put back if the channel refuses it.
    undo TEXT,
    created_at BIGINT NOT NULL,
    -- pending | handed (the hub has it) | done | failed | cancelled
    state TEXT NOT NULL DEFAULT 'pending',
    -- Written before each try: at 0 the hub has surely never seen it.
    attempts BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
CREATE INDEX outbox_message ON outbox (message_id);
-- sweep: what was settled long ago.
CREATE INDEX outbox_created ON outbox (created_at) WHERE state IN ('done', 'failed', 'cancelled');

-- Customers and CRM -------------------------------------------------------------------------------------------------

CREATE TABLE customer (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    name TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    language TEXT,
    picture_file_id BIGINT,
    note TEXT NOT NULL DEFAULT '',
    -- The name was typed by staff: the channel no longer changes it.
    name_by_staff BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX customer_phone ON customer (phone);

-- A customer in one connection.
CREATE TABLE identity (
    id {{id}},
    customer_id BIGINT NOT NULL REFERENCES customer (id),
    connection_id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    login TEXT,
    url TEXT,
    -- SHA-256 of the channel's user data: nothing is written while it stays the same.
    data_hash TEXT NOT NULL,
    -- Link of the photo without its signature: another one is downloaded.
    picture TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (connection_id, external_id)
);
CREATE INDEX identity_customer ON identity (customer_id);

CREATE TABLE lead (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    customer_id BIGINT NOT NULL UNIQUE REFERENCES customer (id),
    title TEXT NOT NULL,
    -- new | in_work | won | lost
    stage TEXT NOT NULL DEFAULT 'new',
    -- The channel's code.
    source TEXT NOT NULL,
    responsible_id BIGINT REFERENCES operator (id),
    created_at BIGINT NOT NULL
);

-- Dialogs -----------------------------------------------------------------------------------------------------------

-- Customer x connection x external chat.
CREATE TABLE dialog (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    connection_id BIGINT NOT NULL,
    -- The line it is in now; a transfer may change it.
    line_id BIGINT NOT NULL REFERENCES line (id),
    channel TEXT NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customer (id),
    external_chat_id TEXT NOT NULL,
    chat_name TEXT,
    chat_url TEXT,
    -- The customer has not blocked us.
    reachable BIGINT NOT NULL DEFAULT 1,
    unread_count BIGINT NOT NULL DEFAULT 0,
    last_message_id BIGINT,
    last_activity_at BIGINT NOT NULL,
    -- First customer message that is not answered yet.
    waiting_since BIGINT,
    -- Copied from the newest session, so the list needs one index and no join.
    session_id BIGINT,
    session_state TEXT NOT NULL DEFAULT 'closed',
    operator_id BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (connection_id, external_chat_id)
);
CREATE INDEX dialog_activity ON dialog (session_state, last_activity_at, id);
-- page of the open ones, newest activity first.
CREATE INDEX dialog_open ON dialog (last_activity_at, id) WHERE session_state <> 'closed';
CREATE INDEX dialog_connection ON dialog (connection_id) WHERE session_state <> 'closed';
CREATE INDEX dialog_operator ON dialog (operator_id, session_state, last_activity_at);
CREATE INDEX dialog_waiting ON dialog (line_id, session_state, waiting_since);
CREATE INDEX dialog_customer ON dialog (customer_id);

CREATE TABLE session (
    id {{id}},
    -- Counted through the whole company, shown as "Session 214".
    number BIGINT NOT NULL UNIQUE,
    dialog_id BIGINT NOT NULL REFERENCES dialog (id),
    line_id BIGINT NOT NULL REFERENCES line (id),
    -- waiting | offered | active | closed
    state TEXT NOT NULL,
    operator_id BIGINT REFERENCES operator (id),
    offered_at BIGINT,
    offer_expires_at BIGINT,
    -- JSON list of operators who skipped or let the offer run out in this round.
    passed_by TEXT NOT NULL DEFAULT '[]',
    -- How often everyone had their turn; only the first time is told in the dialog.
    round BIGINT NOT NULL DEFAULT 1,
    opened_at BIGINT NOT NULL,
    accepted_at BIGINT,
    first_reply_at BIGINT,
    closed_at BIGINT,
    closed_by BIGINT,
    reopened BIGINT NOT NULL DEFAULT 0
);
-- The law: one open session per dialog.
CREATE UNIQUE INDEX session_one_open ON session (dialog_id) WHERE state <> 'closed';
CREATE INDEX session_dialog ON session (dialog_id, id);
-- next_due_offer: whose time to accept runs out first.
CREATE INDEX session_offer_due ON session (offer_expires_at) WHERE state = 'offered';
CREATE INDEX session_offered ON session (id) WHERE state = 'offered';
-- waiting_of_lines: who is given the next free slot.
CREATE INDEX session_waiting ON session (line_id, opened_at) WHERE state = 'waiting';
-- load of an operator.
CREATE INDEX session_operator ON session (operator_id) WHERE state = 'active';

-- Who may accept an offered session now.
CREATE TABLE session_offer (
    session_id BIGINT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    operator_id BIGINT NOT NULL REFERENCES operator (id) ON DELETE CASCADE,
    dialog_id BIGINT NOT NULL,
    PRIMARY KEY (session_id, operator_id)
);
CREATE INDEX session_offer_operator ON session_offer (operator_id);
CREATE INDEX session_offer_dialog ON session_offer (dialog_id);

CREATE TABLE message (
    id {{id}},
    version BIGINT NOT NULL DEFAULT 1,
    dialog_id BIGINT NOT NULL REFERENCES dialog (id),
    session_id BIGINT NOT NULL REFERENCES session (id),
    -- incoming | reply | note | system
    kind TEXT NOT NULL,
    -- customer | operator | system | bot
    author_kind TEXT NOT NULL,
    operator_id BIGINT,
    -- BB code as in the protocol.
    text TEXT NOT NULL DEFAULT '',
    -- JSON: location, contact, forwarded, buttons, reactions, start_payload, system.
    extra TEXT NOT NULL DEFAULT '{}',
    -- The channel's id: the first of them where the channel made several.
    external_id TEXT,
    album TEXT,
    reply_to_id BIGINT,
    -- Made by the browser: the same twice is one message.
    client_id TEXT,
    -- queued | sent | delivered | read | failed | uncertain; null for what does not travel
    delivery TEXT,
    delivery_reason TEXT,
    delivery_text TEXT,
    at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT
);
CREATE INDEX message_dialog ON message (dialog_id, id);
CREATE UNIQUE INDEX message_client ON message (dialog_id, client_id) WHERE client_id IS NOT NULL;
-- Edits, replies, reactions and redeliveries name the channel's id.
CREATE UNIQUE INDEX message_external ON message (dialog_id, external_id) WHERE external_id IS NOT NULL AND kind = 'incoming';
CREATE INDEX message_external_any ON message (dialog_id, external_id);
CREATE INDEX message_album ON message (dialog_id, album) WHERE album IS NOT NULL;

-- The channel's further ids of one message: parts of an album, pieces of a split text.
CREATE TABLE message_part (
    dialog_id BIGINT NOT NULL,
    external_id TEXT NOT NULL,
    message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    PRIMARY KEY (dialog_id, external_id)
);
CREATE INDEX message_part_message ON message_part (message_id, position);

CREATE TABLE draft (
    operator_id BIGINT NOT NULL REFERENCES operator (id) ON DELETE CASCADE,
    dialog_id BIGINT NOT NULL REFERENCES dialog (id) ON DELETE CASCADE,
    -- reply | note
    mode TEXT NOT NULL,
    text TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (operator_id, dialog_id, mode)
);

-- Files -------------------------------------------------------------------------------------------------------------

CREATE TABLE file (
    id {{id}},
    -- Null until it belongs to a message; uploads without one are swept.
    message_id BIGINT REFERENCES message (id),
    position BIGINT NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size BIGINT,
    -- image | video | audio | voice | sticker | file
    kind TEXT NOT NULL,
    duration_s BIGINT,
    width BIGINT,
    height BIGINT,
    -- loading | ready | failed | too_big
    state TEXT NOT NULL,
    -- Where to download it from; cleared when ready.
    source_url TEXT,
    -- Name inside the local store: unguessable, never the customer's.
    stored_as TEXT,
    sha256 TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    uploaded_by BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX file_message ON file (message_id, position);
CREATE INDEX file_loading ON file (next_try_at) WHERE state = 'loading';

-- Realtime ----------------------------------------------------------------------------------------------------------

-- What changed, in commit order; kept long enough for a browser that slept to catch up.
CREATE TABLE live_event (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    -- dialog | message | operator | line | connection | customer | lead | me
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    -- Who may see it: the line, or null for all staff; or one operator.
    line_id BIGINT,
    operator_id BIGINT
);
CREATE INDEX live_event_at ON live_event (at);

-- Who did what to the settings and people. Rows are only added.
CREATE TABLE audit (
    id {{id}},
    at BIGINT NOT NULL,
    operator_id BIGINT,
    act TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id BIGINT,
    detail TEXT NOT NULL DEFAULT '{}'
);

-- Search --------------------------------------------------------------------------------------------------------------
-- `words` is folded by our code (case, ё to е) so that both engines find the same.

CREATE TABLE search_text (
    -- message | dialog
    kind TEXT NOT NULL,
    entity_id BIGINT NOT NULL,
    dialog_id BIGINT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (kind, entity_id)
);
-- sqlite:
CREATE VIRTUAL TABLE search_index USING fts5 (words, content = 'search_text', content_rowid = 'rowid', tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER search_text_added AFTER INSERT ON search_text BEGIN
    INSERT INTO search_index (rowid, words) VALUES (new.rowid, new.words);
END;
CREATE TRIGGER search_text_removed AFTER DELETE ON search_text BEGIN
    INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.rowid, old.words);
END;
CREATE TRIGGER search_text_changed AFTER UPDATE ON search_text BEGIN
    INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.rowid, old.words);
    INSERT INTO search_index (rowid, words) VALUES (new.rowid, new.words);
END;
-- postgres:
CREATE INDEX search_text_words ON search_text USING GIN (to_tsvector('simple', words));
-- both:
