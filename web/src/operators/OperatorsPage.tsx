import { m as t } from "@/paraglide/messages";
import { Page } from "@/ui/Page";

export const OperatorsPage = () => <Page title={t.app_name()}>{null}</Page>;
