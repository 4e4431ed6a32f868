/** A value that is changed where it stands: leaving the field saves; what the server refuses is put back and said. */
import { Textarea, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { asProblem, type Problem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { explain } from "@/ui/explain";
import classes from "./card.module.css";

const SAVED_SHOWN_MS = 1_800;

type FieldProps = {
  label: string;
  value: string;
  placeholder: string;
  onSave: (value: string) => Promise<unknown>;
  type?: "text" | "tel" | "email";
  multiline?: boolean;
  required?: boolean;
  /** Beside the value: call, write. */
  after?: ReactNode;
};

/** The person's own language for the refusals that are known; else the server's words. */
function reasonOf(problem: Problem): string {
  if (problem.status === 400 && problem.field === "email") return t.refused_email();
  if (problem.status === 400 && problem.field === "phone") return t.refused_phone();
  return explain(problem).text;
}

export function EditField({
  label,
  value,
  placeholder,
  onSave,
  type = "text",
  multiline,
  required,
  after,
}: FieldProps) {
  const [text, setText] = useState(value);
  const [state, setState] = useState<"idle" | "saved">("idle");
  const [error, setError] = useState("");
  const editing = useRef(false);
  const id = useId();
  useEffect(() => {
    if (!editing.current) setText(value);
  }, [value]);
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), SAVED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  const save = async () => {
    editing.current = false;
    const next = text.trim();
    if (next === value || (required && next === "")) {
      setText(value);
      return;
    }
    setError("");
    try {
      await onSave(next);
      setState("saved");
    } catch (problem) {
      setText(value);
      setError(t.field_refused({ value: next, reason: reasonOf(asProblem(problem)) }));
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.code === "Escape") {
      event.stopPropagation();
      setText(value);
      // The state is not in the field yet, so `save` would still see the old text.
      editing.current = false;
      (event.target as HTMLElement).blur();
    } else if (event.code === "Enter" && (!multiline || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      (event.target as HTMLElement).blur();
    }
  };
  const shared = {
    id,
    value: text,
    placeholder,
    onFocus: () => {
      editing.current = true;
    },
    onBlur: () => void (editing.current && save()),
    onKeyDown,
    classNames: { input: classes.input },
    variant: "unstyled",
    "aria-describedby": error ? `${id}-error` : undefined,
  } as const;
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
        {state === "saved" && (
          <span className={classes.saved} role="status">
            <IconCheck size={12} stroke={2.4} aria-hidden />
            {t.action_saved()}
          </span>
        )}
      </label>
      <div className={classes.value}>
        {multiline ? (
          <Textarea
            {...shared}
            autosize
            minRows={1}
            maxRows={8}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        ) : (
          <TextInput
            {...shared}
            type={type}
            autoComplete="off"
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        {after}
      </div>
      {error && (
        <p className={classes.error} id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
