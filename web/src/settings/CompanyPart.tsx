import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { Company } from "@/api/types";
import { zones } from "@/auth/setupDraft";
import { Setting } from "@/lines/Setting";
import { patchCompany, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { useAutosave } from "@/ui/Saved";

/** What concerns everybody: name, time zone and language of the company. */
export function CompanyPart() {
  const { company } = useMe();
  const { save, states } = useAutosave();
  const [name, setName] = useState(company.name);
  useEffect(() => setName(company.name), [company.name]);
  const zoneList = useMemo(() => [...new Set([company.time_zone, ...zones()])].sort(), [company.time_zone]);
  return (
    <>
      <Setting
        label={t.setup_company_name()}
        hint={t.setup_company_hint()}
        state={states.name}
        htmlFor="company-name"
      >
        <TextInput
          id="company-name"
          value={name}
          maxLength={200}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setName(value);
            if (value.trim()) save("name", () => patchCompany({ name: value.trim() }), true);
          }}
          onBlur={() => name.trim() || setName(company.name)}
        />
      </Setting>
      <Setting label={t.setup_zone()} hint={t.company_zone_hint()} state={states.zone} htmlFor="company-zone">
        <Select
          id="company-zone"
          data={zoneList}
          value={company.time_zone}
          onChange={(value) => value && save("zone", () => patchCompany({ time_zone: value }))}
          searchable
          limit={60}
          nothingFoundMessage={t.setup_zone_nothing()}
        />
      </Setting>
      <Setting label={t.company_language()} hint={t.company_language_hint()} state={states.language}>
        <SegmentedControl
          fullWidth
          aria-label={t.company_language()}
          value={company.language}
          onChange={(value) =>
            save("language", () => patchCompany({ language: value as Company["language"] }))
          }
          data={[
            { value: "ru", label: t.language_ru() },
            { value: "en", label: t.language_en() },
          ]}
        />
      </Setting>
    </>
  );
}
