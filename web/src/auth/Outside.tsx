/** The place before the sign-in: a card, and the two switches that everybody may need there. */
import { ActionIcon, useMantineColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import { setLocale, useLocale } from "@/i18n/locale";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import classes from "./auth.module.css";

export function Outside({ title, wide, children }: { title: string; wide?: boolean; children: ReactNode }) {
  const locale = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const systemDark = useMediaQuery("(prefers-color-scheme: dark)");
  const dark = colorScheme === "dark" || (colorScheme === "auto" && systemDark);
  useEffect(() => {
    document.title = `${title} – ${t.app_name()}`;
  }, [title]);
  return (
    <div className={classes.outside}>
      <header className={classes.top}>
        <span className={classes.brand}>
          <img src="/favicon.svg" alt="" width={28} height={28} />
          {t.app_name()}
        </span>
        <span className={classes.switches}>
          <Button
            kind="quiet"
            size="compact-md"
            id="language-switch"
            lang={locale === "ru" ? "en" : "ru"}
            onClick={() => setLocale(locale === "ru" ? "en" : "ru")}
          >
            {locale === "ru" ? t.language_en() : t.language_ru()}
          </Button>
          <ActionIcon
            size={32}
            onClick={() => setColorScheme(dark ? "light" : "dark")}
            aria-label={dark ? t.theme_to_light() : t.theme_to_dark()}
          >
            {dark ? <IconSun size={18} stroke={1.6} /> : <IconMoon size={18} stroke={1.6} />}
          </ActionIcon>
        </span>
      </header>
      <main className={classes.middle}>
        <div className={classes.card} data-wide={wide || undefined}>
          {children}
        </div>
      </main>
    </div>
  );
}
