/** Short names of the server's types. `schema.d.ts` is generated (`npm run gen`); screens use only these. */
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
/** A change names what changes and leaves the rest out; null is never sent. */
type Given<T> = { [Name in keyof T]?: Exclude<T[Name], null> };

export type About = Schemas["About"];
export type ChannelField = Schemas["SettingField"];
export type ChannelTexts = Schemas["ChannelTexts"];
export type Company = Schemas["Company"];
export type Connection = Schemas["Connection"];
export type ConnectionCheck = Schemas["CheckAnswer"];
/** Values by field name; a switch is "true" or "false". */
export type ConnectionSettings = Schemas["SettingsToTry"]["settings"];
export type ConnectionState = Schemas["ConnectionState"];
export type Customer = Schemas["Customer"];
export type Delivery = Schemas["Delivery"];
export type Dialog = Schemas["Dialog"];
export type DialogCounts = Schemas["Counts"];
export type DialogView = NonNullable<NonNullable<operations["get_dialogs"]["parameters"]["query"]>["view"]>;
export type FoundMessage = Schemas["FoundMessage"];
export type File = Schemas["MessageFile"];
export type UploadedFile = Schemas["UploadedFile"];
export type Invitation = Schemas["Invitation"];
export type Lead = Schemas["Lead"];
export type LeadStage = Schemas["Stage"];
export type Line = Schemas["Line"];
export type LineMode = Schemas["Mode"];
export type LinePatch = Given<Schemas["LineChange"]>;
export type LiveFrame = Schemas["ServerFrame"];
export type Me = Schemas["Me"];
export type MeSettings = Schemas["Settings"];
export type Message = Schemas["Message"];
export type Operator = Schemas["Operator"];
export type PastSession = Schemas["SessionRow"];
export type PresenceStatus = Schemas["Presence"];
export type Role = Schemas["Role"];
export type Stage = Schemas["CheckStage"];
export type SystemLine = Schemas["SystemLine"];
export type Texts = Schemas["Texts"];
