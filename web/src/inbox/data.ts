/** Calls about dialogs, messages and files. Nothing here knows of screens or stores. */
import { api, csrfHeader, take } from "@/api/client";
import { asProblem, Problem } from "@/api/problem";
import type { Dialog, Message, File as OurFile } from "@/api/types";
import type { Outcome, Pending } from "./store/outbox";
import type { Filter } from "./store/views";

const path = (id: number) => ({ path: { id } });

export const fetchDialogs = (filter: Filter, limit: number, cursor?: string) =>
  take(
    api.GET("/api/dialogs", {
      params: {
        query: {
          view: filter.view,
          line: filter.line,
          channel: filter.channel,
          operator: filter.operator,
          unanswered: filter.unanswered || undefined,
          sort: filter.sort,
          limit,
          cursor,
        },
      },
    }),
  );

export const fetchDialog = (id: number) => take(api.GET("/api/dialogs/{id}", { params: path(id) }));

export type WindowQuery = { before?: number; after?: number; around?: number; limit: number };
export async function fetchMessages(id: number, query: WindowQuery) {
  const { messages, meta } = await take(
    api.GET("/api/dialogs/{id}/messages", { params: { ...path(id), query } }),
  );
  return { messages, moreBefore: meta.more_before, moreAfter: meta.more_after, seq: meta.seq };
}

export const search = (q: string, limit: number) =>
  take(api.GET("/api/search", { params: { query: { q, limit } } }));

const dialogCall = async (call: Promise<{ dialog: Dialog }>) => (await call).dialog;
export const acceptDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/accept", { params: path(id) })));
export const skipDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/skip", { params: path(id) })));
export const returnDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/return", { params: path(id) })));
export const takeOverDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/take_over", { params: path(id) })));
export const reopenDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/reopen", { params: path(id) })));
export const finishDialog = (id: number) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/finish", { params: path(id) })));
export const transferDialog = (id: number, to: { operator_id: number } | { line_id: number }) =>
  dialogCall(take(api.POST("/api/dialogs/{id}/transfer", { params: path(id), body: to })));

export const markRead = (id: number, message_id: number) =>
  take(api.POST("/api/dialogs/{id}/read", { params: path(id), body: { message_id } }));
export const markUnread = (id: number) => take(api.POST("/api/dialogs/{id}/unread", { params: path(id) }));
export const tellTyping = (id: number) => take(api.POST("/api/dialogs/{id}/typing", { params: path(id) }));
export const putDraft = (id: number, mode: "reply" | "note", text: string) =>
  take(api.PUT("/api/dialogs/{id}/draft", { params: path(id), body: { mode, text } }));

const messageCall = async (call: Promise<{ message: Message }>) => (await call).message;
export const editMessage = (id: number, text: string) =>
  messageCall(take(api.PATCH("/api/messages/{id}", { params: path(id), body: { text } })));
export const deleteMessage = (id: number) =>
  messageCall(take(api.DELETE("/api/messages/{id}", { params: path(id) })));
export const resendMessage = (id: number) =>
  messageCall(take(api.POST("/api/messages/{id}/resend", { params: path(id) })));

/** One try to send; says what became of it instead of throwing. */
export async function postMessage(pending: Pending): Promise<Outcome> {
  const { client_id, kind, text, take_over } = pending;
  const body = {
    client_id,
    kind,
    text,
    file_ids: pending.files.map((it) => it.id),
    reply_to: pending.reply_to?.message_id ?? null,
    take_over,
  };
  try {
    const { message } = await take(
      api.POST("/api/dialogs/{id}/messages", { params: path(pending.dialog_id), body }),
    );
    return { kind: "sent", message };
  } catch (error) {
    const problem = asProblem(error);
    // Nothing is known about a failed server or a missing login: the same id may be sent again without harm.
    if (problem.isOffline || problem.status === 401 || problem.status === 429 || problem.status >= 500)
      return { kind: "later", waitS: problem.retryAfterS };
    return { kind: "never", code: problem.code, detail: problem.detail };
  }
}

/** Uploads one file and tells how far it is, from 0 to 1. The request is ended through `signal`. */
export function uploadFile(
  file: File,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<OurFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/files");
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300)
        resolve((request.response as { file: OurFile }).file);
      else reject(new Problem(request.status, request.response));
    };
    request.onerror = () => reject(new Problem(0));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.set("file", file, file.name);
    request.send(form);
  });
}
