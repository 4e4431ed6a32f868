import { type ReactNode, useEffect, useRef } from "react";
import { m as t } from "@/paraglide/messages";
import classes from "./ui.module.css";

type PageProps = {
  title: string;
  /** Before the title: back, a picture. */
  before?: ReactNode;
  /** Right of the title: the actions of the page. */
  actions?: ReactNode;
  /** For forms: lines of words must not become long. */
  narrow?: boolean;
  children: ReactNode;
};

/** A page with a head that stays. Sets the title of the tab and takes the focus when the page is entered. */
export function Page({ title, before, actions, narrow, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – ${t.app_name()}`;
  }, [title]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={classes.page}>
      <header className={classes.pageHead}>
        {before}
        <h1 ref={heading} tabIndex={-1} className={classes.pageTitle}>
          {title}
        </h1>
        <div className={classes.pageSpace} />
        {actions}
      </header>
      <div className={classes.pageBody} data-narrow={narrow || undefined}>
        {children}
      </div>
    </div>
  );
}
