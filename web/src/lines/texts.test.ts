import { expect, it } from "vitest";
import { fill, insertAt, unknownVariables } from "./texts";

const values = { customer_name: "Ivan", operator_name: "Anna", line_name: "Help", company_name: "Acme" };

it.each([
  ["nothing to fill", "Hello!", "Hello!"],
  ["each of them", "{customer_name}, {operator_name}, {line_name}, {company_name}", "Ivan, Anna, Help, Acme"],
  ["the same one twice", "{customer_name} {customer_name}", "Ivan Ivan"],
  ["an unknown one stays", "{name}", "{name}"],
  ["a name with signs of a replacement", "{customer_name}", "Ivan"],
])("fills %s", (_, text, expected) => expect(fill(text, values)).toBe(expected));

it("does not read a customer's name as a pattern", () => {
  expect(fill("{customer_name}!", { ...values, customer_name: "$& {line_name}" })).toBe("$& {line_name}!");
});

it.each([
  ["known ones", "{customer_name} {line_name}", []],
  ["a mistyped one", "{custmer_name}", ["{custmer_name}"]],
  ["each once", "{a} {a} {b}", ["{a}", "{b}"]],
  ["empty braces", "{}", ["{}"]],
])("finds unknown variables: %s", (_, text, expected) => expect(unknownVariables(text)).toEqual(expected));

it("inserts in place of the selection", () => {
  expect(insertAt("Hi you!", 3, 6, "customer_name")).toEqual(["Hi {customer_name}!", 18]);
});
