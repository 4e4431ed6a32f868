/** The words of a system line, made of its code and parameters. Names are never declined. */
import type { SystemLine } from "@/api/types";
import { dateTime, list } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import type { Directory } from "../directory";

export function systemText(
  system: SystemLine,
  { nameOf, lineName }: Pick<Directory, "nameOf" | "lineName">,
): string {
  const name = nameOf(system.operator_id);
  switch (system.code) {
    case "session_opened":
      return t.sys_session({ number: system.number ?? 0 });
    case "offered":
      return t.sys_offered({ names: list((system.operator_ids ?? []).map(nameOf)) });
    case "accepted":
      return t.sys_accepted({ name });
    case "skipped":
      return t.sys_skipped({ name });
    case "offer_expired":
      return t.sys_expired({ name });
    case "returned":
      return t.sys_returned({ name });
    case "transferred": {
      const from = typeof system.from === "number" ? nameOf(system.from) : "";
      const to = system.to_operator ? nameOf(system.to_operator) : lineName(system.to_line);
      return from ? t.sys_transferred({ from, to }) : t.sys_transferred_to({ to });
    }
    case "finished":
      return system.operator_id ? t.sys_finished({ name }) : t.sys_finished_itself();
    case "reopened":
      return system.operator_id ? t.sys_reopened({ name }) : t.sys_reopened_itself();
    case "taken_over":
      return t.sys_taken_over({ name });
    case "unreachable":
      return t.sys_unreachable();
    case "reachable":
      return t.sys_reachable();
    case "opened_by_link":
      return t.sys_link({ payload: system.payload ?? "" });
    case "connection_lost":
      return system.reason ? t.sys_connection_lost({ reason: system.reason }) : t.sys_connection_lost_plain();
    case "messages_lost": {
      const from = typeof system.from === "string" ? dateTime(system.from) : "";
      return t.sys_messages_lost({
        count: system.count ?? 0,
        from,
        to: system.to ? dateTime(system.to) : "",
      });
    }
    case "lead_created":
      return t.sys_lead();
    default:
      // A newer server may know more: better its word than nothing.
      return system.code.replaceAll("_", " ");
  }
}
