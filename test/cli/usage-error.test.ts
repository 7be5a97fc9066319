import { describe, expect, it } from 'vitest';
import { usageError } from '../../src/cli/usage-error.ts';

const check = { command: 'check', flags: ['json', 'only', 'fail-on'], commands: ['check', 'history', 'history:prune', 'rebuild', 'rebuild:prove'] };
const outside = { ...check, command: undefined };

describe('a mistake at the prompt', () => {
  it.each([
    ['Nonexistent flag: --jsn\nSee more help with --help', check, 'there is no flag --jsn', 'did you mean "--json"? drift check --help has all of them'],
    ['Nonexistent flag: --xyzzy\nSee more help with --help', check, 'there is no flag --xyzzy', 'drift check --help has all of them'],
    ['Nonexistent flags: --jsn, --olny\nSee more help with --help', check, 'there are no flags --jsn, --olny', 'did you mean "--json", "--only"? drift check --help has all of them'],
    ['Missing 1 required arg:\npath  A file, a directory\n      or a pattern.\nSee more help with --help', check, 'PATH is missing: a file, a directory or a pattern', 'drift check --help'],
    ['Missing 1 required arg:\nbefore  A list.\n\nNote: --manifest allows multiple values.\nSee more help with --help', check, 'BEFORE is missing: a list', 'drift check --help'],
    ['The following error occurred:\n  Missing required flag older-than\nSee more help with --help', { ...check, command: 'history:prune' }, '--older-than is missing', 'drift history prune --help'],
    ['The following errors occurred:\n  Missing required flag a\n  --x=true cannot also be provided when using --y\nSee more help with --help', check, '--a is missing; --x and --y contradict each other', 'drift check --help'],
    ['Expected --fail-on=hihg to be one of: info, low, high\nSee more help with --help', check, '--fail-on takes one of: info, low, high; not hihg', 'did you mean "high"? drift check --help'],
    ['Flag --only expects a value', check, '--only needs a value', 'drift check --help'],
    ['Unexpected argument: foo\nSee more help with --help', check, 'drift check takes no such argument: foo', 'drift check --help'],
    ['Unexpected argument: prov\nSee more help with --help', { ...check, command: 'rebuild' }, 'drift rebuild takes no such argument: prov', 'did you mean "drift rebuild prove"? drift rebuild --help'],
    ['command histry not found', outside, 'there is no command histry', 'did you mean "drift history"? drift --help has all of them'],
    ['command rebuild:prov not found', outside, 'there is no command rebuild prov', 'did you mean "drift rebuild prove"? drift --help has all of them'],
    ['Something Else', check, 'something Else', 'drift check --help'],
  ])('%j', (said, context, message, hint) => expect(usageError(said, context)).toEqual({ message, hint }));

  it('does not take a value apart that looks like the end of the sentence', () => {
    expect(usageError('Expected --only=a to be one of: b to be one of: x, y\nSee more help with --help', check).message).toBe('--only takes one of: x, y; not a to be one of: b');
  });
});
