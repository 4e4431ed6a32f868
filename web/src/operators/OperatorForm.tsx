import { NumberInput, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { isCode } from "@/api/problem";
import type { Line, Operator, Role } from "@/api/types";
import { byName } from "@/i18n/format";
import { patchLine } from "@/lines/data";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { confirm } from "@/ui/confirm";
import { Notice } from "@/ui/Notice";
import { Face } from "@/ui/Person";
import { SavedMark, type SaveState, useAutosave } from "@/ui/Saved";
import { patchOperator } from "./data";
import classes from "./operators.module.css";

const LIMIT_MAX = 100;

/** The rule of the last administrator in our own words. */
const words = (state: SaveState | undefined): SaveState | undefined =>
  state?.state === "failed" && isCode(state.problem, "last_admin") ? undefined : state;

/** Everything about one operator that an administrator may change. Fields save themselves. */
export function OperatorForm({ operator, lines }: { operator: Operator; lines: readonly Line[] }) {
  const me = useMe();
  const { save, states } = useAutosave();
  const [name, setName] = useState(operator.name);
  const [limit, setLimit] = useState<string | number>(operator.limit);
  useEffect(() => setName(operator.name), [operator.name]);
  useEffect(() => setLimit(operator.limit), [operator.limit]);
  const { id } = operator;

  const lastAdmin = [states.role, states.active].some(
    (it) => it?.state === "failed" && isCode(it.problem, "last_admin"),
  );
  const setActive = async (active: boolean) => {
    if (!active) {
      const sure = await confirm({
        title: t.operator_off_title({ name: operator.name }),
        text:
          operator.open_count > 0
            ? t.operator_off_open({ count: operator.open_count })
            : t.operator_off_text(),
        yes: t.operator_off(),
        danger: true,
      });
      if (!sure) return;
    }
    save("active", () => patchOperator(id, { active }));
  };
  const toggleLine = (line: Line, member: boolean) =>
    save(`line ${line.id}`, () =>
      patchLine(line.id, {
        operator_ids: member ? [...line.operator_ids, id] : line.operator_ids.filter((it) => it !== id),
      }),
    );

  return (
    <div className={classes.form}>
      <div className={classes.person}>
        <Face name={operator.name} picture={operator.avatar} size={48} status={operator.status} />
        <div>
          <small>{operator.email}</small>
        </div>
      </div>
      {lastAdmin && <Notice tone="danger">{t.operator_last_admin()}</Notice>}
      <TextInput
        label={
          <span className={classes.label}>
            {t.join_name_field()}
            <SavedMark state={states.name} />
          </span>
        }
        value={name}
        maxLength={100}
        onChange={(event) => {
          const value = event.currentTarget.value;
          setName(value);
          if (value.trim()) save("name", () => patchOperator(id, { name: value.trim() }), true);
        }}
        onBlur={() => name.trim() || setName(operator.name)}
      />
      <fieldset className={classes.fieldset}>
        <legend className={classes.label}>
          {t.operator_role()}
          <SavedMark state={words(states.role)} />
        </legend>
        <SegmentedControl
          fullWidth
          value={operator.role}
          onChange={(role) => save("role", () => patchOperator(id, { role: role as Role }))}
          aria-label={t.operator_role()}
          data={[
            { value: "operator", label: t.role_operator() },
            { value: "admin", label: t.role_admin() },
          ]}
        />
        <p>{operator.role === "admin" ? t.role_admin_hint() : t.role_operator_hint()}</p>
      </fieldset>
      <NumberInput
        hideControls
        label={
          <span className={classes.label}>
            {t.operator_limit()}
            <SavedMark state={states.limit} />
          </span>
        }
        description={t.operator_limit_hint()}
        value={limit}
        min={0}
        max={LIMIT_MAX}
        clampBehavior="strict"
        allowDecimal={false}
        onChange={(value) => {
          setLimit(value);
          if (typeof value === "number") save("limit", () => patchOperator(id, { limit: value }), true);
        }}
        onBlur={() => typeof limit === "number" || setLimit(operator.limit)}
      />
      {lines.length > 0 && (
        <fieldset className={classes.fieldset}>
          <legend>{t.operator_lines()}</legend>
          <div className={classes.lineSwitches}>
            {[...lines].sort(byName).map((line) => (
              <div key={line.id}>
                <Switch
                  label={line.name}
                  checked={line.operator_ids.includes(id)}
                  onChange={(event) => toggleLine(line, event.currentTarget.checked)}
                />
                <SavedMark state={states[`line ${line.id}`]} />
              </div>
            ))}
          </div>
        </fieldset>
      )}
      <div className={classes.buttons}>
        {operator.active ? (
          <Button kind="danger" disabled={id === me.operator.id} onClick={() => void setActive(false)}>
            {t.operator_off()}
          </Button>
        ) : (
          <Button onClick={() => void setActive(true)}>{t.operator_on()}</Button>
        )}
      </div>
      <SavedMark state={words(states.active)} />
    </div>
  );
}
