/**
 * The one way to the server. Adds the CSRF token, turns every failure into a `Problem`, and tells the application
 * when the login has ended.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema";

let csrfToken = "";
export const setCsrfToken = (token: string) => {
  csrfToken = token;
};
/** For the few requests that cannot go through `api`: uploads with progress. */
export const csrfHeader = () => ({ "x-csrf-token": csrfToken });

let onLoginEnded = () => {};
/** What to do when the server says that nobody is signed in. */
export const whenLoginEnded = (action: () => void) => {
  onLoginEnded = action;
};

const manners: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET" && csrfToken) request.headers.set("x-csrf-token", csrfToken);
    return request;
  },
  onError() {
    return new Problem(0);
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });
api.use(manners);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Waits for an answer of `api`: the data, or a thrown `Problem`. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const problem = new Problem(response.status, error);
  if (problem.status === 401 && problem.code === "login_needed") onLoginEnded();
  throw problem;
}
