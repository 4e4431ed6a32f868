import { Menu, UnstyledButton } from "@mantine/core";
import { IconCheck, IconKeyboard, IconLogout, IconSettings } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import type { PresenceStatus } from "@/api/types";
import { startLive, stopLive } from "@/live/socket";
import { m as t } from "@/paraglide/messages";
import { Keys } from "@/ui/Bits";
import { Face, StatusDot, statusName } from "@/ui/Person";
import { toast } from "@/ui/toast";
import { useMe } from "./data";
import classes from "./me.module.css";
import { useStatusSwitch } from "./presence";

const STATUSES: readonly PresenceStatus[] = ["available", "busy", "break", "off"];

/** Own picture with the status; its menu switches the status and leads to everything about oneself. */
export function AvatarMenu({ onKeys, side }: { onKeys: () => void; side: "right-end" | "top-end" }) {
  const { operator } = useMe();
  const { change } = useStatusSwitch();
  const navigate = useNavigate();

  const signOut = async () => {
    try {
      // Before the server ends the line: its farewell would be taken for a sign-out from elsewhere.
      stopLive();
      await take(api.POST("/api/logout"));
      // First away from the screens that need a person, then nothing of the person is kept.
      await navigate({ to: "/sign-in" });
      queries.clear();
    } catch (error) {
      startLive();
      toast.error(error);
    }
  };

  return (
    <Menu position={side} width={320} offset={8} withinPortal>
      <Menu.Target>
        <UnstyledButton
          id="avatar-menu"
          style={{ borderRadius: 999 }}
          aria-label={t.menu_me({ name: operator.name, status: statusName(operator.status) })}
        >
          <Face name={operator.name} picture={operator.avatar} size={32} status={operator.status} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <Face name={operator.name} picture={operator.avatar} size={36} />
          <div>
            <strong>{operator.name}</strong>
            <small>{operator.email}</small>
          </div>
        </div>
        <Menu.Divider />
        <Menu.Label>{t.group_status()}</Menu.Label>
        {STATUSES.map((status, index) => (
          <Menu.RadioItem
            key={status}
            value={status}
            checked={operator.status === status}
            onChange={() => change(status)}
            checkIcon={<IconCheck size={16} aria-hidden />}
            closeMenuOnClick
            rightSection={<Keys keys={`Ctrl+Alt+Digit${index + 1}`} />}
          >
            <span className={classes.status}>
              <StatusDot status={status} />
              {statusName(status)}
              {status === "busy" && <small>{t.status_busy_hint()}</small>}
            </span>
          </Menu.RadioItem>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconSettings size={16} aria-hidden />}
          onClick={() => void navigate({ to: "/settings/$part", params: { part: "profile" } })}
        >
          {t.menu_profile()}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconKeyboard size={16} aria-hidden />}
          rightSection={<Keys keys="?" />}
          onClick={onKeys}
        >
          {t.menu_keys()}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
          {t.menu_sign_out()}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
