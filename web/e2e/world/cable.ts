/** A cable between browsers and the server that a test can cut: sockets break, nobody answers, until it is mended. */
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./program.ts";

export class Cable {
  private readonly ends = new Set<Socket>();
  private isWhole = true;

  private constructor(readonly port: number) {}

  /** From a free port to this one. */
  static async lay(to: number): Promise<Cable> {
    const cable = new Cable(await freePort());
    const server = createServer((near) => {
      if (!cable.isWhole) return near.destroy();
      const far = connect(to, "127.0.0.1");
      const both = [near, far] as const;
      for (const [one, other] of [both, [far, near] as const]) {
        cable.ends.add(one);
        one.setNoDelay().pipe(other);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          cable.ends.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(cable.port, "127.0.0.1", resolve));
    server.unref();
    return cable;
  }

  cut() {
    this.isWhole = false;
    for (const it of this.ends) it.destroy();
  }

  mend() {
    this.isWhole = true;
  }
}
