// Build of the operator interface. The server embeds `dist`; nothing is loaded from other hosts.
import { fileURLToPath } from "node:url";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption } from "vite";
import { precompress } from "./tools/precompress.ts";

const BACKEND = process.env.OL_BACKEND ?? "http://127.0.0.1:8420";

export default defineConfig(async () => {
  const plugins: PluginOption[] = [react(), precompress()];
  // Under test the texts are compiled beforehand (`npm run i18n`): the plug-in's watcher would keep vitest from ending.
  if (!process.env.VITEST)
    plugins.push(
      paraglideVitePlugin({
        project: "./project.inlang",
        outdir: "./src/paraglide",
        strategy: ["globalVariable", "baseLocale"],
        emitTsDeclarations: true,
      }),
    );
  const mocked = process.env.OL_MOCK === "1";
  if (mocked) plugins.push((await import("./dev/mock/index.ts")).mockBackend());
  return {
    plugins,
    resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
    build: {
      target: ["chrome123", "firefox120", "safari17.5"],
      // The minifier must not lower `light-dark()`: the scheme is switched at run time.
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: true,
    },
    server: {
      port: 5173,
      strictPort: true,
      proxy: mocked ? undefined : { "/api": { target: BACKEND, ws: true, changeOrigin: false } },
    },
    test: { include: ["src/**/*.test.{ts,tsx}", "tools/**/*.test.ts"], environment: "node" },
  };
});
