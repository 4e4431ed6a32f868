/** Short messages about results that a person cannot see on the spot. */
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { explain } from "./explain";
import { problemToast, undoToast } from "./toastParts";

const UNDO_MS = 8_000;
const INFO_MS = 4_000;

export const toast = {
  info: (message: string) => notifications.show({ message, autoClose: INFO_MS, className: "ol-toast" }),
  /** Stays until closed, because nobody may miss it. */
  error: (error: unknown) => {
    const problem = asProblem(error);
    const { title, text } = explain(problem);
    notifications.show({
      title,
      message: problemToast(text, problem.supportId),
      autoClose: problem.isOffline ? INFO_MS * 2 : false,
      className: "ol-toast ol-toast-error",
      role: "alert",
    });
  },
  /** Says what was done and offers to take it back for 8 s. */
  undo: (message: string, undo: () => void) => {
    const id = notifications.show({
      message: undoToast(message, t.action_undo(), () => {
        notifications.hide(id);
        undo();
      }),
      autoClose: UNDO_MS,
      className: "ol-toast",
    });
    return id;
  },
};
