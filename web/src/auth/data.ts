/** Calls of the sign-in, the first start and invitations. */
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { paths } from "@/api/schema";
import type { Me } from "@/api/types";
import { keepMe } from "@/me/data";

type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer It } } };
}
  ? It
  : never;

/** Nothing of a person before may stay in the cache. */
function enter({ me }: { me: Me }): Me {
  queries.clear();
  return keepMe(me);
}

export const signIn = async (body: Body<"/api/login">) => enter(await take(api.POST("/api/login", { body })));
export const signInByLink = async (token: string) =>
  enter(await take(api.POST("/api/login/link", { body: { token } })));
export const isSetupNeeded = async () => (await take(api.GET("/api/setup"))).needed;
export const setUp = async (body: Body<"/api/setup">) => enter(await take(api.POST("/api/setup", { body })));
export const lookAtInvitation = (token: string) =>
  take(api.POST("/api/invitations/look", { body: { token } }));
export const acceptInvitation = async (body: Body<"/api/invitations/accept">) =>
  enter(await take(api.POST("/api/invitations/accept", { body })));

/**
 * Takes a secret out of the address (`#token=…`), so that it stays neither in the bar nor in the history.
 * Links carry it behind the `#`, because browsers never send that part to a server.
 */
export function takeFromHash(name: string): string | null {
  const value = new URLSearchParams(window.location.hash.slice(1)).get(name);
  if (value)
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  return value;
}
