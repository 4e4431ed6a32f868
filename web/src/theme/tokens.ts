/** Colours by meaning. The only place with colour values; everything else says `var(--ol-…)`. */
export const COLORS = {
  page: ["#ffffff", "#1b1d21"],
  raised: ["#ffffff", "#242424"],
  sunken: ["#f7f8fa", "#17191c"],
  line: ["#e3e5ea", "#2c2f36"],
  /** Edges of controls: 3:1 against the page, unlike `line`, which only separates. */
  edge: ["#868e9c", "#747c8a"],
  text: ["#111418", "#e6e8ec"],
  muted: ["#5b6270", "#a3abb8"],
  accent: ["#4263eb", "#748ffc"],
  "accent-hover": ["#3b5bdb", "#91a7ff"],
  "on-accent": ["#ffffff", "#10131c"],
  selected: ["#e8ecfe", "#2a3050"],
  hover: ["#f3f4f8", "#23262c"],
  /** The chosen part of a switch of several. */
  plate: ["#ffffff", "#3a3f4a"],
  skeleton: ["#eceef2", "#26292f"],
  incoming: ["#f1f3f7", "#2a2d34"],
  outgoing: ["#dfe6ff", "#2f3a68"],
  note: ["#fff4d6", "#3d3318"],
  good: ["#237032", "#69db7c"],
  "good-soft": ["#e6f6e9", "#1c3323"],
  warning: ["#8a5a00", "#ffd43b"],
  "warning-soft": ["#fff4d6", "#3a3017"],
  danger: ["#c92a2a", "#ff8787"],
  "danger-soft": ["#fdecec", "#3d2224"],
  avatar: ["#5b6270", "#4b5260"],
  "on-avatar": ["#ffffff", "#ffffff"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type ColorName = keyof typeof COLORS;

/** Text on a background: at least 4.5:1 (WCAG 1.4.3). */
export const TEXT_PAIRS: readonly (readonly [text: ColorName, on: ColorName])[] = [
  ["text", "page"],
  ["text", "raised"],
  ["text", "sunken"],
  ["text", "hover"],
  ["text", "plate"],
  ["text", "selected"],
  ["text", "incoming"],
  ["text", "outgoing"],
  ["text", "note"],
  ["text", "warning-soft"],
  ["text", "danger-soft"],
  ["text", "good-soft"],
  ["muted", "page"],
  ["muted", "raised"],
  ["muted", "sunken"],
  ["muted", "hover"],
  ["muted", "selected"],
  ["muted", "incoming"],
  ["muted", "outgoing"],
  ["muted", "note"],
  ["accent", "page"],
  ["accent", "raised"],
  ["accent", "sunken"],
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["good", "page"],
  ["good", "raised"],
  ["good", "good-soft"],
  ["warning", "page"],
  ["warning", "raised"],
  ["warning", "warning-soft"],
  ["danger", "page"],
  ["danger", "raised"],
  ["danger", "danger-soft"],
  ["danger", "selected"],
  ["warning", "selected"],
  ["on-avatar", "avatar"],
];

/** Controls, focus rings and marks on a background: at least 3:1 (WCAG 1.4.11). */
export const CONTROL_PAIRS: readonly (readonly [control: ColorName, on: ColorName])[] = [
  ["edge", "page"],
  ["edge", "raised"],
  ["edge", "sunken"],
  ["accent", "page"],
  ["accent", "selected"],
  ["accent", "hover"],
  ["accent", "outgoing"],
  ["good", "page"],
  ["warning", "page"],
  ["danger", "page"],
  ["danger", "outgoing"],
];

const channel = (value: number) => {
  const part = value / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

function luminance(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return (
    0.2126 * channel((value >> 16) & 255) +
    0.7152 * channel((value >> 8) & 255) +
    0.0722 * channel(value & 255)
  );
}

/** Contrast of two `#rrggbb` colours by WCAG 2: from 1 (same) to 21 (black on white). */
export function contrast(first: string, second: string): number {
  const [dark, light] = [luminance(first), luminance(second)].sort((left, right) => left - right) as [
    number,
    number,
  ];
  return (light + 0.05) / (dark + 0.05);
}
