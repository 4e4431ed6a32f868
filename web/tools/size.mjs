// Fails when the build outgrows its budget. Reads the built folder, nothing else.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const KB = 1000;
/** First load: what index.html needs before anything can be shown. Lazy: any later piece. */
const LIMIT = { firstJs: 260 * KB, firstCss: 25 * KB, lazyJs: 150 * KB };

const manifest = JSON.parse(await readFile(join(DIST, ".vite/manifest.json"), "utf8"));
const gzipped = async (file) => gzipSync(await readFile(join(DIST, file)), { level: 9 }).length;

const entry = Object.values(manifest).find((it) => it.isEntry);
const first = new Set();
const css = new Set();
(function walk(chunk) {
  if (first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const it of chunk.css ?? []) css.add(it);
  for (const it of chunk.imports ?? []) walk(manifest[it]);
})(entry);

let firstJs = 0;
for (const it of first) firstJs += await gzipped(it);
let firstCss = 0;
for (const it of css) firstCss += await gzipped(it);

const failures = [];
const line = (name, bytes, limit) => {
  const ok = bytes <= limit;
  console.log(
    `${ok ? "ok  " : "OVER"} ${name.padEnd(46)} ${(bytes / KB).toFixed(1).padStart(7)} of ${limit / KB} kB`,
  );
  if (!ok) failures.push(name);
};
line("first JS (gzip)", firstJs, LIMIT.firstJs);
line("first CSS (gzip)", firstCss, LIMIT.firstCss);
const lazy = Object.values(manifest).filter((it) => it.file.endsWith(".js") && !first.has(it.file));
for (const it of lazy) line(`lazy ${it.file}`, await gzipped(it.file), LIMIT.lazyJs);
if (failures.length > 0) {
  console.error(`Over budget: ${failures.join(", ")}`);
  process.exit(1);
}
