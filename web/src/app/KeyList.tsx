/** `?`: the keys that work right now, from the same registry that runs them. */
import { Modal, Text } from "@mantine/core";
import { useAllActions } from "@/keys/registry";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Keys } from "@/ui/Bits";
import classes from "./frame.module.css";

export function KeyList({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const sets = useAllActions();
  const { settings } = useMe();
  const groups = new Map<string, { id: string; label: string; keys: string }[]>();
  for (const { id, label, group, keys } of [...sets.values()].flat())
    if (keys) groups.set(group, [...(groups.get(group) ?? []), { id, label, keys }]);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.keys_title()}
      size={720}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <Text c="dimmed" size="sm" mb="md">
        {settings.shortcuts ? t.keys_hint() : t.keys_off()}
      </Text>
      <div className={classes.keyGroups}>
        {[...groups].map(([group, actions]) => (
          <section key={group} className={classes.keyGroup}>
            <h2>{group}</h2>
            <dl>
              {actions.map(({ id, label, keys }) => (
                <div key={id}>
                  <dt>{label}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
