import { ActionIcon } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed, IconX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { dismissChecklist, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/toast";
import classes from "./cards.module.css";

/** What is left of the first start. Goes away when all is done or when it is closed. */
export function Checklist({ onNewLine, onConnect }: { onNewLine: () => void; onConnect: () => void }) {
  const { checklist } = useMe();
  const navigate = useNavigate();
  const { line, channel, invited, dismissed } = checklist;
  if (dismissed || (line && channel && invited)) return null;
  const items = [
    { done: line, text: t.checklist_line(), action: t.checklist_line_do(), run: onNewLine },
    { done: channel, text: t.checklist_channel(), action: t.checklist_channel_do(), run: onConnect },
    {
      done: invited,
      text: t.checklist_invite(),
      action: t.checklist_invite_do(),
      run: () => void navigate({ to: "/operators", search: { invite: true } }),
    },
  ];
  return (
    <section className={classes.checklist} aria-labelledby="checklist">
      <header>
        <h2 id="checklist">{t.checklist_title()}</h2>
        <ActionIcon aria-label={t.checklist_close()} onClick={() => dismissChecklist().catch(toast.error)}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <ul>
        {items.map(({ done, text, action, run }) => (
          <li key={text} data-done={done || undefined}>
            {done ? (
              <IconCircleCheckFilled size={20} role="img" aria-label={t.checklist_done()} />
            ) : (
              <IconCircleDashed size={20} aria-hidden />
            )}
            <span>{text}</span>
            {!done && (
              <Button size="compact-sm" onClick={run}>
                {action}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
