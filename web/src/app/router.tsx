/**
 * All addresses on one page. Screens are loaded when they are first opened; the signed-in part hangs under `inside`,
 * which lets nobody in without a login.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { whenLoginEnded } from "@/api/client";
import { isCode } from "@/api/problem";
import { queries } from "@/api/queries";
import type { DialogView } from "@/api/types";
import { meQuery } from "@/me/data";
import { Failed } from "@/ui/State";
import { Frame } from "./Frame";
import { Missing } from "./Missing";

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Missing,
  errorComponent: ({ error, reset }) => <Failed error={error} onRetry={reset} />,
});

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
const id = (value: unknown) => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};
/** Only an address of our own, so that a link cannot lead a person elsewhere after the sign-in. */
const ownPath = (value: unknown) => {
  const path = text(value);
  return path?.startsWith("/") && !path.startsWith("//") && !path.startsWith("/\\") ? path : undefined;
};

const SETUP_STEPS = 4;

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string } => ({ next: ownPath(search.next) }),
  component: lazyRouteComponent(() => import("@/auth/SignIn"), "SignIn"),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: (search): { step?: number; line?: number; channel?: string; connection?: number } => {
    const step = id(search.step);
    return {
      step: step && step <= SETUP_STEPS ? step : undefined,
      line: id(search.line),
      channel: text(search.channel),
      connection: id(search.connection),
    };
  },
  component: lazyRouteComponent(() => import("@/auth/Setup"), "Setup"),
});
const join = createRoute({
  getParentRoute: () => root,
  path: "/join",
  component: lazyRouteComponent(() => import("@/auth/Join"), "Join"),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Frame,
  beforeLoad: async ({ location }) => {
    try {
      const me = await queries.ensureQueryData(meQuery);
      return { me };
    } catch (error) {
      if (isCode(error, "login_needed"))
        throw redirect({ to: "/sign-in", search: location.pathname === "/" ? {} : { next: location.href } });
      throw error;
    }
  },
});
const adminOnly = ({ context }: { context: { me: { operator: { role: string } } } }) => {
  if (context.me.operator.role !== "admin") throw redirect({ to: "/inbox" });
};

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox" });
  },
});

const VIEWS: readonly DialogView[] = ["mine", "waiting", "all", "finished"];
export type InboxSearch = {
  view?: DialogView;
  line?: number;
  channel?: string;
  operator?: number;
  unanswered?: boolean;
  sort?: "waiting" | "activity";
  d?: number;
  m?: number;
};
const inbox = createRoute({
  getParentRoute: () => inside,
  path: "/inbox",
  validateSearch: (search): InboxSearch => ({
    view: VIEWS.find((it) => it === search.view),
    line: id(search.line),
    channel: text(search.channel),
    operator: id(search.operator),
    unanswered: search.unanswered === true || search.unanswered === "true" ? true : undefined,
    sort: search.sort === "waiting" || search.sort === "activity" ? search.sort : undefined,
    d: id(search.d),
    m: id(search.m),
  }),
  component: lazyRouteComponent(() => import("@/inbox/InboxPage"), "InboxPage"),
});

const lines = createRoute({
  getParentRoute: () => inside,
  path: "/lines",
  beforeLoad: adminOnly,
  validateSearch: (search): { q?: string; problems?: boolean } => ({
    q: text(search.q),
    problems: search.problems === true || search.problems === "true" ? true : undefined,
  }),
  component: lazyRouteComponent(() => import("@/connections/ContactCentre"), "ContactCentre"),
});
export const LINE_TABS = ["queue", "texts", "channels"] as const;
export type LineTab = (typeof LINE_TABS)[number];
const line = createRoute({
  getParentRoute: () => inside,
  path: "/lines/$id",
  beforeLoad: ({ params, context }) => {
    adminOnly({ context });
    throw redirect({ to: "/lines/$id/$tab", params: { id: params.id, tab: "queue" } });
  },
});
const lineTab = createRoute({
  getParentRoute: () => inside,
  path: "/lines/$id/$tab",
  beforeLoad: adminOnly,
  component: lazyRouteComponent(() => import("@/lines/LinePage"), "LinePage"),
});
const connect = createRoute({
  getParentRoute: () => inside,
  path: "/connect/$channel",
  beforeLoad: adminOnly,
  validateSearch: (search): { line?: number; step?: number; connection?: number } => ({
    line: id(search.line),
    step: id(search.step),
    connection: id(search.connection),
  }),
  component: lazyRouteComponent(() => import("@/connections/ConnectPage"), "ConnectPage"),
});
const operators = createRoute({
  getParentRoute: () => inside,
  path: "/operators",
  beforeLoad: adminOnly,
  validateSearch: (search): { invite?: boolean } => ({
    invite: search.invite === true || search.invite === "true" ? true : undefined,
  }),
  component: lazyRouteComponent(() => import("@/operators/OperatorsPage"), "OperatorsPage"),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: "/settings",
  beforeLoad: ({ location }) => {
    if (location.pathname === "/settings")
      throw redirect({ to: "/settings/$part", params: { part: "profile" } });
  },
});
const settingsPart = createRoute({
  getParentRoute: () => inside,
  path: "/settings/$part",
  component: lazyRouteComponent(() => import("@/settings/SettingsPage"), "SettingsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setup,
    join,
    inside.addChildren([home, inbox, lines, line, lineTab, connect, operators, settings, settingsPart]),
  ]),
  defaultPreload: "intent",
  defaultPendingMs: 150,
  scrollRestoration: false,
});

whenLoginEnded(() => {
  const { pathname, href } = router.state.location;
  if (["/sign-in", "/setup", "/join"].includes(pathname)) return;
  // The screens that need a person go first, then what is known of the person.
  void router.navigate({ to: "/sign-in", search: { next: href } }).then(() => queries.clear());
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
