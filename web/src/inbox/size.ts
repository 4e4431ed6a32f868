/** How large a file is, in words. */
import { locale } from "@/i18n/locale";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** "340 kB", "1.2 MB" */
export function fileSize(bytes: number | null | undefined): string {
  if (bytes == null) return "";
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}
