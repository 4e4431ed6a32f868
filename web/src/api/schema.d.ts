/**
 * The server's API as types, in the shape that openapi-typescript writes. `npm run gen` replaces this file from
 * docs/api/openapi.json; names under `components.schemas` stay, so nothing else has to change.
 */
type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Nothing = { headers: { [name: string]: unknown }; content?: never };
type Params<Path, Query> = { query?: Query; header?: never; path: Path; cookie?: never };
type Operation<Path, Query, Body, Answer> = {
  parameters: [Path] extends [never]
    ? { query?: Query; header?: never; path?: never; cookie?: never }
    : Params<Path, Query>;
  requestBody: [Body] extends [never] ? never : { content: { "application/json": Body } };
  responses: {
    200: [Answer] extends [never] ? Nothing : Json<Answer>;
    default: { headers: { [name: string]: unknown }; content: { "application/problem+json": Schemas["Problem"] } };
  };
};
type Get<Answer, Path = never, Query = never> = Omit<Operation<Path, Query, never, Answer>, "requestBody"> & {
  requestBody?: never;
};
type Send<Body, Answer, Path = never> = [Body] extends [never]
  ? Omit<Operation<Path, never, never, Answer>, "requestBody"> & { requestBody?: never }
  : Operation<Path, never, Body, Answer>;
type Id = { id: number };
type Schemas = components["schemas"];

export interface components {
  schemas: {
    Problem: {
      type?: string;
      title: string;
      status: number;
      detail?: string | null;
      code?: string | null;
      field?: string | null;
      retry_after_s?: number | null;
      id?: string | null;
      holder_id?: number | null;
    };
    LanguageCode: "ru" | "en";
    Texts: { en: string; ru: string };
    Theme: "system" | "light" | "dark";
    PresenceStatus: "available" | "busy" | "break" | "off";
    Role: "admin" | "operator";
    Company: { name: string; time_zone: string; language: Schemas["LanguageCode"] };
    Operator: {
      id: number;
      version: number;
      name: string;
      email: string;
      role: Schemas["Role"];
      active: boolean;
      status: Schemas["PresenceStatus"];
      status_since: string;
      online: boolean;
      limit: number;
      line_ids: number[];
      open_count: number;
      avatar?: string | null;
    };
    MeSettings: {
      language?: Schemas["LanguageCode"] | null;
      theme: Schemas["Theme"];
      enter_sends: boolean;
      shortcuts: boolean;
      sound: boolean;
    };
    Checklist: { line: boolean; channel: boolean; invited: boolean; dismissed: boolean };
    Me: {
      operator: Schemas["Operator"];
      csrf_token: string;
      company: Schemas["Company"];
      settings: Schemas["MeSettings"];
      checklist: Schemas["Checklist"];
      server_version: string;
      demo: boolean;
    };
    Invitation: {
      id: number;
      email?: string | null;
      name?: string | null;
      role: Schemas["Role"];
      line_ids: number[];
      created_at: string;
      expires_at: string;
      accepted_at?: string | null;
    };
    LineMode: "evenly" | "strictly" | "all";
    Greeting: { enabled: boolean; when: "each" | "first"; texts: Schemas["Texts"] };
    Closing: { enabled: boolean; texts: Schemas["Texts"] };
    Line: {
      id: number;
      version: number;
      name: string;
      mode: Schemas["LineMode"];
      accept_time_s: number;
      capacity: number;
      check_presence: boolean;
      target_wait_s: number;
      operator_ids: number[];
      greeting: Schemas["Greeting"];
      closing: Schemas["Closing"];
      language: Schemas["LanguageCode"];
      on_line: number;
      waiting: number;
    };
    LinePatch: {
      name?: string;
      mode?: Schemas["LineMode"];
      accept_time_s?: number;
      capacity?: number;
      check_presence?: boolean;
      target_wait_s?: number;
      operator_ids?: number[];
      greeting?: Schemas["Greeting"];
      closing?: Schemas["Closing"];
      language?: Schemas["LanguageCode"];
    };
    ChannelField: {
      name: string;
      kind: "text" | "secret" | "switch";
      label: Schemas["Texts"];
      help: Schemas["Texts"];
      pattern?: string | null;
      required: boolean;
    };
    Can: {
      edit: boolean;
      delete: boolean;
      typing: boolean;
      read: boolean;
      reply: boolean;
      buttons: boolean;
      files: boolean;
      formatting: boolean;
      write_first: boolean;
      delivered: boolean;
      seen: boolean;
    };
    ChannelLimits: {
      text_max: number;
      files_max: number;
      image_max_bytes: number;
      file_max_bytes: number;
      delete_within_s: number;
      connection_rate: number;
      chat_rate: number;
    };
    About: {
      code: string;
      title: string;
      mark: string;
      color: string;
      icon: string;
      summary: Schemas["Texts"];
      steps: Schemas["Texts"][];
      fields: Schemas["ChannelField"][];
      can: Schemas["Can"];
      limits: Schemas["ChannelLimits"];
    };
    ConnectionState: "draft" | "active" | "displaced" | "failing" | "removed" | "paused";
    Connection: {
      id: number;
      version: number;
      channel: string;
      line_id: number;
      title: string;
      url?: string | null;
      picture?: string | null;
      state: Schemas["ConnectionState"];
      reason?: string | null;
      changed_at: string;
      inbound?: "webhook" | "polling" | null;
      last_message_at?: string | null;
      messages_today: number;
    };
    Stage: { name: string; ok?: boolean | null; text: string };
    Account: { title: string; url?: string | null; picture?: string | null };
    ConnectionCheck: { stages: Schemas["Stage"][]; account?: Schemas["Account"] | null; used_by?: string | null };
    /** Values by field name: text for text and secret fields, true or false for switches. */
    ConnectionSettings: { [name: string]: string | boolean };
    Author: { kind: "customer" | "operator" | "system" | "bot"; operator_id?: number | null; name: string };
    SessionState: "waiting" | "offered" | "active" | "closed";
    DialogSession: {
      id: number;
      number: number;
      state: Schemas["SessionState"];
      operator_id?: number | null;
      offered_to: number[];
      offered_at?: string | null;
      offer_expires_at?: string | null;
      opened_at: string;
      accepted_at?: string | null;
      closed_at?: string | null;
      closed_by?: number | null;
      reopened: boolean;
    };
    DeliveryState: "queued" | "sent" | "delivered" | "read" | "failed" | "uncertain";
    Delivery: { state: Schemas["DeliveryState"]; reason?: string | null; text?: string | null };
    MessageKind: "incoming" | "reply" | "note" | "system";
    LastMessage: {
      id: number;
      author: "customer" | "operator" | "system" | "bot";
      operator_id?: number | null;
      preview: string;
      kind: Schemas["MessageKind"];
      files: number;
      at: string;
      delivery?: Schemas["Delivery"] | null;
    };
    DialogCustomer: { id: number; name: string; picture?: string | null; language?: string | null };
    Dialog: {
      id: number;
      version: number;
      channel: string;
      connection_id: number;
      line_id: number;
      chat?: { name: string; url?: string | null } | null;
      reachable: boolean;
      customer: Schemas["DialogCustomer"];
      session: Schemas["DialogSession"];
      last_message?: Schemas["LastMessage"] | null;
      last_activity_at: string;
      waiting_since?: string | null;
      unread_count: number;
      lead_id?: number | null;
    };
    DialogView: "mine" | "waiting" | "all" | "finished";
    DialogCounts: { mine: number; waiting: number; all: number; finished: number; offered: number };
    PastSession: {
      id: number;
      number: number;
      state: Schemas["SessionState"];
      operator_id?: number | null;
      opened_at: string;
      closed_at?: string | null;
      line_id: number;
    };
    File: {
      id: number;
      name: string;
      mime: string;
      size: number;
      kind: "image" | "video" | "audio" | "voice" | "sticker" | "file";
      url?: string | null;
      state?: "ready" | "loading" | "failed" | "too_big";
      duration_s?: number | null;
      width?: number | null;
      height?: number | null;
    };
    Message: {
      id: number;
      version: number;
      dialog_id: number;
      session_id: number;
      kind: Schemas["MessageKind"];
      author: Schemas["Author"];
      text: string;
      files: Schemas["File"][];
      location?: { latitude: number; longitude: number; title?: string | null } | null;
      contact?: { name: string; phone: string } | null;
      reply_to?: { message_id?: number | null; author: string; preview: string } | null;
      forwarded?: { from: string; date?: string | null } | null;
      buttons: { text: string; url?: string | null }[][];
      reactions: string[];
      edited_at?: string | null;
      deleted_at?: string | null;
      at: string;
      client_id?: string | null;
      delivery?: Schemas["Delivery"] | null;
      system?: Schemas["SystemLine"] | null;
    };
    SystemLine: {
      code: string;
      number?: number;
      operator_id?: number | null;
      operator_ids?: number[];
      from?: number | string | null;
      to?: string;
      to_operator?: number | null;
      to_line?: number | null;
      payload?: string;
      reason?: string;
      count?: number;
      lead_id?: number;
    };
    FoundMessage: { dialog_id: number; message_id: number; snippet: string; at: string; author: string };
    Identity: {
      channel: string;
      connection_id: number;
      external_id: string;
      login?: string | null;
      url?: string | null;
    };
    Customer: {
      id: number;
      version: number;
      name: string;
      phone?: string | null;
      email?: string | null;
      language?: string | null;
      picture?: string | null;
      note?: string | null;
      created_at: string;
      identities: Schemas["Identity"][];
      lead_id?: number | null;
    };
    LeadStage: "new" | "in_work" | "won" | "lost";
    Lead: {
      id: number;
      version: number;
      title: string;
      stage: Schemas["LeadStage"];
      source: string;
      responsible_id?: number | null;
      created_at: string;
    };
    LiveFrame:
      | { type: "hello"; seq: number; server_time: string }
      | { type: "reset" }
      | { type: "pong" }
      | { type: "bye"; reason: "revoked" | "shutdown" }
      | { type: "dialog_changed"; seq: number; prev: number; dialog: Schemas["Dialog"] }
      | { type: "dialog_gone"; seq: number; prev: number; dialog_id: number }
      | { type: "message_changed"; seq: number; prev: number; message: Schemas["Message"] }
      | { type: "operator_changed"; seq: number; prev: number; operator: Schemas["Operator"] }
      | { type: "line_changed"; seq: number; prev: number; line: Schemas["Line"] }
      | { type: "connection_changed"; seq: number; prev: number; connection: Schemas["Connection"] }
      | { type: "customer_changed"; seq: number; prev: number; customer: Schemas["Customer"] }
      | { type: "lead_changed"; seq: number; prev: number; lead: Schemas["Lead"] }
      | { type: "typing"; dialog_id: number; who: "customer" | number }
      | { type: "viewing"; dialog_id: number; operator_ids: number[] };
  };
}

export interface paths {
  "/api/setup": {
    get: Get<{ needed: boolean }>;
    post: Send<
      { code: string; company: Schemas["Company"]; admin: { name: string; email: string; password: string } },
      { me: Schemas["Me"] }
    >;
  };
  "/api/login": { post: Send<{ email: string; password: string }, { me: Schemas["Me"] }> };
  "/api/login/link": { post: Send<{ token: string }, { me: Schemas["Me"] }> };
  "/api/logout": { post: Send<never, never> };
  "/api/me": {
    get: Get<{ me: Schemas["Me"] }>;
    patch: Send<
      {
        name?: string;
        settings?: Partial<Schemas["MeSettings"]>;
        password?: { current: string; new: string };
      },
      { me: Schemas["Me"] }
    >;
  };
  "/api/me/presence": {
    post: Send<
      { status: Schemas["PresenceStatus"]; open_dialogs?: "keep" | "return" },
      { operator: Schemas["Operator"] }
    >;
  };
  "/api/me/checklist": { post: Send<{ dismissed: true }, { me: Schemas["Me"] }> };
  "/api/company": {
    get: Get<{ company: Schemas["Company"] }>;
    patch: Send<Partial<Schemas["Company"]>, { company: Schemas["Company"] }>;
  };
  "/api/operators": { get: Get<{ operators: Schemas["Operator"][] }> };
  "/api/operators/{id}": {
    patch: Send<
      { name?: string; role?: Schemas["Role"]; active?: boolean; limit?: number },
      { operator: Schemas["Operator"] },
      Id
    >;
  };
  "/api/invitations": {
    get: Get<{ invitations: Schemas["Invitation"][] }>;
    post: Send<
      { email?: string; name?: string; role: Schemas["Role"]; line_ids: number[] },
      { invitation: Schemas["Invitation"]; url: string }
    >;
  };
  "/api/invitations/{id}": { delete: Send<never, never, Id> };
  "/api/invitations/look": {
    post: Send<
      { token: string },
      { company_name: string; email?: string | null; name?: string | null; role: Schemas["Role"] }
    >;
  };
  "/api/invitations/accept": {
    post: Send<{ token: string; name: string; email: string; password: string }, { me: Schemas["Me"] }>;
  };
  "/api/lines": {
    get: Get<{ lines: Schemas["Line"][] }>;
    post: Send<Schemas["LinePatch"] & { name: string }, { line: Schemas["Line"] }>;
  };
  "/api/lines/{id}": {
    get: Get<{ line: Schemas["Line"] }, Id>;
    patch: Send<Schemas["LinePatch"], { line: Schemas["Line"] }, Id>;
    delete: Send<never, never, Id>;
  };
  "/api/channels": { get: Get<{ channels: Schemas["About"][] }> };
  "/api/connections": {
    get: Get<{ connections: Schemas["Connection"][] }>;
    post: Send<
      { line_id: number; channel: string; settings: Schemas["ConnectionSettings"]; take_over: boolean },
      { connection: Schemas["Connection"] }
    >;
  };
  "/api/connections/check": {
    post: Send<{ channel: string; settings: Schemas["ConnectionSettings"] }, Schemas["ConnectionCheck"]>;
  };
  "/api/connections/{id}": {
    patch: Send<{ line_id?: number; paused?: boolean }, { connection: Schemas["Connection"] }, Id>;
    delete: Send<never, never, Id>;
  };
  "/api/connections/{id}/check": { post: Send<never, { stages: Schemas["Stage"][] }, Id> };
  "/api/connections/{id}/reconnect": {
    post: Send<
      { settings?: Schemas["ConnectionSettings"]; take_over?: boolean },
      { connection: Schemas["Connection"] },
      Id
    >;
  };
  "/api/dialogs": {
    get: Get<
      {
        dialogs: Schemas["Dialog"][];
        meta: { next?: string | null; counts: Schemas["DialogCounts"]; seq: number };
      },
      never,
      {
        view?: Schemas["DialogView"];
        line?: number;
        channel?: string;
        operator?: number;
        unanswered?: boolean;
        sort?: "waiting" | "activity";
        limit?: number;
        cursor?: string;
      }
    >;
  };
  "/api/dialogs/{id}": {
    get: Get<
      {
        dialog: Schemas["Dialog"];
        customer: Schemas["Customer"];
        sessions: Schemas["PastSession"][];
        lead?: Schemas["Lead"] | null;
        drafts: { reply: string; note: string };
        meta: { seq: number };
      },
      Id
    >;
  };
  "/api/dialogs/{id}/messages": {
    get: Get<
      {
        messages: Schemas["Message"][];
        meta: { more_before: boolean; more_after: boolean; seq: number };
      },
      Id,
      { before?: number; after?: number; around?: number; limit?: number }
    >;
    post: Send<
      {
        client_id: string;
        kind: "reply" | "note";
        text: string;
        file_ids: number[];
        reply_to?: number | null;
        take_over: boolean;
      },
      { message: Schemas["Message"] },
      Id
    >;
  };
  "/api/messages/{id}": {
    patch: Send<{ text: string }, { message: Schemas["Message"] }, Id>;
    delete: Send<never, { message: Schemas["Message"] }, Id>;
  };
  "/api/messages/{id}/resend": { post: Send<never, { message: Schemas["Message"] }, Id> };
  "/api/dialogs/{id}/accept": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/skip": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/return": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/take_over": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/reopen": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/finish": { post: Send<never, { dialog: Schemas["Dialog"] }, Id> };
  "/api/dialogs/{id}/transfer": {
    post: Send<{ operator_id: number } | { line_id: number }, { dialog: Schemas["Dialog"] }, Id>;
  };
  "/api/dialogs/{id}/read": { post: Send<{ message_id: number }, never, Id> };
  "/api/dialogs/{id}/unread": { post: Send<never, never, Id> };
  "/api/dialogs/{id}/typing": { post: Send<never, never, Id> };
  "/api/dialogs/{id}/draft": { put: Send<{ mode: "reply" | "note"; text: string }, never, Id> };
  "/api/search": {
    get: Get<
      { dialogs: Schemas["Dialog"][]; messages: Schemas["FoundMessage"][] },
      never,
      { q: string; limit?: number }
    >;
  };
  "/api/customers/{id}": {
    get: Get<
      { customer: Schemas["Customer"]; lead?: Schemas["Lead"] | null; sessions: Schemas["PastSession"][] },
      Id
    >;
    patch: Send<
      { name?: string; phone?: string; email?: string; note?: string },
      { customer: Schemas["Customer"] },
      Id
    >;
  };
  "/api/leads/{id}": {
    patch: Send<
      { title?: string; stage?: Schemas["LeadStage"]; responsible_id?: number },
      { lead: Schemas["Lead"] },
      Id
    >;
  };
}
