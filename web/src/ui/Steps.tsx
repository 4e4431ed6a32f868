import { IconCheck } from "@tabler/icons-react";
import { m as t } from "@/paraglide/messages";
import classes from "./ui.module.css";

/** Where a person stands in a short way of steps. `current` counts from 0. */
export function Steps({ titles, current }: { titles: readonly string[]; current: number }) {
  return (
    <ol className={classes.steps} aria-label={t.setup_progress({ step: current + 1, total: titles.length })}>
      {titles.map((title, index) => {
        const state = index < current ? "done" : index === current ? "now" : "next";
        return (
          <li
            key={title}
            className={classes.step}
            data-state={state}
            aria-current={state === "now" ? "step" : undefined}
          >
            <span className={classes.stepSign} aria-hidden>
              {state === "done" ? <IconCheck size={14} stroke={2.4} /> : index + 1}
            </span>
            <span className={classes.stepTitle}>{title}</span>
          </li>
        );
      })}
    </ol>
  );
}
