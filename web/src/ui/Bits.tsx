/** Small words on small plates: states and keys. */
import type { ReactNode } from "react";
import { keyNames } from "@/keys/match";
import { m as t } from "@/paraglide/messages";
import classes from "./ui.module.css";

export type Tone = "plain" | "good" | "warning" | "danger" | "accent";

export const Pill = ({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) => (
  <span className={classes.pill} data-tone={tone}>
    {children}
  </span>
);

/** Keys as they are written on the keyboard; a sequence has "then" between. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={classes.keys}>
      {keyNames(keys).map((chord, index) => (
        <span key={chord.join()} className={classes.keys}>
          {index > 0 && <span className={classes.keysThen}>{t.keys_then()}</span>}
          {chord.map((name) => (
            <kbd key={name} className={classes.kbd}>
              {name}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
