/** Who the customer is, beside the dialog: fields that are changed in place, the lead, ways to them, what was before. */
import { ActionIcon, Select, Tooltip } from "@mantine/core";
import { IconChevronDown, IconExternalLink, IconFile, IconMail, IconPhone, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import type { Dialog, File, Lead, LeadStage, PastSession } from "@/api/types";
import { byName, dateTime, day, shortMoment } from "@/i18n/format";
import { useDirectory } from "@/inbox/directory";
import { fileSize } from "@/inbox/size";
import { type Details, detailsKey, fetchDetails, keepCustomer, keepLead } from "@/inbox/store/feed";
import { useThread } from "@/inbox/store/threads";
import { openViewer } from "@/inbox/viewer/open";
import { m as t } from "@/paraglide/messages";
import { ChannelMark, Face } from "@/ui/Person";
import { Failed, Loading } from "@/ui/State";
import { toast } from "@/ui/toast";
import classes from "./card.module.css";
import { type CustomerChange, type LeadChange, patchCustomer, patchLead } from "./data";
import { EditField } from "./EditField";

const STAGES: readonly LeadStage[] = ["new", "in_work", "won", "lost"];
const stageName = (stage: LeadStage) =>
  ({ new: t.stage_new, in_work: t.stage_in_work, won: t.stage_won, lost: t.stage_lost })[stage]();
const FILES_SHOWN = 12;
const SESSIONS_SHOWN = 5;

const FOLDED_KEY = "ol.card.folded";
function storedFolded(): string[] {
  try {
    return (localStorage.getItem(FOLDED_KEY) ?? "").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

function Section({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  const [folded, setFolded] = useState(() => storedFolded().includes(name));
  const toggle = () => {
    const rest = storedFolded().filter((it) => it !== name);
    try {
      localStorage.setItem(FOLDED_KEY, (folded ? rest : [...rest, name]).join(" "));
    } catch {
      // Storage is off: folded until the page is closed.
    }
    setFolded(!folded);
  };
  return (
    <section className={classes.section} aria-label={title}>
      <h3 className={classes.sectionTitle}>
        <button type="button" className={classes.fold} onClick={toggle} aria-expanded={!folded}>
          {title}
          <IconChevronDown size={14} stroke={2} aria-hidden data-folded={folded || undefined} />
        </button>
      </h3>
      {!folded && children}
    </section>
  );
}

function LeadSection({ lead }: { lead: Lead }) {
  const { operators, channels } = useDirectory();
  const save = async (change: LeadChange) => {
    keepLead({ ...lead, ...change });
    try {
      keepLead(await patchLead(lead.id, change));
    } catch (error) {
      keepLead(lead);
      toast.error(error);
    }
  };
  const people = [...operators.values()]
    .filter((it) => it.active || it.id === lead.responsible_id)
    .sort(byName);
  return (
    <Section name="lead" title={t.lead()}>
      <EditField
        label={t.lead_title()}
        value={lead.title}
        placeholder={t.lead_title()}
        required
        onSave={async (title) => keepLead(await patchLead(lead.id, { title }))}
      />
      <div className={classes.field}>
        <span className={classes.label} id="lead-stage">
          {t.lead_stage()}
        </span>
        <div className={classes.stages} role="radiogroup" aria-labelledby="lead-stage">
          {STAGES.map((stage) => (
            <button
              key={stage}
              type="button"
              role="radio"
              aria-checked={lead.stage === stage}
              className={classes.stage}
              data-stage={stage}
              onClick={() => lead.stage !== stage && void save({ stage })}
            >
              {stageName(stage)}
            </button>
          ))}
        </div>
      </div>
      <Select
        label={t.lead_responsible()}
        labelProps={{ className: classes.label }}
        placeholder={t.lead_nobody()}
        searchable
        data={people.map((it) => ({
          value: String(it.id),
          label: it.name,
        }))}
        value={lead.responsible_id ? String(lead.responsible_id) : null}
        onChange={(value) => value && void save({ responsible_id: Number(value) })}
      />
      <dl className={classes.facts}>
        <div>
          <dt>{t.lead_source()}</dt>
          <dd>{channels.get(lead.source)?.title ?? lead.source}</dd>
        </div>
        <div>
          <dt>{t.lead_created()}</dt>
          <dd>{dateTime(lead.created_at)}</dd>
        </div>
      </dl>
    </Section>
  );
}

function Ways({ details }: { details: Details }) {
  const { channels, connections } = useDirectory();
  const { identities } = details.customer;
  if (identities.length === 0) return null;
  return (
    <Section name="ways" title={t.card_channels()}>
      <ul className={classes.list}>
        {identities.map((it) => {
          const channel = channels.get(it.channel);
          const name = it.login ? `@${it.login.replace(/^@/, "")}` : it.external_id;
          return (
            <li key={`${it.connection_id} ${it.external_id}`} className={classes.way}>
              <ChannelMark channel={channel} size={20} />
              <span className={classes.wayText}>
                {it.url ? (
                  <a href={it.url} target="_blank" rel="noopener noreferrer">
                    {name}
                    <IconExternalLink size={12} aria-hidden />
                  </a>
                ) : (
                  <span>{name}</span>
                )}
                <small>{connections.get(it.connection_id)?.title ?? channel?.title}</small>
              </span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function Sessions({ sessions, current }: { sessions: readonly PastSession[]; current: number }) {
  const { nameOf, lineName } = useDirectory();
  const [all, setAll] = useState(false);
  const past = sessions.filter((it) => it.id !== current).sort((left, right) => right.number - left.number);
  if (past.length === 0) return null;
  return (
    <Section name="sessions" title={t.card_sessions()}>
      <ul className={classes.list}>
        {past.slice(0, all ? undefined : SESSIONS_SHOWN).map((it) => (
          <li key={it.id} className={classes.session}>
            <span>
              {t.session_number({ number: it.number })}
              <small>{shortMoment(it.opened_at)}</small>
            </span>
            <small>
              {[lineName(it.line_id), it.operator_id ? nameOf(it.operator_id) : ""]
                .filter(Boolean)
                .join(" · ")}
            </small>
          </li>
        ))}
      </ul>
      {!all && past.length > SESSIONS_SHOWN && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {t.card_more({ count: past.length - SESSIONS_SHOWN })}
        </button>
      )}
    </Section>
  );
}

/** Files of the messages that are loaded; older ones come as the thread is scrolled. */
function Files({ dialogId }: { dialogId: number }) {
  const thread = useThread(dialogId);
  const files = useMemo(
    () =>
      (thread?.messages ?? [])
        .flatMap((it) => (it.deleted_at ? [] : it.files))
        .filter((it) => it.url && (it.state ?? "ready") === "ready" && it.kind !== "sticker")
        .reverse(),
    [thread?.messages],
  );
  if (files.length === 0) return null;
  const pictures = files.filter((it) => it.kind === "image");
  const others = files.filter((it) => it.kind !== "image");
  const open = (file: File) => openViewer(pictures, pictures.indexOf(file));
  return (
    <Section name="files" title={t.card_files()}>
      {pictures.length > 0 && (
        <div className={classes.pictures}>
          {pictures.slice(0, FILES_SHOWN).map((it) => (
            <button
              key={it.id}
              type="button"
              onClick={() => open(it)}
              aria-label={t.picture_open({ name: it.name })}
            >
              <img src={it.url ?? ""} alt="" loading="lazy" />
            </button>
          ))}
        </div>
      )}
      <ul className={classes.list}>
        {others.slice(0, FILES_SHOWN).map((it) => (
          <li key={it.id}>
            <a className={classes.file} href={it.url ?? ""} download={it.name}>
              <IconFile size={16} stroke={1.6} aria-hidden />
              <span>{it.name}</span>
              <small>{fileSize(it.size)}</small>
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export default function CustomerCard({ dialog, onClose }: { dialog: Dialog; onClose?: () => void }) {
  const {
    data: details,
    error,
    refetch,
  } = useQuery({
    queryKey: detailsKey(dialog.id),
    queryFn: () => fetchDetails(dialog.id),
    staleTime: 60_000,
  });
  const { customer } = dialog;
  return (
    <div className={classes.card}>
      {onClose && (
        <div className={classes.bar}>
          <span className={classes.barTitle}>{t.card_title()}</span>
          <Tooltip label={t.card_hide()}>
            <ActionIcon size={28} onClick={onClose} aria-label={t.card_hide()}>
              <IconX size={16} />
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      <div className={classes.scroll}>
        <div className={classes.who}>
          <Face name={customer.name} picture={customer.picture} size={56} />
          <span className={classes.whoName}>{customer.name}</span>
          {details && (
            <span className={classes.since}>{t.card_since({ date: day(details.customer.created_at) })}</span>
          )}
        </div>
        {details ? (
          <Loaded key={dialog.id} dialog={dialog} details={details} />
        ) : error ? (
          <Failed error={error} onRetry={() => void refetch()} />
        ) : (
          <Loading>
            <div className={classes.skeleton} aria-hidden>
              {[70, 50, 60, 40, 65].map((width) => (
                <i key={width} style={{ width: `${width}%` }} />
              ))}
            </div>
          </Loading>
        )}
      </div>
    </div>
  );
}

function Loaded({ dialog, details }: { dialog: Dialog; details: Details }) {
  const { customer, lead } = details;
  const save = async (change: CustomerChange) => keepCustomer(await patchCustomer(customer.id, change));
  const phone = customer.phone ?? "";
  const email = customer.email ?? "";
  return (
    <>
      <Section name="who" title={t.card_contacts()}>
        <EditField
          label={t.field_name()}
          value={customer.name}
          placeholder={t.field_name_empty()}
          required
          onSave={(name) => save({ name })}
        />
        <EditField
          label={t.field_phone()}
          type="tel"
          value={phone}
          placeholder={t.field_empty()}
          onSave={(value) => save({ phone: value })}
          after={
            phone && (
              <ActionIcon
                component="a"
                href={`tel:${phone.replace(/[^\d+]/g, "")}`}
                aria-label={t.call({ phone })}
              >
                <IconPhone size={16} stroke={1.7} />
              </ActionIcon>
            )
          }
        />
        <EditField
          label={t.field_email()}
          type="email"
          value={email}
          placeholder={t.field_empty()}
          onSave={(value) => save({ email: value })}
          after={
            email && (
              <ActionIcon component="a" href={`mailto:${email}`} aria-label={t.write_mail({ email })}>
                <IconMail size={16} stroke={1.7} />
              </ActionIcon>
            )
          }
        />
        <EditField
          label={t.field_note()}
          value={customer.note ?? ""}
          placeholder={t.field_note_empty()}
          multiline
          onSave={(note) => save({ note })}
        />
      </Section>
      {lead && <LeadSection lead={lead} />}
      <Ways details={details} />
      <Sessions sessions={details.sessions} current={dialog.session.id} />
      <Files dialogId={dialog.id} />
    </>
  );
}
