// Local times of a host whose zone is not this machine's.
import { describe, expect, it } from 'vitest';
import { readHostClock, yearlessTimes } from '../../src/host/host-clock.ts';
import { sandbox, type Entry } from '../sweep/sandbox.ts';

function clockOf(entries: Readonly<Record<string, string | Entry>>) {
  return readHostClock(sandbox({ '/etc/': '', ...entries }).host);
}

describe('the clock of a host', () => {
  it('takes the zone from the text of the link, summer and winter', () => {
    const clock = clockOf({ '/etc/localtime': { link: '../usr/share/zoneinfo/Europe/Berlin' } });
    expect(clock.zone).toBe('Europe/Berlin');
    expect(clock.toMs('2026-07-01 10:00:00')).toBe(Date.UTC(2026, 6, 1, 8));
    expect(clock.toMs('2026-01-01  10:00:00')).toBe(Date.UTC(2026, 0, 1, 9));
    expect(clock.toMs('2026-03-29T03:30:00')).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(clock.toMs('2026-03-29 01:30:00')).toBe(Date.UTC(2026, 2, 29, 0, 30));
    for (const bad of ['', 'Nov 1 10:00:00', '2026-13-40 10:00:00', '2026-01-01']) expect(clock.toMs(bad)).toBeNaN();
  });

  it('takes it from /etc/timezone where localtime is a copy, and UTC where there is neither', () => {
    expect(clockOf({ '/etc/localtime': 'TZif2', '/etc/timezone': 'America/New_York\n' }).toMs('2026-01-01 00:00:00')).toBe(Date.UTC(2026, 0, 1, 5));
    expect(clockOf({})).toMatchObject({ zone: 'UTC' });
  });

  it('finds the year of lines that have none, from the last to the first', () => {
    const timeOf = yearlessTimes(clockOf({}), Date.UTC(2026, 0, 2, 12));
    expect(['Jan  2 10:00:00 host x', 'Jan 01 00:00:00 x', 'Dec 31 23:59:00 x', 'no time', 'Feb  3 00:00:00 x', 'Mar  1 00:00:00 x'].map(timeOf)).toEqual([
      Date.UTC(2026, 0, 2, 10), Date.UTC(2026, 0, 1), Date.UTC(2025, 11, 31, 23, 59), NaN, Date.UTC(2025, 1, 3), Date.UTC(2024, 2, 1),
    ]);
  });

  it('says that it knows no zone, and reads UTC', () => {
    for (const entries of [{ '/etc/localtime': 'TZif2' }, { '/etc/localtime': 'x', '/etc/timezone': 'No/Such' }, { '/etc/localtime': { link: '/usr/share/zoneinfo/../../etc/passwd' } }, { '/etc/localtime': 'x', '/etc/timezone': '+05:00' }]) {
      const clock = clockOf(entries);
      expect(clock.zone).toBeUndefined();
      expect(clock.toMs('2026-01-01 00:00:00')).toBe(Date.UTC(2026, 0, 1));
    }
  });
});
