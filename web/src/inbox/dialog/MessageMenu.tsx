/** The menu of a message. There is one for the whole thread; it opens where the button stands. */
import { Menu } from "@mantine/core";
import { IconArrowBackUp, IconCopy, IconPencil, IconRefresh, IconTrash } from "@tabler/icons-react";
import { type Ref, useEffect, useState } from "react";
import type { About, Message } from "@/api/types";
import { serverNow } from "@/live/socket";
import { m as t } from "@/paraglide/messages";
import { confirm } from "@/ui/confirm";
import { toast } from "@/ui/toast";
import { deleteMessage } from "../data";
import { receiveMessage } from "../store/feed";
import { patchMessage } from "../store/threads";
import { parse, plainText } from "../text/bb";

export type MenuTarget = { message: Message; origin: HTMLElement };

/** May this person still take the message back? The channel says for how long. */
export function canDelete(message: Message, about: About | undefined, me: number): boolean {
  if (message.author.operator_id !== me || message.deleted_at) return false;
  if (message.kind === "note") return true;
  const within = about?.limits.delete_within_s;
  const age = (serverNow() - Date.parse(message.at)) / 1000;
  return message.kind === "reply" && Boolean(about?.can.delete) && (!within || age < within);
}

export const canEdit = (message: Message, about: About | undefined, me: number) =>
  message.author.operator_id === me &&
  !message.deleted_at &&
  (message.kind === "note" || (message.kind === "reply" && Boolean(about?.can.edit)));

async function remove(message: Message) {
  const yes = await confirm({
    title: t.delete_title(),
    text: message.kind === "note" ? t.delete_note_text() : t.delete_text(),
    yes: t.action_delete(),
    danger: true,
  });
  if (!yes) return;
  const undo = patchMessage(message.dialog_id, message.id, {
    deleted_at: new Date(serverNow()).toISOString(),
  });
  try {
    receiveMessage(await deleteMessage(message.id));
  } catch (error) {
    undo();
    toast.error(error);
  }
}

type MenuProps = {
  target: MenuTarget | null;
  about: About | undefined;
  me: number;
  canReply: boolean;
  onClose: () => void;
  onReply: (message: Message) => void;
  onEdit: (message: Message) => void;
  onResend: (message: Message) => void;
};

/** Where the menu stands. The button that opened it carries the roles, so those that the menu gives are not taken. */
const Place = ({
  ref,
  rect: { left, top, width, height },
}: {
  ref?: Ref<HTMLSpanElement>;
  rect: DOMRect;
}) => <span ref={ref} style={{ position: "fixed", left, top, width, height, pointerEvents: "none" }} />;

export function MessageMenu({ target, about, me, canReply, onClose, onReply, onEdit, onResend }: MenuProps) {
  const [rect, setRect] = useState<DOMRect | null>(null);
  useEffect(() => setRect(target?.origin.getBoundingClientRect() ?? null), [target]);
  if (!target || !rect) return null;
  const { message, origin } = target;
  const close = () => {
    onClose();
    origin.focus({ preventScroll: true });
  };
  const copy = () => {
    navigator.clipboard.writeText(plainText(parse(message.text))).catch(toast.error);
  };
  const isOut = message.kind === "reply";
  return (
    <Menu opened onClose={close} position="bottom-end" width={220} returnFocus={false} withinPortal>
      <Menu.Target>
        <Place rect={rect} />
      </Menu.Target>
      <Menu.Dropdown aria-label={t.message_menu()}>
        {canReply && (
          <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => onReply(message)}>
            {t.reply_to_message()}
          </Menu.Item>
        )}
        {message.text && (
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={copy}>
            {t.copy_text()}
          </Menu.Item>
        )}
        {canEdit(message, about, me) && (
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onEdit(message)}>
            {t.edit_message()}
          </Menu.Item>
        )}
        {isOut && (message.delivery?.state === "failed" || message.delivery?.state === "uncertain") && (
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => onResend(message)}>
            {t.send_again()}
          </Menu.Item>
        )}
        {canDelete(message, about, me) && (
          <>
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconTrash size={16} />}
              c="var(--ol-danger)"
              onClick={() => void remove(message)}
            >
              {t.delete_message()}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
