/** Calls about operators and invitations. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { Operator, Role } from "@/api/types";
import { keepMyOperator } from "@/me/data";

export const operatorsQuery = queryOptions({
  queryKey: ["operators"],
  queryFn: async () => (await take(api.GET("/api/operators"))).operators,
});

export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async () => (await take(api.GET("/api/invitations"))).invitations,
});

export const useOperators = () => useQuery(operatorsQuery);
export const useOperator = (id: number | null | undefined) => useOperators().data?.find((it) => it.id === id);

export function keepOperator(operator: Operator) {
  keepMyOperator(operator);
  queries.setQueryData(operatorsQuery.queryKey, (operators) => {
    if (!operators) return operators;
    const known = operators.find((it) => it.id === operator.id);
    if (!known) return [...operators, operator];
    return known.version > operator.version
      ? operators
      : operators.map((it) => (it.id === operator.id ? operator : it));
  });
}

export async function patchOperator(
  id: number,
  body: { name?: string; role?: Role; active?: boolean; limit?: number },
) {
  keepOperator((await take(api.PATCH("/api/operators/{id}", { params: { path: { id } }, body }))).operator);
}

export async function invite(body: { email?: string; name?: string; role: Role; line_ids: number[] }) {
  const answer = await take(api.POST("/api/invitations", { body }));
  await queries.invalidateQueries({ queryKey: invitationsQuery.queryKey });
  return answer;
}

export async function withdrawInvitation(id: number) {
  await take(api.DELETE("/api/invitations/{id}", { params: { path: { id } } }));
  queries.setQueryData(invitationsQuery.queryKey, (all) => all?.filter((it) => it.id !== id));
}
