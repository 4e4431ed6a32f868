/** Names of what dialogs only number: channels, lines, colleagues. Asked for once, kept fresh by the live line. */
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { About, Connection, Line, Me, Operator } from "@/api/types";
import { useChannels, useConnections } from "@/connections/data";
import { useLines } from "@/lines/data";
import { useMe } from "@/me/data";
import { useOperators } from "@/operators/data";
import { m as t } from "@/paraglide/messages";

export type Directory = {
  me: Me;
  channels: ReadonlyMap<string, About>;
  connections: ReadonlyMap<number, Connection>;
  lines: ReadonlyMap<number, Line>;
  operators: ReadonlyMap<number, Operator>;
  /** True once the lines are known, so that "no lines yet" is not said too early. */
  linesKnown: boolean;
  /** The name of a colleague; "You" for oneself. */
  nameOf: (operatorId: number | null | undefined) => string;
  lineName: (lineId: number | null | undefined) => string;
};

const Context = createContext<Directory | null>(null);

const byId = <T extends { id: number }>(all: readonly T[] | undefined) =>
  new Map(all?.map((it) => [it.id, it]));

export function DirectoryProvider({ children }: { children: ReactNode }) {
  const me = useMe();
  const { data: channels } = useChannels();
  const { data: connections } = useConnections();
  const { data: lines } = useLines();
  const { data: operators } = useOperators();
  const directory = useMemo<Directory>(() => {
    const people = byId(operators);
    const all = byId(lines);
    return {
      me,
      channels: new Map(channels?.map((it) => [it.code, it])),
      connections: byId(connections),
      lines: all,
      operators: people,
      linesKnown: lines !== undefined,
      nameOf: (id) =>
        id == null ? t.someone() : id === me.operator.id ? t.you() : (people.get(id)?.name ?? t.someone()),
      lineName: (id) => (id == null ? "" : (all.get(id)?.name ?? "")),
    };
  }, [me, channels, connections, lines, operators]);
  return <Context value={directory}>{children}</Context>;
}

export function useDirectory(): Directory {
  const directory = useContext(Context);
  if (!directory) throw new Error("useDirectory is used outside of the inbox");
  return directory;
}
