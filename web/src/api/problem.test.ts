import { describe, expect, it } from "vitest";
import { asProblem, isCode, Problem } from "./problem";

describe("Problem", () => {
  it("reads what the server tells", () => {
    const problem = new Problem(429, {
      title: "Slow down",
      code: "too_many_tries",
      retry_after_s: 30,
      field: "email",
      id: "7Q4M",
    });
    expect(problem).toMatchObject({
      message: "Slow down",
      code: "too_many_tries",
      retryAfterS: 30,
      field: "email",
      supportId: "7Q4M",
    });
  });
  it.each([
    ["nothing", undefined],
    ["a page of a proxy", "<html>502</html>"],
    ["null", null],
    ["numbers where words should be", { title: 5, code: {}, retry_after_s: "soon" }],
  ])("survives %s as a body", (_, body) => {
    expect(new Problem(502, body)).toMatchObject({
      status: 502,
      message: "HTTP 502",
      code: undefined,
      retryAfterS: undefined,
    });
  });
  it("is offline without an answer", () => {
    expect(new Problem(0).isOffline).toBe(true);
    expect(isCode(new Problem(0), "offline")).toBe(true);
  });
  it("takes in errors of other kinds", () => {
    expect(asProblem(new TypeError("boom")).message).toBe("boom");
    expect(isCode(new TypeError("boom"), "offline")).toBe(false);
  });
});
