import { Skeleton, Stack } from "@mantine/core";

/** Grey blocks in the heights of what is going to stand there. */
export const Bones = ({ rows, gap = 12 }: { rows: readonly number[]; gap?: number }) => (
  <Stack gap={gap} aria-hidden>
    {rows.map((height, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the blocks never change
      <Skeleton key={index} height={height} radius="md" />
    ))}
  </Stack>
);
