/** Who is signed in: asked once, then kept by answers and by the live line. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, setCsrfToken, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { Company, Me, MeSettings, Operator, PresenceStatus } from "@/api/types";
import { isLocale, setLocale } from "@/i18n/locale";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    const { me } = await take(api.GET("/api/me"));
    return receiveMe(me);
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Takes over what depends on the person: token and language. */
function receiveMe(me: Me): Me {
  setCsrfToken(me.csrf_token);
  if (isLocale(me.settings.language)) setLocale(me.settings.language);
  return me;
}

export function keepMe(me: Me): Me {
  queries.setQueryData(meQuery.queryKey, receiveMe(me));
  return me;
}

/** The signed-in person. Only for screens behind the sign-in, where it is always there. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("useMe is used outside of the signed-in part");
  return data;
}

export const currentMe = () => queries.getQueryData(meQuery.queryKey);
export const useIsAdmin = () => useMe().operator.role === "admin";

export async function patchMe(body: {
  name?: string;
  settings?: Partial<MeSettings>;
  password?: { current: string; new: string };
}) {
  const before = currentMe();
  if (before && body.settings)
    queries.setQueryData(meQuery.queryKey, { ...before, settings: { ...before.settings, ...body.settings } });
  try {
    return keepMe((await take(api.PATCH("/api/me", { body }))).me);
  } catch (error) {
    if (before) keepMe(before);
    throw error;
  }
}

export function keepMyOperator(operator: Operator) {
  const me = currentMe();
  if (me && me.operator.id === operator.id && operator.version >= me.operator.version)
    queries.setQueryData(meQuery.queryKey, { ...me, operator });
}

export async function setPresence(status: PresenceStatus, open_dialogs?: "keep" | "return") {
  const { operator } = await take(api.POST("/api/me/presence", { body: { status, open_dialogs } }));
  keepMyOperator(operator);
}

export async function dismissChecklist() {
  keepMe((await take(api.POST("/api/me/checklist", { body: { dismissed: true } }))).me);
}

export async function patchCompany(body: Partial<Company>) {
  const { company } = await take(api.PATCH("/api/company", { body }));
  const me = currentMe();
  if (me) queries.setQueryData(meQuery.queryKey, { ...me, company });
}
