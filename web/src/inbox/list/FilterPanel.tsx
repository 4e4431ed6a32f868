/** What the list shows beside the view: line, channel, colleague, unanswered, and the order. */
import { SegmentedControl, Select, Switch } from "@mantine/core";
import { byName } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { useDirectory } from "../directory";
import { defaultSort, isFiltered, type Sort } from "../store/views";
import type { FiltersProps } from "./Filters";
import classes from "./list.module.css";

const number = (value: string | null) => (value ? Number(value) : undefined);

export default function FilterPanel({ filter, onChange, onReset }: FiltersProps) {
  const { lines, channels, operators, nameOf } = useDirectory();
  const active = isFiltered(filter) || filter.sort !== defaultSort(filter.view);
  return (
    <>
      <Select
        label={t.filter_line()}
        placeholder={t.filter_any_line()}
        clearable
        clearButtonProps={{ "aria-label": t.action_clear() }}
        data={[...lines.values()].sort(byName).map((it) => ({ value: String(it.id), label: it.name }))}
        value={filter.line ? String(filter.line) : null}
        onChange={(value) => onChange({ line: number(value) })}
        comboboxProps={{ withinPortal: false }}
      />
      <Select
        label={t.filter_channel()}
        placeholder={t.filter_any_channel()}
        clearable
        clearButtonProps={{ "aria-label": t.action_clear() }}
        data={[...channels.values()].map((it) => ({ value: it.code, label: it.title }))}
        value={filter.channel ?? null}
        onChange={(value) => onChange({ channel: value ?? undefined })}
        comboboxProps={{ withinPortal: false }}
      />
      {filter.view !== "mine" && filter.view !== "waiting" && (
        <Select
          label={t.filter_operator()}
          placeholder={t.filter_any_operator()}
          clearable
          searchable
          clearButtonProps={{ "aria-label": t.action_clear() }}
          data={[...operators.values()]
            .sort(byName)
            .map((it) => ({ value: String(it.id), label: nameOf(it.id) }))}
          value={filter.operator ? String(filter.operator) : null}
          onChange={(value) => onChange({ operator: number(value) })}
          comboboxProps={{ withinPortal: false }}
        />
      )}
      <Switch
        label={t.filter_unanswered()}
        checked={Boolean(filter.unanswered)}
        onChange={(event) => onChange({ unanswered: event.currentTarget.checked || undefined })}
      />
      <div>
        <div className={classes.sortLabel} id="sort-label">
          {t.sort_title()}
        </div>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-labelledby="sort-label"
          data={[
            { value: "waiting", label: t.sort_waiting() },
            { value: "activity", label: t.sort_activity() },
          ]}
          value={filter.sort}
          onChange={(value) => onChange({ sort: value as Sort })}
        />
      </div>
      {active && (
        <Button kind="quiet" size="xs" onClick={onReset}>
          {t.filter_reset()}
        </Button>
      )}
    </>
  );
}
