import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Line } from "@/api/types";
import { ago, day } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Pill } from "@/ui/Bits";
import { confirm } from "@/ui/confirm";
import { Face } from "@/ui/Person";
import { toast } from "@/ui/toast";
import { invitationsQuery, withdrawInvitation } from "./data";
import classes from "./operators.module.css";

/** Links that are out and not used yet. The links themselves cannot be shown again. */
export function Invitations({ lines }: { lines: readonly Line[] }) {
  const { data = [] } = useQuery(invitationsQuery);
  const open = data.filter((it) => !it.accepted_at);
  if (open.length === 0) return null;

  const withdraw = async (id: number, name: string) => {
    const sure = await confirm({
      title: t.invite_withdraw_title({ name }),
      text: t.invite_withdraw_text(),
      yes: t.invite_withdraw(),
      danger: true,
    });
    if (sure) withdrawInvitation(id).catch(toast.error);
  };

  return (
    <section aria-labelledby="invitations">
      <div className={classes.section}>
        <h2 id="invitations">{t.invite_title()}</h2>
        <span>{open.length}</span>
      </div>
      <ul className={classes.invitations}>
        {open.map((it) => {
          const name = it.name || it.email || t.invite_unnamed();
          const expired = new Date(it.expires_at).getTime() < Date.now();
          const names = lines.filter((line) => it.line_ids.includes(line.id)).map((line) => line.name);
          return (
            <li key={it.id}>
              <Face name={it.name || it.email || "?"} size={36} />
              <div>
                <strong>{name}</strong>
                <small>
                  {[
                    it.name ? it.email : null,
                    it.role === "admin" ? t.role_admin() : t.role_operator(),
                    ...names,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </small>
              </div>
              <span className={classes.invited}>
                {expired ? (
                  <Pill tone="warning">{t.invite_expired()}</Pill>
                ) : (
                  <span title={t.invite_made({ time: ago(it.created_at) })}>
                    {t.invite_until({ date: day(it.expires_at) })}
                  </span>
                )}
              </span>
              <ActionIcon
                size={32}
                onClick={() => void withdraw(it.id, name)}
                aria-label={t.invite_withdraw_of({ name })}
              >
                <IconX size={16} stroke={1.6} />
              </ActionIcon>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
