import { SegmentedControl, Switch } from "@mantine/core";
import { useState } from "react";
import type { Line, LinePatch, Texts } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { useAutosave } from "@/ui/Saved";
import { patchLine, showLine } from "./data";
import { Setting } from "./Setting";
import { TextEditor } from "./TextEditor";
import { unknownVariables } from "./texts";

const isRight = (texts: Texts) => Object.values(texts).every((it) => unknownVariables(it).length === 0);

/** What the line writes by itself. A text with an unknown variable is kept on the screen and not saved. */
export function TextsTab({ line }: { line: Line }) {
  const { save, states } = useAutosave();
  const [greeting, setGreeting] = useState(line.greeting.texts);
  const [closing, setClosing] = useState(line.closing.texts);

  const put = (field: "language" | "greeting" | "closing", patch: LinePatch, rest = false) =>
    save(
      field,
      async () => {
        const undo = rest ? () => {} : showLine({ ...line, ...patch });
        try {
          await patchLine(line.id, patch);
        } catch (error) {
          undo();
          throw error;
        }
      },
      rest,
    );

  const shared = { lineName: line.name, language: line.language };
  return (
    <>
      <Setting label={t.texts_language()} hint={t.texts_language_hint()} state={states.language}>
        <SegmentedControl
          fullWidth
          aria-label={t.texts_language()}
          value={line.language}
          onChange={(language) => put("language", { language: language as Line["language"] })}
          data={[
            { value: "ru", label: t.language_ru() },
            { value: "en", label: t.language_en() },
          ]}
        />
      </Setting>
      <Setting
        label={t.texts_greeting()}
        hint={t.texts_greeting_hint()}
        htmlFor="greeting"
        state={states.greeting}
      >
        <Switch
          id="greeting"
          checked={line.greeting.enabled}
          onChange={(event) =>
            put("greeting", {
              greeting: { ...line.greeting, texts: greeting, enabled: event.currentTarget.checked },
            })
          }
        />
      </Setting>
      {line.greeting.enabled && (
        <>
          <Setting label={t.texts_when()}>
            <SegmentedControl
              fullWidth
              aria-label={t.texts_when()}
              value={line.greeting.when ?? "each"}
              onChange={(when) =>
                put("greeting", {
                  greeting: { ...line.greeting, texts: greeting, when: when as "each" | "first" },
                })
              }
              data={[
                { value: "each", label: t.texts_each() },
                { value: "first", label: t.texts_first() },
              ]}
            />
          </Setting>
          <Setting label={t.texts_greeting_text()} wide>
            <TextEditor
              {...shared}
              label={t.texts_greeting_text()}
              place="before"
              texts={greeting}
              onChange={(texts) => {
                setGreeting(texts);
                if (isRight(texts)) put("greeting", { greeting: { ...line.greeting, texts } }, true);
              }}
            />
          </Setting>
        </>
      )}
      <Setting
        label={t.texts_closing()}
        hint={t.texts_closing_hint()}
        htmlFor="closing"
        state={states.closing}
      >
        <Switch
          id="closing"
          checked={line.closing.enabled}
          onChange={(event) =>
            put("closing", {
              closing: { ...line.closing, texts: closing, enabled: event.currentTarget.checked },
            })
          }
        />
      </Setting>
      {line.closing.enabled && (
        <Setting label={t.texts_closing_text()} wide>
          <TextEditor
            {...shared}
            label={t.texts_closing_text()}
            place="after"
            texts={closing}
            onChange={(texts) => {
              setClosing(texts);
              if (isRight(texts)) put("closing", { closing: { ...line.closing, texts } }, true);
            }}
          />
        </Setting>
      )}
    </>
  );
}
