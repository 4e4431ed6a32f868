import { ActionIcon } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import type { Line, Operator } from "@/api/types";
import { ago } from "@/i18n/format";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Pill } from "@/ui/Bits";
import { Face, StatusDot, statusName } from "@/ui/Person";
import classes from "./operators.module.css";

type Props = { operator: Operator; lines: readonly Line[]; onOpen: () => void };

/** Lines shown by name before "+ n". */
const LINES_SHOWN = 2;

export function OperatorRow({ operator, lines, onOpen }: Props) {
  const { operator: me } = useMe();
  const { name, active, status } = operator;
  const its = lines.filter((it) => it.operator_ids.includes(operator.id));
  const rest = its.slice(LINES_SHOWN);
  const limit = operator.limit > 0 ? operator.limit : null;
  return (
    <tr data-off={!active || undefined}>
      <td>
        <div className={classes.person}>
          <Face name={name} picture={operator.avatar} size={36} />
          <div>
            <strong title={name}>
              {name}{" "}
              {operator.id === me.id && <small style={{ display: "inline" }}>{t.operators_you()}</small>}
            </strong>
            <small title={operator.email}>{operator.email}</small>
          </div>
        </div>
      </td>
      <td>
        {active ? (
          <span className={classes.state}>
            <StatusDot status={status} />
            {statusName(status)}
            <small>
              {status === "available" && !operator.online ? t.status_offline() : ago(operator.status_since)}
            </small>
          </span>
        ) : (
          <Pill>{t.operator_inactive()}</Pill>
        )}
      </td>
      <td data-label={t.operator_role()}>{operator.role === "admin" ? t.role_admin() : t.role_operator()}</td>
      <td>
        <span className={classes.lines}>
          {its.length === 0 && <Pill>{t.operators_no_lines()}</Pill>}
          {its.slice(0, LINES_SHOWN).map((it) => (
            <Pill key={it.id}>{it.name}</Pill>
          ))}
          {rest.length > 0 && (
            <span title={rest.map((it) => it.name).join(", ")}>
              <Pill>+{rest.length}</Pill>
            </span>
          )}
        </span>
      </td>
      <td data-label={t.operators_open()} className={classes.num}>
        {limit ? t.operators_open_of({ open: operator.open_count, limit }) : operator.open_count}
      </td>
      <td>
        <ActionIcon size={32} onClick={onOpen} aria-label={t.operators_edit({ name })}>
          <IconPencil size={18} stroke={1.6} />
        </ActionIcon>
      </td>
    </tr>
  );
}
