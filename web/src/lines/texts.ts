/** Automatic texts and their variables. */
export const VARIABLES = ["customer_name", "operator_name", "line_name", "company_name"] as const;
export type Variable = (typeof VARIABLES)[number];
/** The server refuses longer ones: no messenger would carry them in one piece. */
export const TEXT_MAX = 2000;

const BRACES = /\{([^{}]*)\}/g;
const isVariable = (name: string | undefined): name is Variable => VARIABLES.includes(name as Variable);

/** Names in braces that mean nothing: the customer would see them as they stand. */
export const unknownVariables = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(BRACES)].map(([whole, name]) => (isVariable(name) ? "" : whole)).filter(Boolean),
  ),
];

/** The text as the customer gets it. Unknown names stay as they are. */
export const fill = (text: string, values: Record<Variable, string>) =>
  text.replaceAll(BRACES, (whole, name) => (isVariable(name) ? values[name] : whole));

/** Puts a variable at the cursor; gives the new text and where the cursor stands then. */
export function insertAt(
  text: string,
  start: number,
  end: number,
  variable: Variable,
): [text: string, cursor: number] {
  const inserted = `{${variable}}`;
  return [text.slice(0, start) + inserted + text.slice(end), start + inserted.length];
}
