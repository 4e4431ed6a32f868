/** The operator's workplace: list of dialogs, the open dialog, the customer's card. */
import { m as t } from "@/paraglide/messages";
import { Page } from "@/ui/Page";

export function InboxPage() {
  return <Page title={t.nav_dialogs()}>{null}</Page>;
}
