/** To whom a dialog can be passed: colleagues of its line first, then other lines. */
import { Popover, TextInput, UnstyledButton } from "@mantine/core";
import { IconArrowsExchange, IconSearch, IconUsersGroup } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { create } from "zustand";
import type { Dialog, Operator } from "@/api/types";
import { byName, fold, number } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Face, statusName } from "@/ui/Person";
import { transferToLine, transferToOperator } from "../actions";
import { useDirectory } from "../directory";
import classes from "./dialog.module.css";

/** The key "T" opens the same list as the button. */
const useOpened = create<{ dialogId: number | null }>(() => ({ dialogId: null }));
export const openTransfer = (dialogId: number) => useOpened.setState({ dialogId });
const close = () => useOpened.setState({ dialogId: null });

type Target = { key: string; name: string; fact: string; face: ReactNode; dim: boolean; run: () => unknown };

/** Who can take it now comes first, then by name. */
function byReadiness(line: number) {
  const rank = (it: Operator) =>
    (it.line_ids.includes(line) ? 0 : 4) + (it.online && it.status === "available" ? 0 : it.online ? 1 : 2);
  return (left: Operator, right: Operator) => rank(left) - rank(right) || byName(left, right);
}

function useTargets(dialog: Dialog): Target[] {
  const { me, operators, lines } = useDirectory();
  return useMemo(() => {
    const people = [...operators.values()]
      .filter((it) => it.active && it.id !== me.operator.id)
      .sort(byReadiness(dialog.line_id))
      .map((it) => ({
        key: `operator-${it.id}`,
        name: it.name,
        fact: t.transfer_fact({
          status: it.online ? statusName(it.status) : t.status_offline(),
          count: number(it.open_count),
        }),
        face: <Face name={it.name} picture={it.avatar} size={32} status={it.online ? it.status : "off"} />,
        dim: !it.online || it.status !== "available",
        run: () => transferToOperator(dialog.id, it.id),
      }));
    const queues = [...lines.values()].sort(byName).map((it) => ({
      key: `line-${it.id}`,
      name: it.name,
      fact: it.id === dialog.line_id ? t.transfer_same_line() : t.transfer_line_fact({ count: it.on_line }),
      face: (
        <span className={classes.queueFace} aria-hidden>
          <IconUsersGroup size={18} stroke={1.6} />
        </span>
      ),
      dim: it.on_line === 0,
      run: () => transferToLine(dialog.id, it.id, it.name),
    }));
    return [...people, ...queues];
  }, [dialog.id, dialog.line_id, me.operator.id, operators, lines]);
}

export function TransferButton({ dialog }: { dialog: Dialog }) {
  const opened = useOpened((it) => it.dialogId === dialog.id);
  return (
    <Popover
      opened={opened}
      onChange={(on) => !on && close()}
      position="bottom-end"
      width={320}
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>
        <Button
          size="xs"
          className={classes.action}
          leftSection={<IconArrowsExchange size={16} stroke={1.8} aria-hidden />}
          onClick={() => (opened ? close() : openTransfer(dialog.id))}
          aria-expanded={opened}
          aria-haspopup="dialog"
          title={`${t.transfer()} (T)`}
        >
          <span className={classes.actionLabel}>{t.transfer()}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={0} role="dialog" aria-label={t.transfer_title()}>
        {opened && <Targets dialog={dialog} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Targets({ dialog }: { dialog: Dialog }) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const all = useTargets(dialog);
  const words = fold(query.trim());
  const found = all.filter((it) => fold(it.name).includes(words));
  const choose = (target: Target | undefined) => {
    if (!target) return;
    close();
    target.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      event.preventDefault();
      const next = Math.max(0, Math.min(found.length - 1, active + (event.code === "ArrowDown" ? 1 : -1)));
      setActive(next);
      list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    } else if (event.code === "Enter") {
      event.preventDefault();
      choose(found[active]);
    }
  };
  return (
    <>
      <TextInput
        className={classes.transferSearch}
        variant="unstyled"
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="transfer-targets"
        aria-activedescendant={found[active]?.key}
        aria-label={t.transfer_search()}
        placeholder={t.transfer_search()}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        ref={list}
        id="transfer-targets"
        className={classes.targets}
        role="listbox"
        aria-label={t.transfer_title()}
      >
        {found.map((it, index) => (
          <UnstyledButton
            key={it.key}
            id={it.key}
            role="option"
            aria-selected={index === active}
            tabIndex={-1}
            className={classes.target}
            data-dim={it.dim || undefined}
            onPointerMove={() => setActive(index)}
            onClick={() => choose(it)}
          >
            {it.face}
            <span className={classes.targetText}>
              <span>{it.name}</span>
              <small>{it.fact}</small>
            </span>
          </UnstyledButton>
        ))}
        {found.length === 0 && <p className={classes.nobody}>{t.transfer_nobody()}</p>}
      </div>
    </>
  );
}
