/**
 * HTTP's dates (RFC 9110 section 5.6.7), by integer arithmetic alone.
 *
 * @module
 */

/**
 * Parses a date in any of the three forms that RFC 9110 obliges a recipient to know: IMF-fixdate,
 * RFC 850's and asctime's.
 *
 * @param text The field value.
 * @param now The present, in milliseconds since 1970: a two-digit year that would be more than 50
 * years ahead of it is the most recent past year with the same two digits.
 * @returns Milliseconds since 1970, or `null` when it is no such date.
 */
export function parseHttpDate(text: string, now: number): number | null {
  const match = imfFixdate.exec(text) ?? rfc850Date.exec(text) ?? asctimeDate.exec(text);
  if (match === null) return null;
  const { day, month, year, hour, minute, second } = match.groups!;
  const [d, h, m, s] = [Number(day), Number(hour), Number(minute), Number(second)];
  const monthIndex = months.indexOf(month!);
  const fullYear = year!.length === 2 ? expandYear(Number(year), now) : Number(year);
  // A leap second is allowed by the grammar; it counts as the second after.
  if (h > 23 || m > 59 || s > 60 || d < 1 || d > daysInMonth(fullYear, monthIndex)) return null;
  const days = daysFromCivil({ year: fullYear, month: monthIndex + 1, day: d });
  return (((days * 24 + h) * 60 + m) * 60 + s) * 1000;
}

/**
 * Formats a date as IMF-fixdate, the form that is to be generated.
 *
 * @param ms Milliseconds since 1970; what is below a second is cut off.
 * @throws RangeError When the year is not within 0 to 9999.
 */
export function formatHttpDate(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const time = seconds - days * 86_400;
  const { year, month, day } = civilFromDays(days);
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError(`Cannot format date ${ms}: its year is not within 0 to 9999`);
  }
  // 1 January 1970 was a Thursday.
  const weekday = weekdays[((days + 4) % 7 + 7) % 7]!;
  const clock = [time / 3600, time / 60 % 60, time % 60].map(two).join(":");
  const date = `${two(day)} ${months[month - 1]} ${String(year).padStart(4, "0")}`;
  return `${weekday}, ${date} ${clock} GMT`;
}

interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/**
 * Days since 1970-01-01. A year is counted from March, so that the leap day is its last, and 400
 * years are one era of 146 097 days.
 */
function daysFromCivil({ year, month, day }: CivilDate): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) +
    Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = (monthFromMarch + 2) % 12 + 1;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

function expandYear(twoDigits: number, now: number): number {
  const thisYear = civilFromDays(Math.floor(now / 86_400_000)).year;
  const sameCentury = thisYear - thisYear % 100 + twoDigits;
  if (sameCentury > thisYear + 50) return sameCentury - 100;
  return sameCentury <= thisYear - 50 ? sameCentury + 100 : sameCentury;
}

function daysInMonth(year: number, month: number): number {
  if (month !== 1) return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

function two(n: number): string {
  return String(Math.floor(n)).padStart(2, "0");
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const month = `(?<month>${months.join("|")})`;
const clock = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;
const imfFixdate = new RegExp(
  String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) ${month} (?<year>\d{4}) ${clock} GMT$`,
);
const rfc850Date = new RegExp(
  String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, ` +
    String.raw`(?<day>\d\d)-${month}-(?<year>\d\d) ${clock} GMT$`,
);
const asctimeDate = new RegExp(
  String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[ \d]\d) ${clock} (?<year>\d{4})$`,
);
