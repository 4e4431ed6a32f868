/** The server refuses shorter ones too; this only saves the round trip. */
const PASSWORD_MIN = 10;
export const tooShort = (password: string) => [...password].length < PASSWORD_MIN;
