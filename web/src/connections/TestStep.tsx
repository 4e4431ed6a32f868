import { IconExternalLink } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { About, Dialog } from "@/api/types";
import { time } from "@/i18n/format";
import { onFrame } from "@/live/socket";
import { m as t } from "@/paraglide/messages";
import { Button, LinkButton } from "@/ui/Button";
import { Face } from "@/ui/Person";
import classes from "./connections.module.css";
import { useConnections } from "./data";

type Props = { about: About; connectionId: number; onClose: () => void; closeLabel?: string };

/** The first message of a customer that comes by this connection while we look. */
function useArrival(connectionId: number): Dialog | null {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  useEffect(
    () =>
      onFrame((frame) => {
        if (frame.type !== "dialog_changed" || frame.dialog.connection_id !== connectionId) return;
        if (frame.dialog.last_message?.author === "customer") setDialog(frame.dialog);
      }),
    [connectionId],
  );
  return dialog;
}

/** Last step: write to the account and watch it arrive. */
export function TestStep({ about, connectionId, onClose, closeLabel }: Props) {
  const navigate = useNavigate();
  const { data: connections } = useConnections();
  const connection = connections?.find((it) => it.id === connectionId);
  const arrived = useArrival(connectionId);
  const title = connection?.title ?? about.title;
  return (
    <div className={classes.test} data-arrived={arrived !== null || undefined}>
      <div className={classes.testSign} aria-hidden>
        <Face name={title} picture={connection?.picture} size={64} />
        {!arrived && <span className={classes.pulse} />}
      </div>
      <div role="status" className={classes.testText}>
        <h2>{arrived ? t.connect_arrived() : t.connect_write({ account: title })}</h2>
        <p>{arrived ? t.connect_arrived_text() : t.connect_write_text()}</p>
        {arrived?.last_message && (
          <div className={classes.arrival}>
            <Face name={arrived.customer.name} picture={arrived.customer.picture} size={36} />
            <div>
              <strong>{arrived.customer.name}</strong>
              <span className={classes.arrivalText}>{arrived.last_message.preview}</span>
            </div>
            <time dateTime={arrived.last_message.at}>{time(arrived.last_message.at)}</time>
          </div>
        )}
      </div>
      <div className={classes.testButtons}>
        {!arrived && connection?.url && (
          <LinkButton
            kind="primary"
            size="md"
            href={connection.url}
            rightSection={<IconExternalLink size={16} aria-hidden />}
          >
            {t.connect_open_account()}
          </LinkButton>
        )}
        {arrived && (
          <Button
            kind="primary"
            size="md"
            onClick={() => void navigate({ to: "/inbox", search: { view: "mine", d: arrived.id } })}
          >
            {t.connect_open_dialog()}
          </Button>
        )}
        <Button size="md" onClick={onClose}>
          {closeLabel ?? t.connect_done()}
        </Button>
      </div>
    </div>
  );
}
