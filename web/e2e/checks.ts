/** What holds on every screen: accessibility, no sideways scroll, and every control can be hit where it is seen. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** WCAG 2.2 AA and the rules of good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Violations in words: rule, element, what to do. */
export async function axe(page: Page): Promise<string[]> {
  // In one pass: there are no frames of other origins, for which axe would open a page of its own.
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode(true).analyze();
  return violations.flatMap((rule) =>
    rule.nodes.map(
      (node) => `axe ${rule.id} (${rule.impact}): ${node.target.join(" ")}: ${node.failureSummary}`,
    ),
  );
}

/** Elements that make the page, or a part of it that people read downwards, scroll sideways. */
export const sideways = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const name = (it: Element) => `${it.tagName.toLowerCase()}.${it.getAttribute("class") ?? ""}`;
    const found: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > window.innerWidth) found.push(`the page is ${root.scrollWidth} px wide`);
    for (const it of document.querySelectorAll("main, main *, form, [role=dialog], [role=dialog] *")) {
      const style = getComputedStyle(it);
      const scrolls = style.overflowX === "auto" || style.overflowX === "scroll";
      if (scrolls && it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
        found.push(`${name(it)} scrolls sideways: ${it.scrollWidth} in ${it.clientWidth} px`);
    }
    return found;
  });

/** Controls on the screen whose centre belongs to something else. */
export const covered = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const CONTROLS =
      "a[href], button, input:not([type=hidden]), select, textarea, [role=option], [role=menuitem]";
    const layer = [...document.querySelectorAll("[aria-modal=true], [role=menu]")].at(-1) ?? document.body;
    const name = (it: Element) =>
      `${it.tagName.toLowerCase()} "${it.getAttribute("aria-label") ?? it.textContent?.trim().slice(0, 40)}"`;
    /** The part of an element that no scrolling ancestor cuts off. */
    const visible = (it: Element, { left, top, right, bottom }: DOMRect): DOMRect | null => {
      for (let up = it.parentElement; up; up = up.parentElement) {
        if (getComputedStyle(up).overflow === "visible") continue;
        const box = up.getBoundingClientRect();
        left = Math.max(left, box.left);
        top = Math.max(top, box.top);
        right = Math.min(right, box.right);
        bottom = Math.min(bottom, box.bottom);
      }
      right = Math.min(right, window.innerWidth);
      bottom = Math.min(bottom, window.innerHeight);
      left = Math.max(left, 0);
      top = Math.max(top, 0);
      return right - left < 2 || bottom - top < 2 ? null : new DOMRect(left, top, right - left, bottom - top);
    };
    const found: string[] = [];
    for (const it of layer.querySelectorAll<HTMLElement>(CONTROLS)) {
      const style = getComputedStyle(it);
      const isShown = it.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
      if (!isShown || style.pointerEvents === "none" || it.closest("[inert]")) continue;
      // Of a native control that only screen readers see, the visible twin is what people hit.
      // A link that is broken over lines is hit in its first line.
      const whole = it.getClientRects()[0];
      if (!whole) continue;
      if (whole.width <= 2 || whole.height <= 2) continue;
      const box = visible(it, whole);
      // Cut off by more than half: it is scrolled to before it is used.
      if (!box || box.width * box.height * 2 < whole.width * whole.height) continue;
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      const label = it.closest("label") ?? ("labels" in it ? (it.labels as NodeList | null)?.[0] : null);
      const isHit = hit !== null && (it.contains(hit) || (label instanceof Element && label.contains(hit)));
      // A menu or a bubble that floats over the page is meant to cover it.
      if (hit?.closest("[data-portal]") && !it.closest("[data-portal]")) continue;
      if (!isHit) found.push(`${name(it)} is covered by ${hit ? name(hit) : "nothing"}`);
    }
    return found;
  });

/** Waits until fonts and pictures are in and no movement is under way. */
export const settled = async (page: Page) => {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const pictures = [...document.images].filter((it) => !it.complete && it.loading !== "lazy");
    await Promise.all(pictures.map((it) => it.decode().catch(() => undefined)));
    await Promise.all(
      document
        .getAnimations()
        .filter((it) => it.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((it) => it.finished.catch(() => undefined)),
    );
  });
};
