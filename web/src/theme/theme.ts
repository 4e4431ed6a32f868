/** How Mantine's widgets look here. Values come from `tokens.ts`; screens never style widgets one by one. */
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";
import { COLORS } from "./tokens";

const INDIGO: MantineColorsTuple = [
  "#edf1ff",
  "#dfe6ff",
  "#bac8ff",
  "#91a7ff",
  "#748ffc",
  "#5c7cfa",
  "#4263eb",
  "#3b5bdb",
  "#364fc7",
  "#2f44ad",
];

/** Layers dim what lies beneath just enough to lead the eye. */
const OVERLAY = { backgroundOpacity: 0.4 };
/** Longest movement; none at all when the person asked for less motion. */
const MOTION_MS = 120;

/** The two plates with words on them take our own colours, because Mantine's are too pale in the dark. */
const buttonColors: VariantColorsResolver = (input) => {
  const usual = defaultVariantColorsResolver(input);
  const color = input.color ?? input.theme.primaryColor;
  if (input.variant === "filled" && color === input.theme.primaryColor)
    return {
      ...usual,
      background: "var(--ol-accent)",
      hover: "var(--ol-accent-hover)",
      color: "var(--ol-on-accent)",
    };
  if (input.variant === "subtle" && color === input.theme.primaryColor)
    return { ...usual, color: "var(--ol-accent)", hover: "var(--ol-selected)" };
  if (input.variant === "subtle" && color === "gray")
    return { ...usual, color: "var(--ol-muted)", hover: "var(--ol-hover)" };
  if (input.variant === "light" && color === "red")
    return {
      ...usual,
      background: "var(--ol-danger-soft)",
      hover: "var(--ol-danger-soft)",
      color: "var(--ol-danger)",
    };
  return usual;
};

export const theme = createTheme({
  variantColorResolver: buttonColors,
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "Segoe UI Mono", Menlo, monospace',
  fontSizes: { xs: "11px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  lineHeights: { xs: "16px", sm: "18px", md: "20px", lg: "24px", xl: "28px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  radius: { xs: "4px", sm: "6px", md: "8px", lg: "12px", xl: "999px" },
  defaultRadius: "sm",
  headings: {
    fontWeight: "650",
    sizes: {
      h1: { fontSize: "20px", lineHeight: "28px" },
      h2: { fontSize: "16px", lineHeight: "24px" },
      h3: { fontSize: "14px", lineHeight: "20px" },
    },
  },
  colors: { indigo: INDIGO },
  primaryColor: "indigo",
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.31,
  respectReducedMotion: true,
  cursorType: "pointer",
  focusClassName: "ol-focus",
  breakpoints: { xs: "30em", sm: "48em", md: "64em", lg: "80em", xl: "100em" },
  shadows: {
    xs: "none",
    sm: "0 1px 2px rgb(16 24 40 / 8%)",
    md: "0 8px 24px -6px rgb(16 24 40 / 18%), 0 2px 6px rgb(16 24 40 / 8%)",
    lg: "0 12px 32px -8px rgb(16 24 40 / 22%), 0 2px 8px rgb(16 24 40 / 8%)",
    xl: "0 24px 56px -12px rgb(16 24 40 / 28%)",
  },
  // Plain objects: `Button.extend` and its like would pull every named widget into the first load.
  components: {
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray", size: 28 } },
    Button: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { size: "xs" } },
    Drawer: {
      defaultProps: { padding: 24, overlayProps: OVERLAY, transitionProps: { duration: MOTION_MS } },
    },
    Input: { defaultProps: { size: "sm" } },
    Menu: {
      defaultProps: {
        // Inside of the page's landmarks, and with the focus on the first item at once.
        portalProps: { target: "#content" },
        withInitialFocusPlaceholder: false,
        shadow: "md",
        radius: "md",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    },
    Modal: {
      defaultProps: {
        padding: 24,
        overlayProps: OVERLAY,
        centered: true,
        radius: "lg",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    },
    Popover: {
      defaultProps: {
        shadow: "md",
        radius: "md",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    },
    SegmentedControl: { defaultProps: { transitionDuration: MOTION_MS } },
    Select: { defaultProps: { size: "sm", allowDeselect: false, checkIconPosition: "right" } },
    Switch: { defaultProps: { size: "sm", withThumbIndicator: false } },
    Tabs: { defaultProps: { keepMounted: false } },
    Tooltip: { defaultProps: { openDelay: 350, transitionProps: { duration: 80 } } },
  },
});

const pick = (index: 0 | 1) =>
  Object.fromEntries(Object.entries(COLORS).map(([name, pair]) => [`--ol-${name}`, pair[index]]));

const mantine = {
  "--mantine-color-body": "var(--ol-page)",
  "--mantine-color-text": "var(--ol-text)",
  "--mantine-color-dimmed": "var(--ol-muted)",
  "--mantine-color-placeholder": "var(--ol-muted)",
  "--mantine-color-default": "var(--ol-raised)",
  "--mantine-color-default-hover": "var(--ol-hover)",
  "--mantine-color-default-border": "var(--ol-line)",
  "--mantine-color-default-color": "var(--ol-text)",
  "--mantine-color-error": "var(--ol-danger)",
  "--mantine-color-anchor": "var(--ol-accent)",
  "--mantine-primary-color-filled": "var(--ol-accent)",
  "--mantine-primary-color-filled-hover": "var(--ol-accent-hover)",
  "--mantine-primary-color-contrast": "var(--ol-on-accent)",
};

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...pick(0), ...mantine },
  dark: { ...pick(1), ...mantine },
});
