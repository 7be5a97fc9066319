import { describe, expect, it } from 'vitest';
import { appliesTo, releaseFits } from '../../src/manifest/when.ts';
import { ROCKY, WEB_1 } from './memory-reader.ts';

describe('releases', () => {
  const table: [string, string, boolean][] = [
    ['>= 12', '12', true], ['>= 12', '11', false], ['> 12', '12', false], ['< 12', '9', true], ['>= 8, < 10', '9.4', true], ['>= 8, < 9', '9.4', false],
    ['= 9', '9.4', true], ['> 9', '9.4', false], ['= 9.4', '9', false], ['!= 9', '9.4', false], ['= 22.04', '22.04', true], ['>= 22.4', '22.04', true], ['>= 9.10', '9.9', false],
    // Debian unstable has no VERSION_ID.
    ['>= 12', '', true], ['< 13', '', false], ['= 13', '', false],
  ];
  for (const [bounds, version, expected] of table) it(`${bounds} on "${version}": ${expected}`, () => expect(releaseFits(bounds, version)).toBe(expected));
});

it('wants everything that is given', () => {
  expect(appliesTo(undefined, WEB_1)).toBe(true);
  expect(appliesTo({ os: ['debian'], release: '>= 12', host: ['web-*'] }, WEB_1)).toBe(true);
  expect(appliesTo({ os: ['debian'], release: '>= 13' }, WEB_1)).toBe(false);
  expect(appliesTo({ os: ['fedora', 'debian'] }, WEB_1)).toBe(true);
  expect(appliesTo({ os: ['rhel'] }, ROCKY)).toBe(true);
  expect(appliesTo({ os: ['debian'] }, ROCKY)).toBe(false);
});

it('takes the whole host name or its first label, whatever the case', () => {
  for (const host of ['web-1', 'web-?', 'WEB-[0-9]', 'web-1.example.org', '*.example.org']) expect(appliesTo({ host: [host] }, WEB_1), host).toBe(true);
  for (const host of ['web', 'web-1.example', 'example.org', 'web-[!1]']) expect(appliesTo({ host: [host] }, WEB_1), host).toBe(false);
});
