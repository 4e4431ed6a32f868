/** The cache of everything that is asked for by request. Live frames keep it fresh, so nothing is polled. */
import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

const TRIES_MAX = 2;
/** Short: a person is looking at the screen. */
const RETRY_AFTER_MS = 500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: true,
      retryDelay: RETRY_AFTER_MS,
      retry: (count, error) => {
        const { status } = asProblem(error);
        return count < TRIES_MAX && (status === 0 || status >= 500);
      },
    },
  },
});
