/** The server writes a fresh nonce into the page; in development the placeholder is still there. */
export function styleNonce(): string {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  return nonce === "__NONCE__" ? "" : nonce;
}
