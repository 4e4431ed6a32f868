/** `/operators`: everybody who answers, and who is invited. */
import { Drawer, Modal, Switch } from "@mantine/core";
import { IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { byName } from "@/i18n/format";
import { useLines } from "@/lines/data";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/State";
import { useOperators } from "./data";
import { Invitations } from "./Invitations";
import { InviteForm } from "./InviteForm";
import { OperatorForm } from "./OperatorForm";
import { OperatorRow } from "./OperatorRow";
import classes from "./operators.module.css";

export function OperatorsPage() {
  const { invite } = useSearch({ from: "/inside/operators" });
  const navigate = useNavigate();
  const { data: operators, error, refetch } = useOperators();
  const { data: lines = [] } = useLines();
  const [withInactive, setWithInactive] = useState(false);
  const [openId, setOpenId] = useState<number | null>(null);
  const setInvite = (open: boolean) =>
    void navigate({ to: "/operators", search: { invite: open || undefined }, replace: true });

  const inactive = operators?.filter((it) => !it.active).length ?? 0;
  const shown = operators?.filter((it) => it.active || withInactive).sort(byName) ?? [];
  const opened = operators?.find((it) => it.id === openId);

  return (
    <Page
      title={t.nav_operators()}
      actions={
        <Button
          kind="primary"
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => setInvite(true)}
        >
          {t.operators_invite()}
        </Button>
      }
    >
      {error && !operators ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : !operators ? (
        <Loading onRetry={() => void refetch()}>
          <Bones rows={[36, 56, 56, 56, 56]} gap={4} />
        </Loading>
      ) : (
        <>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t.operators_person()}</th>
                <th scope="col">{t.operators_state()}</th>
                <th scope="col">{t.operator_role()}</th>
                <th scope="col">{t.operator_lines()}</th>
                <th scope="col">{t.operators_open()}</th>
                <th scope="col">
                  <span className="ol-hidden">{t.action_edit()}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((it) => (
                <OperatorRow key={it.id} operator={it} lines={lines} onOpen={() => setOpenId(it.id)} />
              ))}
            </tbody>
          </table>
          {inactive > 0 && (
            <Switch
              className={classes.below}
              label={t.operators_inactive({ count: inactive })}
              checked={withInactive}
              onChange={(event) => setWithInactive(event.currentTarget.checked)}
            />
          )}
          {operators.length === 1 && (
            <Empty icon={IconUsersGroup} title={t.operators_alone()} text={t.operators_alone_text()}>
              <Button onClick={() => setInvite(true)}>{t.operators_invite()}</Button>
            </Empty>
          )}
          <Invitations lines={lines} />
        </>
      )}
      <Modal
        opened={invite ?? false}
        onClose={() => setInvite(false)}
        title={t.operators_invite_title()}
        size={520}
        closeButtonProps={{ "aria-label": t.action_close() }}
      >
        <InviteForm onDone={() => setInvite(false)} />
      </Modal>
      <Drawer
        opened={opened !== undefined}
        onClose={() => setOpenId(null)}
        position="right"
        title={opened?.name}
        size={400}
        closeButtonProps={{ "aria-label": t.action_close() }}
      >
        {opened && <OperatorForm operator={opened} lines={lines} />}
      </Drawer>
    </Page>
  );
}
