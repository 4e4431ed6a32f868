/** What went wrong, in a form that a screen can act on. Every call of the server either answers or throws this. */
export class Problem extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number;
  /** The server's word for the case, like `taken`; `offline` when it could not be reached. */
  readonly code: string | undefined;
  /** Which field of the request is wrong, like `admin.email`. */
  readonly field: string | undefined;
  /** The server's sentence for the case; empty when there is none. */
  readonly detail: string;
  readonly retryAfterS: number | undefined;
  /** To be named to support: finds the case in the server's log. */
  readonly supportId: string | undefined;
  readonly holderId: number | undefined;

  constructor(status: number, body: unknown = {}) {
    const it = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    const count = (value: unknown) => (typeof value === "number" ? value : undefined);
    super(text(it.title) ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = text(it.code) ?? (status === 0 ? "offline" : undefined);
    this.field = text(it.field);
    this.detail = text(it.detail) ?? "";
    this.retryAfterS = count(it.retry_after_s);
    this.supportId = text(it.id);
    this.holderId = count(it.holder_id);
  }

  get isOffline() {
    return this.status === 0;
  }
}

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem(500, { title: error instanceof Error ? error.message : String(error) });

/** Is this the named refusal of the server? */
export const isCode = <Code extends string>(error: unknown, code: Code): error is Problem & { code: Code } =>
  error instanceof Problem && error.code === code;
