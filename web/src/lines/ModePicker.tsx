import { Radio } from "@mantine/core";
import type { LineMode } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import classes from "./lines.module.css";

const MODES: readonly LineMode[] = ["evenly", "strictly", "all"];

export const modeName = (mode: LineMode) =>
  ({ evenly: t.mode_evenly, strictly: t.mode_strictly, all: t.mode_all })[mode]();
const modeHint = (mode: LineMode) =>
  ({ evenly: t.mode_evenly_hint, strictly: t.mode_strictly_hint, all: t.mode_all_hint })[mode]();

type Props = { value: LineMode; onChange: (mode: LineMode) => void; hideLabel?: boolean };

/** How a line gives out new dialogs. */
export function ModePicker({ value, onChange, hideLabel }: Props) {
  return (
    <Radio.Group
      label={hideLabel ? undefined : t.setup_line_mode()}
      aria-label={hideLabel ? t.setup_line_mode() : undefined}
      value={value}
      onChange={(it) => onChange(it as LineMode)}
      className={classes.modes}
    >
      <div className={classes.modeRow}>
        {MODES.map((mode) => (
          <Radio.Card key={mode} value={mode} className={classes.mode} aria-label={modeName(mode)}>
            <Radio.Indicator size="xs" />
            <span>
              <strong>{modeName(mode)}</strong>
              <small>{modeHint(mode)}</small>
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}
