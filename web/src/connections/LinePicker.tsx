import { Select, TextInput } from "@mantine/core";
import { byName } from "@/i18n/format";
import { useLines } from "@/lines/data";
import { m as t } from "@/paraglide/messages";

/** Which line gets the channel: one that exists, or a new one by its name. */
export type LineChoice = { id: number } | { name: string };
const NEW = "new";

export const isComplete = (choice: LineChoice | null) =>
  choice !== null && ("id" in choice || choice.name.trim() !== "");

type Props = { choice: LineChoice | null; error?: string | null; onChange: (choice: LineChoice) => void };

export function LinePicker({ choice, error, onChange }: Props) {
  const { data: lines = [] } = useLines();
  const creates = choice !== null && "name" in choice;
  const options = [...lines].sort(byName).map((it) => ({ value: String(it.id), label: it.name }));
  return (
    <>
      {lines.length > 0 && (
        <Select
          label={t.connect_line()}
          description={t.connect_line_hint()}
          data={[...options, { value: NEW, label: t.connect_line_new() }]}
          value={creates ? NEW : choice ? String(choice.id) : null}
          onChange={(value) => value && onChange(value === NEW ? { name: "" } : { id: Number(value) })}
          error={creates ? null : error}
        />
      )}
      {creates && (
        <TextInput
          label={t.setup_line_name()}
          value={choice.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={error}
          autoFocus
        />
      )}
    </>
  );
}
