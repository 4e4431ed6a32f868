/** The signed-in application: rail (bottom bar on a phone), banner, screen, palette and list of keys. */
import { useMantineColorScheme } from "@mantine/core";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { startInbox } from "@/inbox/start";
import { type Action, useActions } from "@/keys/registry";
import { usePhysicalKeys } from "@/keys/useKeys";
import { startLive, stopLive } from "@/live/socket";
import { useIsAdmin, useMe } from "@/me/data";
import { useStatusSwitch } from "@/me/presence";
import { m as t } from "@/paraglide/messages";
import { statusName } from "@/ui/Person";
import { Banner } from "./Banner";
import classes from "./frame.module.css";
import { keepFresh } from "./fresh";
import { KeyList } from "./KeyList";
import { openPalette, Palette } from "./Palette";
import { Rail } from "./Rail";

export function Frame() {
  const { settings, operator } = useMe();
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();
  const [keysShown, setKeysShown] = useState(false);
  const { change } = useStatusSwitch();
  usePhysicalKeys(settings.shortcuts);

  // The person's own theme follows to every browser.
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    setColorScheme(settings.theme === "system" ? "auto" : settings.theme);
  }, [settings.theme, setColorScheme]);

  useEffect(() => {
    const stopFresh = keepFresh();
    const stopInbox = startInbox(operator.id, (d) => void navigate({ to: "/inbox", search: { d } }));
    startLive();
    return () => {
      stopInbox();
      stopFresh();
      stopLive();
    };
  }, [operator.id, navigate]);

  const actions = useMemo<readonly Action[]>(() => {
    const go = t.group_go();
    const status = t.group_status();
    const admin: Action[] = [
      {
        id: "go.lines",
        label: t.go_lines(),
        group: go,
        keys: "KeyG KeyL",
        run: () => void navigate({ to: "/lines" }),
      },
      {
        id: "go.operators",
        label: t.go_operators(),
        group: go,
        keys: "KeyG KeyO",
        run: () => void navigate({ to: "/operators" }),
      },
    ];
    return [
      {
        id: "palette",
        label: t.palette_title(),
        group: t.group_general(),
        keys: "mod+KeyK",
        inFields: true,
        keyOnly: true,
        run: openPalette,
      },
      {
        id: "keys",
        label: t.keys_title(),
        group: t.group_general(),
        keys: "?",
        run: () => setKeysShown(true),
      },
      {
        id: "go.inbox",
        label: t.go_inbox(),
        group: go,
        keys: "KeyG KeyI",
        run: () => void navigate({ to: "/inbox" }),
      },
      ...(isAdmin ? admin : []),
      {
        id: "go.settings",
        label: t.go_settings(),
        group: go,
        keys: "KeyG KeyS",
        run: () => void navigate({ to: "/settings/$part", params: { part: "profile" } }),
      },
      ...(["available", "busy", "break", "off"] as const).map((it, index) => ({
        id: `status.${it}`,
        label: statusName(it),
        group: status,
        keys: `Ctrl+Alt+Digit${index + 1}`,
        inFields: true,
        run: () => change(it),
      })),
    ];
  }, [navigate, isAdmin, change]);
  useActions(actions);

  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t.nav_skip()}
      </a>
      <Rail onKeys={() => setKeysShown(true)} />
      <div className={classes.column}>
        <Banner />
        <main id="content" tabIndex={-1} className={classes.content}>
          <Outlet />
        </main>
      </div>
      <Palette />
      <KeyList opened={keysShown} onClose={() => setKeysShown(false)} />
    </div>
  );
}
