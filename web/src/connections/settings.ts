/** The values of a channel's settings form, checked before they are sent. Drawn from the channel's data alone. */
import type { About, ChannelField, ConnectionSettings } from "@/api/types";
import { m as t } from "@/paraglide/messages";

export type FieldErrors = Record<string, string>;

/** A pasted value often brings spaces and line ends along. */
export const clean = (value: string | boolean) => (typeof value === "string" ? value.trim() : value);

export function fieldProblem(field: ChannelField, raw: string | boolean | undefined): string | null {
  const value = clean(raw ?? "");
  if (field.kind === "switch") return null;
  if (value === "") return field.required ? t.form_required() : null;
  if (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(String(value)))
    return t.connect_pattern();
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
    const value = clean(values[name] ?? (kind === "switch" ? false : ""));
    if (value !== "") settings[name] = value;
  }
  return settings;
}

/** `settings.token` of a refusal names the field `token`. */
export const settingOf = (field: string | undefined) =>
  field?.startsWith("settings.") ? field.slice("settings.".length) : undefined;
