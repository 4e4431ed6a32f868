import { SegmentedControl, TextInput, useMantineColorScheme } from "@mantine/core";
import { useEffect, useState } from "react";
import { isLocale, setLocale, useLocale } from "@/i18n/locale";
import { Setting } from "@/lines/Setting";
import { patchMe, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import type { Theme } from "@/theme/scheme";
import { useAutosave } from "@/ui/Saved";

/** Name, language and theme. */
export function ProfilePart() {
  const { operator, settings, server_version } = useMe();
  const locale = useLocale();
  const { setColorScheme } = useMantineColorScheme();
  const { save, states } = useAutosave();
  const [name, setName] = useState(operator.name);
  useEffect(() => setName(operator.name), [operator.name]);

  return (
    <>
      <Setting label={t.join_name()} hint={t.join_name_hint()} state={states.name} htmlFor="my-name">
        <TextInput
          id="my-name"
          value={name}
          maxLength={100}
          autoComplete="name"
          onChange={(event) => {
            const value = event.currentTarget.value;
            setName(value);
            if (value.trim()) save("name", () => patchMe({ name: value.trim() }), true);
          }}
          onBlur={() => name.trim() || setName(operator.name)}
        />
      </Setting>
      <Setting label={t.signin_email()} hint={t.settings_email_hint()} htmlFor="my-email">
        <TextInput id="my-email" value={operator.email} readOnly />
      </Setting>
      <Setting label={t.menu_language()} hint={t.settings_language_hint()} state={states.language}>
        <SegmentedControl
          id="my-language"
          fullWidth
          aria-label={t.menu_language()}
          value={locale}
          onChange={(value) => {
            if (!isLocale(value)) return;
            setLocale(value);
            save("language", () => patchMe({ settings: { language: value } }));
          }}
          data={[
            { value: "ru", label: t.language_ru() },
            { value: "en", label: t.language_en() },
          ]}
        />
      </Setting>
      <Setting label={t.menu_theme()} state={states.theme}>
        <SegmentedControl
          fullWidth
          aria-label={t.menu_theme()}
          value={settings.theme}
          onChange={(value) => {
            const theme = value as Theme;
            setColorScheme(theme === "system" ? "auto" : theme);
            save("theme", () => patchMe({ settings: { theme } }));
          }}
          data={[
            { value: "system", label: t.theme_system() },
            { value: "light", label: t.theme_light() },
            { value: "dark", label: t.theme_dark() },
          ]}
        />
      </Setting>
      <Setting label={t.settings_version()}>
        <span className="ol-num">{server_version}</span>
      </Setting>
    </>
  );
}
