// Opening a letter with two published libraries: the whole of docs/protocol.md, "Opening", in one page.
// Start here if you write a portal or a hub in JavaScript; check.mjs only feeds the vectors to it.

import { hkdfSync } from "node:crypto";
import { compactDecrypt, decodeProtectedHeader } from "jose";
import { Webhook } from "standardwebhooks";

const BODY_MAX_BYTES = 8 * 1024 * 1024;
const VERSION = 1;
const DIRECTIONS = {
  batch: "hub-to-portal",
  answer: "hub-to-portal",
  receipt: "portal-to-hub",
  call: "portal-to-hub",
};

/** A refusal with the code that the contract gives it. */
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** HKDF-SHA256 over the 32 bytes of the licence key. */
export function derive(licenceKey, info, size) {
  const secret = Buffer.from(licenceKey.slice("ol_".length), "base64url");
  return new Uint8Array(hkdfSync("sha256", secret, "openlines", info, size));
}

/** The public name of a licence key: `kid` of the letters sealed with it. */
export function keyId(licenceKey) {
  return Buffer.from(derive(licenceKey, "openlines/v1/key-id", 8)).toString("base64url");
}

export function encryptKey(licenceKey, letter) {
  return derive(licenceKey, `openlines/v1/encrypt/${DIRECTIONS[letter]}`, 32);
}

export function webhook(licenceKey, letter) {
  const key = derive(licenceKey, `openlines/v1/sign/${DIRECTIONS[letter]}`, 32);
  return new Webhook(Buffer.from(key).toString("base64"));
}

/**
 * Opens one letter: `letter` is the kind that is wanted here, `licenceKeys` are the site's, newest first, `request` is
 * what an answer must belong to. Gives the bytes inside, or throws Refused.
 */
export async function open({ letter, licenceKeys, headers, body, request, remembered }) {
  const site = checkHeaders(headers);
  if (Buffer.byteLength(body) > BODY_MAX_BYTES) throw new Refused("too_large");
  verify(letter, licenceKeys, headers, body);

  const parts = body.split(".");
  if (parts.length !== 5) throw new Refused("malformed");
  const header = protectedHeader(body);
  if (!Number.isInteger(header.v)) throw new Refused("malformed");
  if (header.v !== VERSION) throw new Refused("unknown_version");
  const isWellFormed =
    header.alg === "dir" &&
    header.enc === "A256GCM" &&
    !("zip" in header) &&
    !("crit" in header) &&
    /^\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/.test(body.slice(parts[0].length + 1));
  if (!isWellFormed) throw new Refused("malformed");
  if (header.typ !== `openlines-${letter}`) throw new Refused("wrong_letter");
  if (header.sub !== site) throw new Refused("wrong_site");
  const licenceKey = licenceKeys.find((it) => keyId(it) === header.kid);
  if (licenceKey === undefined) throw new Refused("unknown_key");
  const plain = await decrypt(body, encryptKey(licenceKey, letter));

  if (request && (request.site !== site || request.id !== headers["webhook-id"])) throw new Refused("other_answer");
  // Nonce and tag are new with every try, so an honest retry passes. Forget them ten minutes after the timestamp.
  const mark = `${parts[2]}.${parts[4]}`;
  if (remembered?.has(mark)) throw new Refused("replayed");
  remembered?.add(mark);
  return plain;
}

function checkHeaders(headers) {
  const shapes = {
    "webhook-id": /^[\w-]{1,128}$/,
    "webhook-timestamp": /^(0|[1-9]\d{0,15})$/,
    "webhook-signature": /^.{0,1024}$/,
    "openlines-site": /^[1-9]\d{0,15}$/,
  };
  for (const [name, shape] of Object.entries(shapes)) {
    if (headers[name] === undefined) throw new Refused("missing_header");
    if (!shape.test(headers[name])) throw new Refused("bad_header");
  }
  return headers["openlines-site"];
}

/** Any signature by any key of the site will do. The library looks at the clock too: `Date.now()`. */
function verify(letter, licenceKeys, headers, body) {
  for (const licenceKey of licenceKeys) {
    try {
      webhook(licenceKey, letter).verify(body, headers, { jsonParse: false });
      return;
    } catch (error) {
      if (/timestamp too (old|new)/.test(error.message)) throw new Refused("timestamp_out_of_window");
      if (!/No matching signature/.test(error.message)) throw error;
    }
  }
  throw new Refused("bad_signature");
}

function protectedHeader(body) {
  try {
    return decodeProtectedHeader(body);
  } catch {
    throw new Refused("malformed");
  }
}

async function decrypt(body, key) {
  try {
    return (await compactDecrypt(body, key)).plaintext;
  } catch (error) {
    if (error.code === "ERR_JWE_DECRYPTION_FAILED") throw new Refused("undecryptable");
    throw error;
  }
}
