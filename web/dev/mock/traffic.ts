/** A busy day: messages, offers and states change so many times a second, until it is set to zero. */
import type { Live } from "./live.ts";
import { addMessage } from "./routes.ts";
import type { World } from "./world.ts";

const WORDS = [
  "Здравствуйте!",
  "Когда доставка?",
  "Спасибо!",
  "А есть в другом цвете?",
  "Заказ №48213",
  "Оплатила",
  "Не работает ссылка",
];

export class Traffic {
  private timer: ReturnType<typeof setInterval> | undefined;
  private step = 0;

  constructor(
    private readonly world: () => World,
    private readonly live: Live,
  ) {}

  set(perSecond: number) {
    clearInterval(this.timer);
    this.timer = undefined;
    if (perSecond <= 0) return;
    const everyMs = Math.max(10, 1000 / perSecond);
    this.timer = setInterval(() => {
      for (let count = 0; count < Math.max(1, (perSecond * everyMs) / 1000); count += 1) this.happen();
    }, everyMs);
  }

  private happen() {
    const world = this.world();
    const ids = [...world.dialogs.keys()];
    this.step += 1;
    const id = ids[(this.step * 7919) % ids.length];
    const dialog = id === undefined ? undefined : world.dialogs.get(id);
    if (!dialog) return;
    const word = WORDS[this.step % WORDS.length] ?? "";
    if (this.step % 5 === 0) return this.live.hint({ type: "typing", dialog_id: dialog.id, who: "customer" });
    if (this.step % 3 === 0 && dialog.session.operator_id && dialog.session.operator_id !== 1)
      addMessage({ world, live: this.live }, dialog, {
        kind: "reply",
        author: { kind: "operator", operator_id: dialog.session.operator_id, name: "" },
        text: "Сейчас проверю.",
        delivery: { state: "sent" },
      });
    else if (dialog.session.state !== "closed")
      addMessage({ world, live: this.live }, dialog, {
        kind: "incoming",
        author: { kind: "customer", name: dialog.customer.name },
        text: word,
      });
  }
}
