import { ActionIcon, Select } from "@mantine/core";
import { IconChevronDown, IconChevronUp, IconGripVertical, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { Line } from "@/api/types";
import { byName } from "@/i18n/format";
import { useOperators } from "@/operators/data";
import { m as t } from "@/paraglide/messages";
import { Face, statusName } from "@/ui/Person";
import classes from "./lines.module.css";
import { move } from "./reorder";
import { useDragOrder } from "./useDragOrder";

type Props = { line: Line; onChange: (operatorIds: number[]) => void };

/** The people of a line in their order: drag a row, or use its buttons. */
export function People({ line, onChange }: Props) {
  const { data: operators = [] } = useOperators();
  const [said, setSaid] = useState("");
  const ids = line.operator_ids;
  const people = ids.flatMap((id) => operators.find((it) => it.id === id) ?? []);
  const others = operators.filter((it) => it.active && !ids.includes(it.id)).sort(byName);

  const reorder = (from: number, to: number) => {
    const person = people[from];
    onChange(move(ids, from, to));
    if (person) setSaid(t.people_moved({ name: person.name, place: to + 1, total: ids.length }));
  };
  const { handle, shift, draggedIndex } = useDragOrder(people.length, reorder);

  return (
    <>
      <ol className={classes.people} aria-label={t.people_title()}>
        {people.map((person, index) => (
          <li
            key={person.id}
            className={classes.personRow}
            data-dragged={draggedIndex === index || undefined}
            style={{ transform: shift(index) ? `translateY(${shift(index)}px)` : undefined }}
          >
            <span className={classes.grip} {...handle(index)} aria-hidden title={t.people_drag()}>
              <IconGripVertical size={18} stroke={1.6} />
            </span>
            <span className={classes.place}>{index + 1}</span>
            <Face name={person.name} picture={person.avatar} size={32} status={person.status} />
            <span className={classes.personName}>
              <strong>{person.name}</strong>
              <small>
                {person.active ? statusName(person.status) : t.operator_inactive()}
                {" · "}
                {t.people_open({ count: person.open_count })}
              </small>
            </span>
            <span className={classes.moves}>
              <ActionIcon
                size={32}
                disabled={index === 0}
                onClick={() => reorder(index, index - 1)}
                aria-label={t.people_up({ name: person.name })}
              >
                <IconChevronUp size={18} stroke={1.6} />
              </ActionIcon>
              <ActionIcon
                size={32}
                disabled={index === people.length - 1}
                onClick={() => reorder(index, index + 1)}
                aria-label={t.people_down({ name: person.name })}
              >
                <IconChevronDown size={18} stroke={1.6} />
              </ActionIcon>
              <ActionIcon
                size={32}
                onClick={() => onChange(ids.filter((it) => it !== person.id))}
                aria-label={t.people_remove({ name: person.name })}
              >
                <IconX size={16} stroke={1.6} />
              </ActionIcon>
            </span>
          </li>
        ))}
      </ol>
      <Select
        aria-label={t.people_add()}
        placeholder={others.length > 0 ? t.people_add() : t.people_all_here()}
        data={others.map((it) => ({ value: String(it.id), label: it.name }))}
        value={null}
        onChange={(value) => value && onChange([...ids, Number(value)])}
        searchable
        disabled={others.length === 0}
        nothingFoundMessage={t.connections_nothing()}
        maw={320}
      />
      <span className="ol-hidden" role="status">
        {said}
      </span>
    </>
  );
}
