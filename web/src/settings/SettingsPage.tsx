/** `/settings/:part`: what a person sets for oneself; the company for administrators. */
import { Link, useParams } from "@tanstack/react-router";
import lines from "@/lines/lines.module.css";
import { useIsAdmin } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Page } from "@/ui/Page";
import { CompanyPart } from "./CompanyPart";
import { PasswordPart } from "./PasswordPart";
import { ProfilePart } from "./ProfilePart";
import { WorkPart } from "./WorkPart";

export function SettingsPage() {
  const { part } = useParams({ from: "/inside/settings/$part" });
  const isAdmin = useIsAdmin();
  const parts = [
    ["profile", t.settings_profile()],
    ["work", t.settings_work()],
    ["password", t.settings_password()],
    ...(isAdmin ? ([["company", t.settings_company()]] as const) : []),
  ] as const;
  return (
    <Page title={t.nav_settings()} narrow>
      <nav className={lines.tabs} aria-label={t.settings_parts()}>
        {parts.map(([it, label]) => (
          <Link
            key={it}
            to="/settings/$part"
            params={{ part: it }}
            className={lines.tab}
            activeProps={{ "data-active": true }}
          >
            {label}
          </Link>
        ))}
      </nav>
      <div>
        {part === "work" ? (
          <WorkPart />
        ) : part === "password" ? (
          <PasswordPart />
        ) : part === "company" && isAdmin ? (
          <CompanyPart />
        ) : (
          <ProfilePart />
        )}
      </div>
    </Page>
  );
}
