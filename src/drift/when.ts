// Times in evidence, in UTC, so that two runs never differ.

/** '2026-11-02 09:14 UTC'. */
export function moment(milliseconds: number): string {
  const text = iso(milliseconds);
  return text === undefined ? 'an impossible time' : `${text.slice(0, 10)} ${text.slice(11, 16)} UTC`;
}

/** '2026-11-02'. */
export function day(milliseconds: number): string {
  return iso(milliseconds)?.slice(0, 10) ?? 'an impossible date';
}

function iso(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
