import { IconMapOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { m as t } from "@/paraglide/messages";
import { Empty } from "@/ui/State";

/** An address that leads nowhere. */
export const Missing = () => (
  <main>
    <Empty alone icon={IconMapOff} title={t.error_not_found_title()} text={t.error_not_found()}>
      <Link to="/inbox">{t.go_inbox()}</Link>
    </Empty>
  </main>
);
