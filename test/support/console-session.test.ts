import { describe, expect, it } from 'vitest';
import { says } from './console-session.ts';

describe('a session of a page', () => {
  it('is what was printed, but for what differs from run to run and where that breaks a line', () => {
    const page = 'run 1  2026-11-22 08:00 UTC\n  was stopped by process 24 of\n    redis-local.service\n  a  b';
    expect(says(page, page)).toBe(true);
    expect(says(page, 'run 1  2027-01-01 18:00 UTC\n  was stopped by process 24000\n    of redis-local.service\n  a  b')).toBe(true);
  });
  it.each(['  was started', '  one\n  more', '  on\n    one more', ''])('is not what was printed as %j', (printed) => {
    expect(says('  one', printed)).toBe(false);
  });
  it('leaves out what the page leaves out', () => {
    expect(says('first\n…\n  last', 'first\n  and\n    more\n\n  last')).toBe(true);
    expect(says('first\n    …\n  last', 'first\n  last')).toBe(true);
    expect(says('first … last', 'first of all, last')).toBe(true);
    expect(says('first\n…\n  last', 'first\n  and more')).toBe(false);
  });
});
