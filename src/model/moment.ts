// Times for people, always in UTC, so that two runs never differ. What comes from a host may be no time at all.

/** '2026-11-02 09:14 UTC'; milliseconds since 1970. */
export function moment(milliseconds: number): string {
  const text = minute(milliseconds);
  return text === IMPOSSIBLE ? text : `${text} UTC`;
}

/** '2026-11-02 09:14'. */
export function minute(milliseconds: number): string {
  return iso(milliseconds)?.slice(0, 16).replace('T', ' ') ?? IMPOSSIBLE;
}

/** '2026-11-02'. */
export function day(milliseconds: number): string {
  return iso(milliseconds)?.slice(0, 10) ?? IMPOSSIBLE;
}

const IMPOSSIBLE = 'an impossible time';

function iso(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
