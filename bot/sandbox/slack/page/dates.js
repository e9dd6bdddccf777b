/**
 * Times as Slack writes them, in the locale and time zone of the person who reads.
 * A "viewer" is any object with {locale, tz}, such as a person of /sandbox/people.
 */

const DAY = 86_400;

const formatters = new Map();

function intl(viewer, options) {
  const key = JSON.stringify([viewer.locale, viewer.tz, options]);
  if (!formatters.has(key)) {
    const zone = { timeZone: viewer.tz || "UTC", ...options };
    formatters.set(key, new Intl.DateTimeFormat(viewer.locale || "en-US", zone));
  }
  return formatters.get(key);
}

const format = (seconds, viewer, options) => intl(viewer, options).format(new Date(seconds * 1000));

/** The calendar day of a moment (seconds), as YYYY-MM-DD in the viewer's time zone. */
export function dayOf(seconds, viewer) {
  return format(seconds, { ...viewer, locale: "en-CA" }, {
    year: "numeric", month: "2-digit", day: "2-digit",
  });
}

/** 3:07 PM, 15:07 or 오후 3:07. */
export const clock = (seconds, viewer) =>
  format(seconds, viewer, { hour: "numeric", minute: "2-digit" });

/** The clock without AM and PM, for narrow places. */
export function shortClock(seconds, viewer) {
  const parts = intl(viewer, { hour: "numeric", minute: "2-digit" })
    .formatToParts(new Date(seconds * 1000));
  return parts.filter(({ type }) => type !== "dayPeriod").map(({ value }) => value).join("").trim();
}

/** The tooltip of a time: date and time in full. */
export const fullTime = (seconds, viewer) =>
  format(seconds, viewer, { dateStyle: "full", timeStyle: "long" });

const now = () => Date.now() / 1000;

/** How many calendar days from today a moment is: 0 today, -1 yesterday, 1 tomorrow. */
function daysAway(seconds, viewer) {
  const day = (moment) => Date.parse(`${dayOf(moment, viewer)}T00:00:00Z`) / 1000 / DAY;
  return Math.round(day(seconds) - day(now()));
}

const relative = (viewer) =>
  new Intl.RelativeTimeFormat(viewer.locale || "en-US", { numeric: "auto" });

/** Today, yesterday or tomorrow in the viewer's language; null for any other day. */
function nearDay(seconds, viewer) {
  const days = daysAway(seconds, viewer);
  return Math.abs(days) <= 1 ? relative(viewer).format(days, "day") : null;
}

const capitalise = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** The label of a day divider: Today, Yesterday, or the day in full. */
export function dayLabel(seconds, viewer) {
  const near = nearDay(seconds, viewer);
  if (near) return capitalise(near);
  const sameYear = dayOf(seconds, viewer).slice(0, 4) === dayOf(now(), viewer).slice(0, 4);
  const year = sameYear ? {} : { year: "numeric" };
  return format(seconds, viewer, { weekday: "long", month: "long", day: "numeric", ...year });
}

function ago(seconds, viewer) {
  const difference = seconds - now();
  const units = [["day", DAY], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of units) {
    if (Math.abs(difference) >= length) {
      return relative(viewer).format(Math.round(difference / length), unit);
    }
  }
  return relative(viewer).format(Math.round(difference), "second");
}

const LONG = { weekday: "long", year: "numeric", month: "long", day: "numeric" };
const PLAIN = { year: "numeric", month: "long", day: "numeric" };
const SHORT = { year: "numeric", month: "short", day: "numeric" };

const TOKENS = {
  date_num: dayOf,
  date_slash: (s, v) => format(s, v, { year: "numeric", month: "2-digit", day: "2-digit" }),
  date: (s, v) => format(s, v, PLAIN),
  date_short: (s, v) => format(s, v, SHORT),
  date_long: (s, v) => format(s, v, LONG),
  date_long_full: (s, v) => format(s, v, PLAIN),
  date_pretty: (s, v) => nearDay(s, v) ?? format(s, v, PLAIN),
  date_short_pretty: (s, v) => nearDay(s, v) ?? format(s, v, SHORT),
  date_long_pretty: (s, v) => nearDay(s, v) ?? format(s, v, LONG),
  day_divider_pretty: (s, v) => dayLabel(s, v),
  time: clock,
  time_secs: (s, v) => format(s, v, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago,
};

/**
 * Fills a <!date^...> template such as "{date_short_pretty} at {time}".
 * Returns null for a token that Slack does not know: show the fallback then.
 */
export function fillTemplate(template, seconds, viewer) {
  if (!Number.isFinite(seconds)) return null;
  let unknown = false;
  const text = template.replace(/\{(\w+)\}/g, (whole, token) => {
    if (TOKENS[token]) return TOKENS[token](seconds, viewer);
    unknown = true;
    return whole;
  });
  return unknown ? null : capitalise(text);
}

/** The local time in the viewer's zone as "YYYY-MM-DDTHH:MM", the format of datetime-local. */
export function toWallTime(seconds, viewer) {
  const parts = intl({ ...viewer, locale: "en-GB" }, {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(new Date(seconds * 1000));
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** The moment (whole seconds) at which the viewer's local time is `wallTime`. */
export function fromWallTime(wallTime, viewer) {
  const asUtc = Date.parse(`${wallTime}:00Z`) / 1000;
  const offsetAt = (moment) => Date.parse(`${toWallTime(moment, viewer)}:00Z`) / 1000 - moment;
  // Twice, because the first guess may lie on the other side of a clock change.
  const guess = asUtc - offsetAt(asUtc);
  return asUtc - offsetAt(guess);
}
