/**
 * Browser tests of the release binary, in the Chromium of the system.
 *
 * `OPENLINES_BIN` names the binary; `fake-telegram` and `fresh-database` lie beside it. `CHROMIUM` names the browser.
 * `cargo xtask test --e2e` builds all of them and starts this; by hand:
 * `cargo build --release --package openlines-server --package openlines-testkit --bins && npm run e2e`.
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

/** One test holds a server, a fake Telegram and a browser: as many at once as a small machine carries. */
const WORKERS = 2;

export default defineConfig({
  testDir: fileURLToPath(new URL(".", import.meta.url)),
  outputDir: fileURLToPath(new URL("../test-results/runs", import.meta.url)),
  workers: WORKERS,
  fullyParallel: true,
  // A test that passes at the second try has failed: there is no second try.
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : "list",
  projects: [
    { name: "stories", testIgnore: "speed.spec.ts" },
    // Frames are counted when nothing else runs.
    { name: "speed", testMatch: "speed.spec.ts", workers: 1, dependencies: ["stories"] },
  ],
  use: {
    browserName: "chromium",
    headless: true,
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    locale: "en-GB",
    timezoneId: "Europe/Moscow",
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
