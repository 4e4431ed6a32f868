import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Connection, Stage } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { useTask } from "@/ui/useTask";
import classes from "./connections.module.css";
import { checkConnection } from "./data";
import { Stages } from "./Stages";

type Props = { connection: Connection; opened: boolean; onClose: () => void };

/** Checks a connection that exists, stage by stage. */
export function CheckDialog({ connection, opened, onClose }: Props) {
  const [stages, setStages] = useState<Stage[] | null>(null);
  const { busy, problem, run } = useTask(async () => {
    setStages(null);
    setStages((await checkConnection(connection.id)).stages);
  });
  useEffect(() => {
    if (opened) void run();
  }, [opened, run]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.connection_check_title({ account: connection.title })}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <div className={classes.form}>
        {problem ? <ProblemNotice error={problem} /> : <Stages stages={busy ? null : stages} />}
        <div className={classes.buttons}>
          <Button onClick={() => void run()} loading={busy}>
            {t.connect_check_again()}
          </Button>
          <Button kind="primary" onClick={onClose} data-autofocus>
            {t.action_close()}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
