/** One banner at a time, the most serious first. */
import { IconAlertTriangle, IconFlask, IconPlugConnectedX, IconRefresh } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useConnections } from "@/connections/data";
import { needsAttention } from "@/connections/state";
import { reconnectNow, useLive } from "@/live/socket";
import { useIsAdmin, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import classes from "./frame.module.css";
import { useNewVersion } from "./version";

/** A short break is nobody's business: most reconnects are done before this. */
const ALARM_AFTER_MS = 3_000;

/** True once the line has been down long enough to worry people. */
export function useIsOffline(): boolean {
  const { state, since } = useLive();
  const [alarmed, setAlarmed] = useState(false);
  useEffect(() => {
    if (state === "open") {
      setAlarmed(false);
      return;
    }
    const timer = setTimeout(() => setAlarmed(true), Math.max(0, since + ALARM_AFTER_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [state, since]);
  return alarmed;
}

type StripProps = {
  tone: "danger" | "warning" | "plain";
  icon: ReactNode;
  children: ReactNode;
  action?: ReactNode;
};
const Strip = ({ tone, icon, children, action }: StripProps) => (
  <div className={classes.banner} data-tone={tone} role={tone === "danger" ? "alert" : "status"}>
    <span aria-hidden className={classes.bannerIcon}>
      {icon}
    </span>
    <span className={classes.bannerText}>{children}</span>
    {action}
  </div>
);

export function Banner() {
  const { demo } = useMe();
  const isAdmin = useIsAdmin();
  const offline = useIsOffline();
  const renewed = useNewVersion();
  const navigate = useNavigate();
  const { data: connections = [] } = useConnections();
  const troubled = isAdmin ? connections.filter((it) => needsAttention(it.state)).length : 0;

  if (offline)
    return (
      <Strip
        tone="danger"
        icon={<IconPlugConnectedX size={16} />}
        action={
          <Button size="compact-sm" onClick={reconnectNow}>
            {t.banner_retry()}
          </Button>
        }
      >
        {t.banner_offline()}
      </Strip>
    );
  if (troubled > 0)
    return (
      <Strip
        tone="warning"
        icon={<IconAlertTriangle size={16} />}
        action={
          <Button
            size="compact-sm"
            onClick={() => void navigate({ to: "/lines", search: { problems: true } })}
          >
            {t.banner_fix()}
          </Button>
        }
      >
        {t.banner_emergency({ count: troubled })}
      </Strip>
    );
  if (renewed)
    return (
      <Strip
        tone="plain"
        icon={<IconRefresh size={16} />}
        action={
          <Button size="compact-sm" onClick={() => window.location.reload()}>
            {t.action_reload()}
          </Button>
        }
      >
        {t.banner_version()}
      </Strip>
    );
  if (demo)
    return (
      <Strip tone="plain" icon={<IconFlask size={16} />}>
        {t.banner_demo()}
      </Strip>
    );
  return null;
}
