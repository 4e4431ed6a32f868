/** What the list shows beside the view: line, channel, colleague, unanswered, and the order. */
import { ActionIcon, Indicator, Popover, SegmentedControl, Select, Switch, Tooltip } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { byName } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { useDirectory } from "../directory";
import { defaultSort, type Filter, isFiltered, type Sort } from "../store/views";
import classes from "./list.module.css";

export type FilterChange = Partial<Pick<Filter, "line" | "channel" | "operator" | "unanswered" | "sort">>;
type FiltersProps = { filter: Filter; onChange: (change: FilterChange) => void; onReset: () => void };

export function FilterButton({ filter, onChange, onReset }: FiltersProps) {
  const [opened, setOpened] = useState(false);
  const { lines, channels, operators, nameOf } = useDirectory();
  const label = t.filter_title();
  const active = isFiltered(filter) || filter.sort !== defaultSort(filter.view);
  const number = (value: string | null) => (value ? Number(value) : undefined);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      width={300}
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>
        <Tooltip label={label} disabled={opened}>
          <Indicator disabled={!active} size={8} offset={5} color="var(--ol-accent)">
            <ActionIcon
              size={36}
              onClick={() => setOpened(!opened)}
              aria-label={label}
              aria-expanded={opened}
            >
              <IconAdjustmentsHorizontal size={18} stroke={1.7} />
            </ActionIcon>
          </Indicator>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.filters} aria-label={label}>
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
      </Popover.Dropdown>
    </Popover>
  );
}

/** The chosen filters, each with a way out: nobody should wonder where the dialogs are. */
export function FilterChips({ filter, onChange }: Omit<FiltersProps, "onReset">) {
  const { lines, channels, nameOf } = useDirectory();
  const chips = [
    filter.line !== undefined && {
      key: "line" as const,
      text: lines.get(filter.line)?.name ?? `#${filter.line}`,
    },
    filter.channel !== undefined && {
      key: "channel" as const,
      text: channels.get(filter.channel)?.title ?? filter.channel,
    },
    filter.operator !== undefined && { key: "operator" as const, text: nameOf(filter.operator) },
    filter.unanswered && { key: "unanswered" as const, text: t.filter_unanswered() },
  ].filter((it) => it !== false && it !== undefined);
  if (chips.length === 0) return null;
  return (
    <div className={classes.chips}>
      {chips.map(({ key, text }) => (
        <button
          key={key}
          type="button"
          className={classes.chip}
          onClick={() => onChange({ [key]: undefined })}
          aria-label={t.filter_remove({ name: text })}
        >
          <span>{text}</span>
          <IconX size={12} stroke={2.2} aria-hidden />
        </button>
      ))}
    </div>
  );
}
