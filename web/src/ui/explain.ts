/** Words for a problem that the screen has no own words for. */
import type { Problem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";

export function explain(problem: Problem): { title: string; text: string } {
  switch (problem.status) {
    case 0:
      return { title: t.error_offline_title(), text: t.error_offline() };
    case 403:
      return { title: t.error_forbidden_title(), text: problem.detail || t.error_forbidden() };
    case 404:
      return { title: t.error_not_found_title(), text: problem.detail || t.error_not_found() };
    case 429:
    case 503:
      return { title: t.error_title(), text: problem.detail || t.error_busy() };
    default:
      return {
        title: t.error_title(),
        text: problem.status < 500 && problem.detail ? problem.detail : t.error_unknown(),
      };
  }
}
