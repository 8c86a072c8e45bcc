import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { formatHttpDate, parseHttpDate } from "../../protocol/http_date.ts";
import { random } from "../_support/play.ts";

const now = Date.UTC(2026, 0, 1);

Deno.test("parseHttpDate() reads the three examples of RFC 9110 section 5.6.7", () => {
  for (
    const text of [
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    ]
  ) assertEquals(parseHttpDate(text, now), 784_111_777_000, text);
});

Deno.test("formatHttpDate() writes the example of RFC 9110 section 5.6.7", () => {
  assertEquals(formatHttpDate(784_111_777_999), "Sun, 06 Nov 1994 08:49:37 GMT");
});

Deno.test("HTTP dates agree with Date over all years", () => {
  const next = random(3);
  for (let i = 0; i < 2000; i++) {
    const ms = Math.floor((next() * 9999 - 1969) * 365.2425 * 86_400) * 1000;
    const text = new Date(ms).toUTCString();
    assertEquals(formatHttpDate(ms), text);
    assertEquals(parseHttpDate(text, now), ms);
  }
});

Deno.test("parseHttpDate() puts a two-digit year within 50 years of now", () => {
  const yearOf = (digits: string, year: number) =>
    new Date(parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, Date.UTC(year, 5))!)
      .getUTCFullYear();
  assertEquals(yearOf("26", 2026), 2026);
  assertEquals(yearOf("76", 2026), 2076);
  assertEquals(yearOf("77", 2026), 1977);
  assertEquals(yearOf("05", 2099), 2105);
  assertEquals(yearOf("99", 2001), 1999);
});

Deno.test("parseHttpDate() knows the length of months", () => {
  for (
    const [day, month, year] of [["29", "Feb", 2000], ["29", "Feb", 2024], ["31", "Dec", 1999]]
  ) {
    assertEquals(typeof parseHttpDate(`Sun, ${day} ${month} ${year} 00:00:00 GMT`, now), "number");
  }
  for (
    const [day, month, year] of [["29", "Feb", 1900], ["29", "Feb", 2023], ["31", "Apr", 2020]]
  ) {
    assertStrictEquals(parseHttpDate(`Sun, ${day} ${month} ${year} 00:00:00 GMT`, now), null);
  }
});

Deno.test("parseHttpDate() takes a leap second for the second after", () => {
  assertEquals(
    parseHttpDate("Sat, 31 Dec 2016 23:59:60 GMT", now),
    parseHttpDate("Sun, 01 Jan 2017 00:00:00 GMT", now),
  );
});

Deno.test("parseHttpDate() is null for what is no HTTP date", () => {
  for (
    const text of [
      "",
      "0",
      "-1",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "sun, 06 nov 1994 08:49:37 gmt",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT",
      "1994-11-06T08:49:37Z",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
    ]
  ) assertStrictEquals(parseHttpDate(text, now), null, text);
});

Deno.test("formatHttpDate() throws beyond four-digit years", () => {
  for (const ms of [NaN, Infinity, Date.UTC(10_000, 0), -8e14]) {
    assertThrows(() => formatHttpDate(ms), RangeError, "Cannot format date");
  }
});
