/** The way between the parts of the application. Parts that a person has no right to are absent. */
import { ActionIcon, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconHeadset,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMessages,
  IconMoon,
  IconSettings,
  IconSun,
  IconUsers,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { setLocale, useLocale } from "@/i18n/locale";
import { AvatarMenu } from "@/me/AvatarMenu";
import { patchMe, useIsAdmin } from "@/me/data";
import { OffDutyQuestion } from "@/me/presence";
import { m as t } from "@/paraglide/messages";
import { toast } from "@/ui/toast";
import classes from "./frame.module.css";
import { railWide } from "./railWide";

function useItems() {
  const isAdmin = useIsAdmin();
  return [
    { to: "/inbox", label: t.nav_dialogs(), short: t.nav_dialogs(), icon: IconMessages },
    ...(isAdmin
      ? ([
          { to: "/lines", label: t.nav_lines(), short: t.nav_lines_short(), icon: IconHeadset },
          { to: "/operators", label: t.nav_operators(), short: t.nav_operators(), icon: IconUsers },
        ] as const)
      : []),
    { to: "/settings", label: t.nav_settings(), short: t.nav_settings(), icon: IconSettings },
  ] as const;
}

export function Rail({ onKeys }: { onKeys: () => void }) {
  const phone = useMediaQuery("(max-width: 767px)", undefined, { getInitialValueInEffect: false });
  const large = useMediaQuery("(min-width: 1600px)", undefined, { getInitialValueInEffect: false });
  const wide = useSyncExternalStore(railWide.subscribe, () => railWide.get(large ?? false));
  const items = useItems();
  const locale = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const systemDark = useMediaQuery("(prefers-color-scheme: dark)");
  const dark = colorScheme === "dark" || (colorScheme === "auto" && systemDark);

  const other = locale === "ru" ? "en" : "ru";
  const switchLanguage = () => {
    setLocale(other);
    patchMe({ settings: { language: other } }).catch(toast.error);
  };
  const switchTheme = () => {
    const next = dark ? "light" : "dark";
    setColorScheme(next);
    patchMe({ settings: { theme: next } }).catch(toast.error);
  };

  const links = items.map(({ to, label, short, icon: Icon }) => (
    <Tooltip key={to} label={label} position="right" disabled={wide || phone}>
      <Link
        to={to}
        className={classes.link}
        activeProps={{ "data-active": true }}
        aria-label={phone ? short : label}
      >
        <Icon size={22} stroke={1.6} aria-hidden />
        <span className={classes.linkText}>{phone ? short : label}</span>
      </Link>
    </Tooltip>
  ));

  if (phone)
    return (
      <nav className={classes.bar} aria-label={t.nav_main()}>
        {links}
        <div className={classes.barMe}>
          <AvatarMenu onKeys={onKeys} side="top-end" />
        </div>
        <OffDutyQuestion />
      </nav>
    );

  const themeLabel = dark ? t.theme_to_light() : t.theme_to_dark();
  return (
    <nav className={classes.rail} data-wide={wide || undefined} aria-label={t.nav_main()}>
      <div className={classes.logo} aria-hidden>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        <span className={classes.linkText}>{t.app_name()}</span>
      </div>
      {links}
      <div className={classes.railSpace} />
      <div className={classes.tools}>
        {large && (
          <Tooltip label={wide ? t.nav_narrow() : t.nav_wide()} position="right">
            <ActionIcon
              size={36}
              onClick={() => railWide.set(!wide)}
              aria-label={wide ? t.nav_narrow() : t.nav_wide()}
            >
              {wide ? (
                <IconLayoutSidebarLeftCollapse size={20} stroke={1.6} />
              ) : (
                <IconLayoutSidebarLeftExpand size={20} stroke={1.6} />
              )}
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label={themeLabel} position="right">
          <ActionIcon size={36} onClick={switchTheme} aria-label={themeLabel}>
            {dark ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t.language_switch()} position="right">
          <ActionIcon
            id="language-switch"
            size={36}
            onClick={switchLanguage}
            aria-label={`${locale.toUpperCase()}: ${t.language_switch()}`}
          >
            <span className={classes.language}>{locale.toUpperCase()}</span>
          </ActionIcon>
        </Tooltip>
        <AvatarMenu onKeys={onKeys} side="right-end" />
      </div>
      <OffDutyQuestion />
    </nav>
  );
}
