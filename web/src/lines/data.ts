/** Calls of the lines domain. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { Line, LinePatch } from "@/api/types";

export const linesQuery = queryOptions({
  queryKey: ["lines"],
  queryFn: async () => (await take(api.GET("/api/lines"))).lines,
});

export const useLines = () => useQuery(linesQuery);
export const useLine = (id: number) => useLines().data?.find((it) => it.id === id);

/** Puts a line in place of its older version; ignores one that is older than what we have. */
export function keepLine(line: Line) {
  queries.setQueryData(linesQuery.queryKey, (lines) => {
    if (!lines) return lines;
    const known = lines.find((it) => it.id === line.id);
    if (!known) return [...lines, line];
    return known.version > line.version ? lines : lines.map((it) => (it.id === line.id ? line : it));
  });
}

export async function createLine(body: LinePatch & { name: string }): Promise<Line> {
  const { line } = await take(api.POST("/api/lines", { body }));
  keepLine(line);
  return line;
}

export async function patchLine(id: number, body: LinePatch): Promise<Line> {
  const { line } = await take(api.PATCH("/api/lines/{id}", { params: { path: { id } }, body }));
  keepLine(line);
  return line;
}

export async function deleteLine(id: number) {
  await take(api.DELETE("/api/lines/{id}", { params: { path: { id } } }));
  queries.setQueryData(linesQuery.queryKey, (lines) => lines?.filter((it) => it.id !== id));
}

/** Shows a change before the server has confirmed it. Returns how to take it back. */
export function showLine(line: Line): () => void {
  const before = queries.getQueryData(linesQuery.queryKey)?.find((it) => it.id === line.id);
  const put = (shown: Line) =>
    queries.setQueryData(linesQuery.queryKey, (lines) =>
      lines?.map((it) => (it.id === shown.id ? shown : it)),
    );
  put(line);
  return () => {
    if (before) put(before);
  };
}
