import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import { isCode } from "@/api/problem";
import type { About, Connection, ConnectionSettings } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Notice, ProblemNotice } from "@/ui/Notice";
import { toast } from "@/ui/toast";
import { useTask } from "@/ui/useTask";
import classes from "./connections.module.css";
import { reconnect } from "./data";
import { SettingsFields } from "./SettingsFields";
import { type FieldErrors, formProblems, settingOf, toSettings } from "./settings";

type Props = { connection: Connection; about: About; opened: boolean; onClose: () => void };

/**
 * Brings a connection back: with the settings that are known, or with new ones. Warns when another place uses the
 * account now, because that place will lose it.
 */
export function ReconnectDialog({ connection, about, opened, onClose }: Props) {
  const displaced = connection.state === "displaced";
  const [values, setValues] = useState<ConnectionSettings>({});
  const [errors, setErrors] = useState<FieldErrors>({});
  const [fresh, setFresh] = useState(false);
  const [inUse, setInUse] = useState<string | null>(null);

  useEffect(() => {
    if (!opened) return;
    setValues({});
    setErrors({});
    setInUse(null);
    setFresh(connection.state === "failing");
  }, [opened, connection.state]);

  const task = useTask(async () => {
    const settings = fresh ? toSettings(about, values) : undefined;
    try {
      await reconnect(connection.id, { settings, take_over: displaced || inUse !== null });
    } catch (error) {
      if (isCode(error, "in_use")) return setInUse(error.detail);
      const wrong = settingOf((error as { field?: string }).field);
      if (!wrong) throw error;
      setFresh(true);
      setErrors({ [wrong]: (error as Error & { detail: string }).detail });
      return;
    }
    toast.info(t.connection_back({ account: connection.title }));
    onClose();
  });

  const warn = displaced || inUse !== null;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.connection_reconnect_title({ account: connection.title })}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          const problems = fresh ? formProblems(about, values) : {};
          setErrors(problems);
          if (!task.busy && Object.keys(problems).length === 0) void task.run();
        }}
      >
        {warn && (
          <Notice tone="warning">
            {inUse ? t.connect_used_title({ place: inUse }) : t.connection_displaced_text()}{" "}
            {t.connect_used_text()}
          </Notice>
        )}
        {fresh ? (
          <SettingsFields
            about={about}
            values={values}
            errors={errors}
            disabled={task.busy}
            onChange={(name, value) => {
              setValues((it) => ({ ...it, [name]: value }));
              setErrors(({ [name]: _, ...rest }) => rest);
            }}
          />
        ) : (
          <p className={classes.quiet}>
            {t.connection_reconnect_known()}{" "}
            <Button kind="quiet" size="compact-sm" px={0} onClick={() => setFresh(true)}>
              {t.connection_reconnect_fresh()}
            </Button>
          </p>
        )}
        {task.problem &&
          (task.problem.code === "hub_unreachable" ? (
            <Notice tone="danger">{t.connect_hub_unreachable()}</Notice>
          ) : (
            <ProblemNotice error={task.problem} />
          ))}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{t.action_cancel()}</Button>
          <Button kind={warn ? "danger" : "primary"} type="submit" loading={task.busy}>
            {warn ? t.connect_take_over() : t.connection_reconnect()}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
