import { describe, expect, it } from 'vitest';
import { errorJson, errorText, Fault, shownError, wantedFormat } from '../../src/cli/fault.ts';

const fault = new Fault({ reason: 'manifest-missing', message: 'no such file: a\x1b[2J', hint: 'drift init' });

describe('errors', () => {
  it('say what happened, what to do and what was changed', () => {
    expect(errorText(shownError(fault))).toBe('drift: error: no such file: a\\x1b[2J\nhint: drift init\nchanged: nothing\n');
    expect(JSON.parse(errorJson(shownError(fault)))).toEqual({ error: { code: 'manifest-missing', message: 'no such file: a\x1b[2J', hint: 'drift init', changed: 'nothing' } });
  });

  it('keep the lines of a message that has several', () => {
    expect(errorText({ code: 'x', message: 'two mistakes\na:1\nb:2' })).toContain('drift: error: two mistakes\n  a:1\n  b:2\n');
  });

  it('show a bug with its stack', () => {
    const shown = shownError(new TypeError('x is undefined'));
    expect(shown.code).toBe('bug');
    expect(errorText(shown)).toContain('fault.test.ts');
  });

  it.each([
    [['--json'], 'json'], [['check', '--json', '--nope'], 'json'], [['--', '--json'], 'text'], [['--format', 'json'], 'json'], [['--format=json'], 'json'],
    [['--format', 'text'], 'text'], [['json'], 'text'], [['--format'], 'text'], [['check', '--format', 'nagios'], 'nagios'], [['--format=json', '--format=nagios'], 'nagios'],
  ])('%j wants %s', (argv, wanted) => expect(wantedFormat(argv)).toBe(wanted));
});
