/** Asks before something that cannot be taken back: `if (await confirm({…})) …`. */
import { Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { create } from "zustand";
import { m as t } from "@/paraglide/messages";
import { Button } from "./Button";

type Question = { title: string; text: ReactNode; yes: string; danger?: boolean };
const useStore = create<{ question: Question | null; answer: (yes: boolean) => void }>(() => ({
  question: null,
  answer: () => {},
}));

export function confirm(question: Question): Promise<boolean> {
  useStore.getState().answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      useStore.setState({ question: null, answer: () => {} });
      resolve(yes);
    };
    useStore.setState({ question, answer });
  });
}

/** Other layers stand at 200, and a question may be asked out of one of them. */
const ABOVE_LAYERS = 320;

/** Stands once in the application and shows the question that is being asked. */
export function ConfirmHost() {
  const { question, answer } = useStore();
  return (
    <Modal
      zIndex={ABOVE_LAYERS}
      opened={question !== null}
      onClose={() => answer(false)}
      title={question?.title}
      closeButtonProps={{ "aria-label": t.action_close() }}
      size={440}
    >
      <Text component="div" c="dimmed" size="md">
        {question?.text}
      </Text>
      <Group justify="flex-end" gap="sm" mt="lg">
        <Button onClick={() => answer(false)} data-autofocus>
          {t.action_cancel()}
        </Button>
        <Button kind={question?.danger ? "danger" : "primary"} onClick={() => answer(true)}>
          {question?.yes}
        </Button>
      </Group>
    </Modal>
  );
}
