// Writes `.br` and `.gz` beside every text file of the build, so that the server only has to hand them out.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|mjs|css|html|svg|json|webmanifest|txt)$/;
/** Files below this size gain nothing from compression. */
const SIZE_MIN_BYTES = 1024;
const br = promisify(brotliCompress);
const gz = promisify(gzip);

async function* files(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

export function precompress(): Plugin {
  let out = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      sequential: true,
      async handler() {
        for await (const path of files(out)) {
          // index.html is filled in by the server (style nonce), so it cannot be compressed beforehand.
          if (!TEXT.test(path) || path.endsWith("index.html")) continue;
          if ((await stat(path)).size < SIZE_MIN_BYTES) continue;
          const bytes = await readFile(path);
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
          await writeFile(`${path}.br`, await br(bytes, quality));
          await writeFile(`${path}.gz`, await gz(bytes, { level: 9 }));
        }
      },
    },
  };
}
