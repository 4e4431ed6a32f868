import { SegmentedControl, Textarea, UnstyledButton } from "@mantine/core";
import { useRef, useState } from "react";
import type { Texts } from "@/api/types";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import classes from "./lines.module.css";
import { fill, insertAt, TEXT_MAX, unknownVariables, VARIABLES, type Variable } from "./texts";

type Language = keyof Texts;
type Props = {
  label: string;
  texts: Texts;
  lineName: string;
  /** Language that customers of the line get; shown first. */
  language: Language;
  /** Comes before a customer's message or after it, for the preview. */
  place: "before" | "after";
  error?: string | null;
  onChange: (texts: Texts) => void;
};

const variableName = (name: Variable) =>
  ({
    customer_name: t.variable_customer,
    operator_name: t.variable_operator,
    line_name: t.variable_line,
    company_name: t.variable_company,
  })[name]();

/** A text in both languages, with variables to click and a preview as the customer sees it. */
export function TextEditor({ label, texts, lineName, language, place, error, onChange }: Props) {
  const { operator, company } = useMe();
  const [shown, setShown] = useState<Language>(language);
  const field = useRef<HTMLTextAreaElement>(null);
  const text = texts[shown];
  const unknown = unknownVariables(text);
  const set = (value: string) => onChange({ ...texts, [shown]: value });

  const insert = (variable: Variable) => {
    const area = field.current;
    const [next, cursor] = insertAt(
      text,
      area?.selectionStart ?? text.length,
      area?.selectionEnd ?? text.length,
      variable,
    );
    set(next);
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(cursor, cursor);
    });
  };

  const preview = fill(text, {
    customer_name: t.preview_customer({}, { locale: shown }),
    operator_name: operator.name,
    line_name: lineName,
    company_name: company.name,
  });
  return (
    <div className={classes.texts}>
      <div>
        <div className={classes.languages}>
          <SegmentedControl
            size="xs"
            value={shown}
            onChange={(value) => setShown(value as Language)}
            aria-label={t.menu_language()}
            data={[
              { value: "ru", label: t.language_ru() },
              { value: "en", label: t.language_en() },
            ]}
          />
        </div>
        <Textarea
          ref={field}
          aria-label={label}
          lang={shown}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={TEXT_MAX}
          value={text}
          onChange={(event) => set(event.currentTarget.value)}
          error={unknown.length > 0 ? t.texts_unknown({ names: unknown.join(", ") }) : error}
        />
        <div className={classes.chips} role="group" aria-label={t.texts_variables()}>
          {VARIABLES.map((it) => (
            <UnstyledButton key={it} className={classes.variable} onClick={() => insert(it)}>
              {variableName(it)}
            </UnstyledButton>
          ))}
        </div>
      </div>
      <div className={classes.preview} role="group" aria-label={t.texts_preview()}>
        <div className={classes.previewHead}>{t.texts_preview()}</div>
        <div className={classes.previewBody} lang={shown}>
          {place === "before" && (
            <div className={classes.bubble} data-mine>
              {t.preview_message({}, { locale: shown })}
            </div>
          )}
          {preview.trim() && <div className={classes.bubble}>{preview}</div>}
          {place === "after" && (
            <div className={classes.bubble} data-mine>
              {t.preview_thanks({}, { locale: shown })}
            </div>
          )}
        </div>
      </div>
    </div>
  );
}
