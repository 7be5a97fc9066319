// Which of many cases are run: a sample that is always the same, or, with DRIFT_FAULTS=all (`npm run test:faults`), all of them, or of those the part that DRIFT_FAULTS_PART=3/10 names.

export const ALL = process.env['DRIFT_FAULTS'] === 'all';
const PART = /^(\d+)\/(\d+)$/.exec(process.env['DRIFT_FAULTS_PART'] ?? '1/1');
if (PART === null) throw new Error('DRIFT_FAULTS_PART is the part and how many there are: 3/10');
const [part, parts] = [Number(PART[1]), Number(PART[2])];

/** `sample` of them, evenly spread; all, or one part of all, where that was asked for. */
export function chosen<T>(cases: readonly T[], sample: number): readonly T[] {
  if (ALL) return cases.filter((_, at) => at % parts === part - 1);
  return spread(cases.length, sample).map((at) => cases[at]!);
}

/** `sample` of the numbers below `length`, each one further in its part than the one before: of cases that take turns not the same one is met each time. */
export function spread(length: number, sample: number): readonly number[] {
  const count = Math.min(length, sample);
  const part = Math.floor(length / count);
  return Array.from({ length: count }, (_, at) => Math.floor((at * length) / count) + (at % part));
}

/** How many there were, where somebody waits long enough to want to know. */
export function tell(what: string, cases: number, since: number): void {
  if (ALL) process.stderr.write(`${what}: ${cases} cases in ${Math.round((Date.now() - since) / 1000)} s\n`);
}

/** For counts that are asked for as a whole: rounds of a race, images of a disk. */
export function rounds(all: number, sample: number): number {
  return ALL ? Math.ceil(all / parts) : sample;
}
