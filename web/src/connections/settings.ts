/** The values of a channel's settings form, checked before they are sent. Drawn from the channel's data alone. */
import type { About, ChannelField, ConnectionSettings } from "@/api/types";
import { m as t } from "@/paraglide/messages";

export type FieldErrors = Record<string, string>;

export function fieldProblem(field: ChannelField, raw: string | undefined): string | null {
  if (field.kind === "switch") return null;
  // A pasted value often brings spaces and line ends along.
  const value = (raw ?? "").trim();
  if (value === "") return field.required ? t.form_required() : null;
  if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(value)) return t.connect_pattern();
  return null;
}

export function formProblems(about: About, values: ConnectionSettings): FieldErrors {
  const errors: FieldErrors = {};
  for (const field of about.fields) {
    const problem = fieldProblem(field, values[field.name]);
    if (problem) errors[field.name] = problem;
  }
  return errors;
}

/** What is sent: cleaned values, without fields that were left empty. */
export function toSettings(about: About, values: ConnectionSettings): ConnectionSettings {
  const settings: ConnectionSettings = {};
  for (const { name, kind } of about.fields) {
    const value = values[name]?.trim() ?? (kind === "switch" ? "false" : "");
    if (value !== "") settings[name] = value;
  }
  return settings;
}

/** `settings.token` of a refusal names the field `token`. */
export const settingOf = (field: string | undefined) =>
  field?.startsWith("settings.") ? field.slice("settings.".length) : undefined;
