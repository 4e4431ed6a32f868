import { SegmentedControl, Switch } from "@mantine/core";
import { Setting } from "@/lines/Setting";
import { patchMe, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { useAutosave } from "@/ui/Saved";

/** How the keyboard and the sound behave. */
export function WorkPart() {
  const { settings } = useMe();
  const { save, states } = useAutosave();
  const put = (field: "shortcuts" | "sound", value: boolean) =>
    save(field, () => patchMe({ settings: { [field]: value } }));
  return (
    <>
      <Setting label={t.settings_send()} hint={t.settings_send_hint()} state={states.enter_sends}>
        <SegmentedControl
          fullWidth
          aria-label={t.settings_send()}
          value={settings.enter_sends ? "enter" : "ctrl"}
          onChange={(value) =>
            save("enter_sends", () => patchMe({ settings: { enter_sends: value === "enter" } }))
          }
          data={[
            { value: "enter", label: "Enter" },
            { value: "ctrl", label: "Ctrl+Enter" },
          ]}
        />
      </Setting>
      <Setting
        label={t.settings_shortcuts()}
        hint={t.settings_shortcuts_hint()}
        state={states.shortcuts}
        htmlFor="shortcuts"
      >
        <Switch
          id="shortcuts"
          checked={settings.shortcuts}
          onChange={(event) => put("shortcuts", event.currentTarget.checked)}
        />
      </Setting>
      <Setting label={t.settings_sound()} hint={t.settings_sound_hint()} state={states.sound} htmlFor="sound">
        <Switch
          id="sound"
          checked={settings.sound}
          onChange={(event) => put("sound", event.currentTarget.checked)}
        />
      </Setting>
    </>
  );
}
