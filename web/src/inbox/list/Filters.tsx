/** The button of the filters, and the filters that are on. The form itself is loaded when it is first opened. */
import { ActionIcon, Indicator, Loader, Popover, Tooltip } from "@mantine/core";
import { IconAdjustmentsHorizontal, IconX } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { m as t } from "@/paraglide/messages";
import { useDirectory } from "../directory";
import { defaultSort, type Filter, isFiltered } from "../store/views";
import classes from "./list.module.css";

export type FilterChange = Partial<Pick<Filter, "line" | "channel" | "operator" | "unanswered" | "sort">>;
export type FiltersProps = { filter: Filter; onChange: (change: FilterChange) => void; onReset: () => void };

const FilterPanel = lazy(() => import("./FilterPanel"));

export function FilterButton({ filter, onChange, onReset }: FiltersProps) {
  const [opened, setOpened] = useState(false);
  const label = t.filter_title();
  const active = isFiltered(filter) || filter.sort !== defaultSort(filter.view);
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
        <Suspense fallback={<Loader size={18} m="auto" />}>
          <FilterPanel filter={filter} onChange={onChange} onReset={onReset} />
        </Suspense>
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
