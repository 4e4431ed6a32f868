// Checks the vectors with independent libraries: keys, letters both ways, refusals, events, acts.
// `npm ci && node check.mjs`; the last line counts, the exit code is not 0 if anything differs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CompactEncrypt, decodeProtectedHeader } from "jose";
import { derive, encryptKey, keyId, open, webhook } from "./letter.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const results = { passed: 0, failed: 0 };

async function check(name, work) {
  try {
    await work();
    results.passed += 1;
  } catch (error) {
    results.failed += 1;
    console.error(`FAILED ${name}\n  ${String(error.stack).replaceAll("\n", "\n  ")}`);
  }
}

/** The libraries ask the machine's clock; a vector brings its own. */
async function at(seconds, work) {
  const now = Date.now;
  Date.now = () => seconds * 1000;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}

function receiver(vector) {
  const { letter, licence_keys: licenceKeys, headers, request } = vector;
  const body = typeof vector.body === "string" ? vector.body : vector.body.repeat.repeat(vector.body.times);
  return { letter, licenceKeys, headers, body, request, remembered: new Set() };
}

/** What only the application can refuse: content of another shape. */
function checkContent(letter, content) {
  if (letter === "batch" && (!Number.isInteger(content.connection) || !Array.isArray(content.events))) {
    throw Object.assign(new Error("wrong content"), { code: "wrong_content" });
  }
}

const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

for (const key of read("keys.json").licence_keys) {
  await check(`key ${key.id}`, () => {
    assert.equal(keyId(key.text), key.id);
    for (const { info, bytes_hex: expected } of key.derived) {
      assert.equal(Buffer.from(derive(key.text, info, expected.length / 2)).toString("hex"), expected, info);
    }
  });
}

for (const vector of read("letters.json").letters) {
  const { letter, headers, body } = vector;
  await check(`open: ${vector.name}`, async () => {
    const plain = await at(vector.now, () => open(receiver(vector)));
    assert.deepEqual(json(plain), vector.content);
  });
  await check(`seal: ${vector.name}`, async () => {
    const plain = await at(vector.now, () => open(receiver(vector)));
    const header = decodeProtectedHeader(body);
    const licenceKey = vector.licence_keys.find((it) => keyId(it) === header.kid);
    const sealed = await new CompactEncrypt(plain)
      .setProtectedHeader(header)
      .setInitializationVector(Buffer.from(body.split(".")[2], "base64url"))
      .encrypt(encryptKey(licenceKey, letter));
    assert.equal(sealed, body);
    const time = new Date(Number(headers["webhook-timestamp"]) * 1000);
    for (const key of vector.licence_keys) {
      const signature = webhook(key, letter).sign(headers["webhook-id"], time, body);
      assert.ok(headers["webhook-signature"].split(" ").includes(signature), "signature differs");
    }
  });
}

for (const vector of read("refused.json").letters) {
  await check(`refuse: ${vector.name}`, async () => {
    const letter = receiver(vector);
    const attempt = async () => {
      const plain = await open(letter);
      checkContent(letter.letter, json(plain));
    };
    await at(vector.now, async () => {
      if (vector.twice) await attempt();
      await assert.rejects(attempt, (error) => {
        assert.equal(error.code, vector.error);
        return true;
      });
    });
  });
}

for (const event of read("events.json")) {
  await check(`event: ${event.kind}`, () => {
    for (const name of ["id", "line", "channel", "occurred_at", "kind"]) assert.equal(typeof event[name], "string");
    assert.ok(Number.isSafeInteger(event.seq) && Number.isSafeInteger(event.connection));
    assert.equal(new Date(event.occurred_at).toISOString(), event.occurred_at);
  });
}

for (const act of read("outgoing.json")) {
  await check(`act: ${act.action}`, () => {
    for (const name of ["id", "action"]) assert.equal(typeof act[name], "string");
    assert.equal(typeof act.chat.id, "string");
  });
}

console.log(`${results.passed} passed, ${results.failed} failed`);
process.exitCode = results.failed === 0 ? 0 : 1;
