/** Ctrl+K: every action of the application by name, with its key. */
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
  spotlight,
} from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useMemo } from "react";
import { fold } from "@/i18n/format";
import { useAllActions } from "@/keys/registry";
import { m as t } from "@/paraglide/messages";
import { Keys } from "@/ui/Bits";

export const openPalette = () => spotlight.open();
const SHOWN_MAX = 40;

export function Palette() {
  const sets = useAllActions();
  const actions = useMemo(() => {
    const groups = new Map<
      string,
      {
        group: string;
        actions: { id: string; label: string; rightSection?: React.ReactNode; onClick: () => void }[];
      }
    >();
    for (const action of [...sets.values()].flat()) {
      if (action.keyOnly) continue;
      const group = groups.get(action.group) ?? { group: action.group, actions: [] };
      groups.set(action.group, group);
      group.actions.push({
        id: action.id,
        label: action.label,
        rightSection: action.keys ? <Keys keys={action.keys} /> : undefined,
        onClick: action.run,
      });
    }
    return [...groups.values()];
  }, [sets]);

  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      size={600}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      limit={SHOWN_MAX}
      scrollable
      maxHeight={420}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      nothingFound={t.palette_nothing()}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.6} />,
        placeholder: t.palette_search(),
        "aria-label": t.palette_search(),
      }}
      filter={(query, items) => {
        const words = fold(query).split(/\s+/).filter(Boolean);
        const fits = (label: string | undefined) => words.every((it) => fold(label ?? "").includes(it));
        return items.flatMap<SpotlightActionData | SpotlightActionGroupData>((it) => {
          if (!("actions" in it)) return fits(it.label) ? [it] : [];
          const found = it.actions.filter((action) => fits(action.label));
          return found.length > 0 ? [{ ...it, actions: found }] : [];
        });
      }}
      attributes={{ content: { "aria-label": t.palette_title() } }}
    />
  );
}
