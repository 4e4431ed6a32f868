import { NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { isCode } from "@/api/problem";
import type { Line, LinePatch } from "@/api/types";
import { span } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { confirm } from "@/ui/confirm";
import { useAutosave } from "@/ui/Saved";
import { toast } from "@/ui/toast";
import { deleteLine, patchLine, showLine } from "./data";
import classes from "./lines.module.css";
import { ModePicker } from "./ModePicker";
import { People } from "./People";
import { Setting } from "./Setting";

const ACCEPT_S = [30, 60, 120, 180, 300, 600, 1800, 3600, 43_200];
const TARGET_S = [30, 60, 120, 180, 300, 600, 900, 1800, 3600];
const CAPACITY_MAX = 100;

/** Presets, with the line's own value among them if it is none of them. */
const choices = (presets: readonly number[], value: number) =>
  [...new Set([...presets, value])]
    .sort((left, right) => left - right)
    .map((it) => ({ value: String(it), label: span(it) }));

/** Who answers, and how dialogs are given out. Every field saves itself. */
export function QueueTab({ line }: { line: Line }) {
  const navigate = useNavigate();
  const { save, states } = useAutosave();
  const [name, setName] = useState(line.name);
  const [capacity, setCapacity] = useState<string | number>(line.capacity);
  useEffect(() => setName(line.name), [line.name]);
  useEffect(() => setCapacity(line.capacity), [line.capacity]);

  const put = (field: keyof LinePatch, patch: LinePatch, rest = false) =>
    save(
      field,
      async () => {
        const undo = showLine({ ...line, ...patch });
        try {
          await patchLine(line.id, patch);
        } catch (error) {
          undo();
          throw error;
        }
      },
      rest,
    );

  const remove = async () => {
    const sure = await confirm({
      title: t.line_delete_title({ name: line.name }),
      text: t.line_delete_text(),
      yes: t.action_delete(),
      danger: true,
    });
    if (!sure) return;
    try {
      await deleteLine(line.id);
      await navigate({ to: "/lines" });
    } catch (error) {
      if (isCode(error, "line_in_use")) toast.info(t.line_in_use());
      else toast.error(error);
    }
  };

  return (
    <>
      <Setting label={t.setup_line_name()} hint={t.line_name_hint()} state={states.name} htmlFor="line-name">
        <TextInput
          id="line-name"
          value={name}
          maxLength={100}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setName(value);
            if (value.trim()) put("name", { name: value.trim() }, true);
          }}
          onBlur={() => name.trim() || setName(line.name)}
        />
      </Setting>
      <Setting label={t.setup_line_mode()} state={states.mode} wide>
        <ModePicker hideLabel value={line.mode} onChange={(mode) => put("mode", { mode })} />
      </Setting>
      <Setting
        label={t.people_title()}
        hint={line.mode === "strictly" ? t.people_hint_strictly() : t.people_hint()}
        state={states.operator_ids}
        wide
      >
        <People line={line} onChange={(operator_ids) => put("operator_ids", { operator_ids })} />
      </Setting>
      <Setting
        label={t.line_accept()}
        hint={t.line_accept_hint()}
        state={states.accept_time_s}
        htmlFor="line-accept"
      >
        <Select
          id="line-accept"
          data={choices(ACCEPT_S, line.accept_time_s)}
          value={String(line.accept_time_s)}
          onChange={(value) => value && put("accept_time_s", { accept_time_s: Number(value) })}
        />
      </Setting>
      <Setting
        label={t.line_capacity()}
        hint={t.line_capacity_hint()}
        state={states.capacity}
        htmlFor="line-capacity"
      >
        <NumberInput
          hideControls
          id="line-capacity"
          value={capacity}
          min={0}
          max={CAPACITY_MAX}
          clampBehavior="strict"
          allowDecimal={false}
          onChange={(value) => {
            setCapacity(value);
            if (typeof value === "number") put("capacity", { capacity: value }, true);
          }}
          onBlur={() => typeof capacity === "number" || setCapacity(line.capacity)}
        />
      </Setting>
      <Setting
        label={t.line_presence()}
        hint={t.line_presence_hint()}
        state={states.check_presence}
        htmlFor="line-presence"
      >
        <Switch
          id="line-presence"
          checked={line.check_presence}
          onChange={(event) => put("check_presence", { check_presence: event.currentTarget.checked })}
        />
      </Setting>
      <Setting
        label={t.line_target()}
        hint={t.line_target_hint()}
        state={states.target_wait_s}
        htmlFor="line-target"
      >
        <Select
          id="line-target"
          data={choices(TARGET_S, line.target_wait_s)}
          value={String(line.target_wait_s)}
          onChange={(value) => value && put("target_wait_s", { target_wait_s: Number(value) })}
        />
      </Setting>
      <div className={classes.danger}>
        <div>
          <strong>{t.line_delete()}</strong>
          <p>{t.line_delete_hint()}</p>
        </div>
        <Button kind="danger" onClick={() => void remove()}>
          {t.line_delete()}
        </Button>
      </div>
    </>
  );
}
