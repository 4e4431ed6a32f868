import { Button as MantineButton, type ButtonProps as MantineProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";

type Kind = "primary" | "normal" | "quiet" | "danger";
type Look = Omit<MantineProps, "variant" | "color"> & {
  /** `primary` is the one thing to do here; `normal` all else; `quiet` without a frame; `danger` destroys. */
  kind?: Kind;
};
export type ButtonProps = Look & Omit<ComponentPropsWithRef<"button">, keyof MantineProps>;

const LOOK: Record<Kind, MantineProps> = {
  primary: { variant: "filled" },
  normal: { variant: "default" },
  quiet: { variant: "subtle" },
  danger: { variant: "light", color: "red" },
};

export function Button({ kind = "normal", type = "button", ...rest }: ButtonProps) {
  return <MantineButton {...LOOK[kind]} type={type} {...rest} />;
}

type LinkButtonProps = Look & { href: string; children: React.ReactNode };

/** Looks like a button and leads out of the application, to a new tab. */
export function LinkButton({ kind = "normal", ...rest }: LinkButtonProps) {
  return <MantineButton {...LOOK[kind]} component="a" target="_blank" rel="noreferrer" {...rest} />;
}
