import { Button as MantineButton, type ButtonProps as MantineProps } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";

type Kind = "primary" | "normal" | "quiet" | "danger";
export type ButtonProps = Omit<MantineProps, "variant" | "color"> &
  Omit<ComponentPropsWithRef<"button">, keyof MantineProps> & {
    /** `primary` is the one thing to do here; `normal` all else; `quiet` without a frame; `danger` destroys. */
    kind?: Kind;
  };

const LOOK: Record<Kind, MantineProps> = {
  primary: { variant: "filled" },
  normal: { variant: "default" },
  quiet: { variant: "subtle" },
  danger: { variant: "light", color: "red" },
};

export function Button({ kind = "normal", type = "button", ...rest }: ButtonProps) {
  return <MantineButton {...LOOK[kind]} type={type} {...rest} />;
}
