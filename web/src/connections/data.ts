/** Calls about channels (what may be connected) and connections (what is). */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { Connection, ConnectionSettings } from "@/api/types";

export const channelsQuery = queryOptions({
  queryKey: ["channels"],
  queryFn: async () => (await take(api.GET("/api/channels"))).channels,
  staleTime: Number.POSITIVE_INFINITY,
});

export const connectionsQuery = queryOptions({
  queryKey: ["connections"],
  queryFn: async () => (await take(api.GET("/api/connections"))).connections,
});

export const useChannels = () => useQuery(channelsQuery);
export const useChannel = (code: string) => useChannels().data?.find((it) => it.code === code);
export const useConnections = () => useQuery(connectionsQuery);

export function keepConnection(connection: Connection) {
  queries.setQueryData(connectionsQuery.queryKey, (connections) => {
    if (!connections) return connections;
    const known = connections.find((it) => it.id === connection.id);
    if (known && known.version > connection.version) return connections;
    const others = connections.filter((it) => it.id !== connection.id);
    if (connection.state === "removed") return others;
    return known
      ? connections.map((it) => (it.id === connection.id ? connection : it))
      : [...others, connection];
  });
}

const path = (id: number) => ({ path: { id } });

export const checkSettings = (channel: string, settings: ConnectionSettings) =>
  take(api.POST("/api/connections/check", { body: { channel, settings } }));

export async function connect(body: {
  line_id: number;
  channel: string;
  settings: ConnectionSettings;
  take_over: boolean;
}): Promise<Connection> {
  const { connection } = await take(api.POST("/api/connections", { body }));
  keepConnection(connection);
  return connection;
}

export const checkConnection = (id: number) =>
  take(api.POST("/api/connections/{id}/check", { params: path(id) }));

export async function reconnect(id: number, body: { settings?: ConnectionSettings; take_over?: boolean }) {
  keepConnection(
    (await take(api.POST("/api/connections/{id}/reconnect", { params: path(id), body }))).connection,
  );
}

export async function patchConnection(id: number, body: { line_id?: number; paused?: boolean }) {
  keepConnection((await take(api.PATCH("/api/connections/{id}", { params: path(id), body }))).connection);
}

export async function removeConnection(id: number) {
  await take(api.DELETE("/api/connections/{id}", { params: path(id) }));
  queries.setQueryData(connectionsQuery.queryKey, (connections) => connections?.filter((it) => it.id !== id));
}
