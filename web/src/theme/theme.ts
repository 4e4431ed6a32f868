/** How Mantine's widgets look here. Values come from `tokens.ts`; screens never style widgets one by one. */
import {
  ActionIcon,
  Button,
  Checkbox,
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  Input,
  type MantineColorsTuple,
  Menu,
  Modal,
  Popover,
  SegmentedControl,
  Select,
  Switch,
  Tabs,
  Tooltip,
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

/** Longest movement; none at all when the person asked for less motion. */
const MOTION_MS = 120;

export const theme = createTheme({
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
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray", size: 28 } }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: "xs" } }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: MOTION_MS } } }),
    Input: Input.extend({ defaultProps: { size: "sm" } }),
    Menu: Menu.extend({
      defaultProps: {
        shadow: "md",
        radius: "md",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        radius: "lg",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    }),
    Popover: Popover.extend({
      defaultProps: {
        shadow: "md",
        radius: "md",
        transitionProps: { transition: "fade", duration: MOTION_MS },
      },
    }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { transitionDuration: MOTION_MS } }),
    Select: Select.extend({ defaultProps: { size: "sm", allowDeselect: false, checkIconPosition: "right" } }),
    Switch: Switch.extend({ defaultProps: { size: "sm", withThumbIndicator: false } }),
    Tabs: Tabs.extend({ defaultProps: { keepMounted: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, transitionProps: { duration: 80 } } }),
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
