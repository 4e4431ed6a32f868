import { PasswordInput, Switch, TextInput } from "@mantine/core";
import type { About, ConnectionSettings } from "@/api/types";
import { pick } from "@/i18n/locale";
import { m as t } from "@/paraglide/messages";
import type { FieldErrors } from "./settings";

type Props = {
  about: About;
  values: ConnectionSettings;
  errors: FieldErrors;
  disabled?: boolean;
  onChange: (name: string, value: string) => void;
  /** A value came from the clipboard, so it is probably complete. */
  onPaste?: (name: string, value: string) => void;
};

/** The fields that a channel asks for. Secrets are masked and never offered by a password manager. */
export function SettingsFields({ about, values, errors, disabled, onChange, onPaste }: Props) {
  return about.fields.map((field, index) => {
    const label = pick(field.label);
    const description = pick(field.help);
    if (field.kind === "switch")
      return (
        <Switch
          key={field.name}
          label={label}
          description={description}
          checked={values[field.name] === "true"}
          disabled={disabled}
          onChange={(event) => onChange(field.name, String(event.currentTarget.checked))}
        />
      );
    const shared = {
      label,
      description,
      value: values[field.name] ?? "",
      error: errors[field.name],
      disabled,
      required: field.required,
      withAsterisk: false,
      autoComplete: "off",
      spellCheck: false,
      autoFocus: index === 0,
      onPaste: (event: React.ClipboardEvent<HTMLInputElement>) => {
        const pasted = event.clipboardData.getData("text");
        const { selectionStart, selectionEnd, value } = event.currentTarget;
        const replacesAll = selectionStart === 0 && selectionEnd === value.length;
        if (replacesAll) onPaste?.(field.name, pasted);
      },
      onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
        onChange(field.name, event.currentTarget.value),
    };
    return field.kind === "secret" ? (
      <PasswordInput
        key={field.name}
        {...shared}
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
      />
    ) : (
      <TextInput key={field.name} {...shared} />
    );
  });
}
