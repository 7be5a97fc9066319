// The bytes of a manifest: limits that hold before anything slow runs, encodings, and text that hides something.
import { describe, expect, it } from 'vitest';
import { loadManifest } from '../../src/manifest/load.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { decodeManifest, MAX_MANIFEST_BYTES, sourceText } from '../../src/manifest/source-text.ts';
import { processorMs } from '../support/processor-time.ts';
import { memoryReader, WEB_1 } from './memory-reader.ts';

/** Of quadratic time it would be minutes. Of the processor, because what else runs there is no fault of the text. */
const LINEAR_MS = 5000;

function answer(bytes: Uint8Array | string): string {
  const decoded = decodeManifest('m.yaml', typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  const diagnostics = decoded.diagnostics.length > 0 ? decoded.diagnostics : parseManifest(decoded.source).diagnostics;
  const [one] = diagnostics;
  return one === undefined ? 'good' : `${one.code} ${one.line}:${one.column}`;
}

describe('limits', () => {
  const keys = (count: number): string => Array.from({ length: count }, (_, i) => `  k${i}: any`).join('\n');
  const huge: [string, string][] = [
    ['100,000 keys', `drift: 1\npackages:\n${keys(100_000)}`.slice(0, MAX_MANIFEST_BYTES)],
    ['100,000 keys in one line', `drift: 1\npackages: {${keys(60_000).replaceAll('\n', ',')}}`],
    ['50,000 lists in lists', `drift: 1\nname: ${'['.repeat(50_000)}`],
    ['50,000 maps in maps', `drift: 1\nname: ${'{a: '.repeat(50_000)}`],
    ['50,000 block lists', '- '.repeat(50_000)],
    ['50,000 explicit keys', '? '.repeat(50_000)],
    ['levels by indentation', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a million line ends', '\n'.repeat(1_000_000)],
    ['a million brackets', ']'.repeat(1_000_000)],
    ['more than a megabyte', `drift: 1\nname: "${'x'.repeat(MAX_MANIFEST_BYTES)}"`],
  ];
  for (const [what, text] of huge) {
    it(`refuses ${what} in linear time`, () => {
      const start = processorMs();
      expect(answer(text)).toMatch(/^too-large /);
      expect(processorMs() - start).toBeLessThan(LINEAR_MS);
    });
  }

  it('gives other huge files an answer in linear time', () => {
    for (const text of [`a: "${'\\'.repeat(1_000_000)}`, `a: '${"''".repeat(500_000)}'`, `drift: 1\nname: ${'b '.repeat(400_000)}`, 'a'.repeat(1_000_000), `a: |\n${' x\n'.repeat(300_000)}`, `a: ${'}'.repeat(100_000)}`,
      `&a ${'&b '.repeat(300_000)}`, '! '.repeat(300_000), '*a '.repeat(300_000), `drift: 1\n${'%x\n'.repeat(300_000)}`, `drift: 1\n${'---\n'.repeat(200_000)}`]) {
      const start = processorMs();
      expect(answer(text)).not.toBe('good');
      expect(processorMs() - start, text.slice(0, 20)).toBeLessThan(LINEAR_MS);
    }
  });

  it('takes what is large and within the limits, and quickly', () => {
    const start = processorMs();
    expect(answer(`drift: 1\npackages:\n${keys(20_000)}\n`)).toBe('good');
    expect(processorMs() - start).toBeLessThan(LINEAR_MS);
    expect(answer(`drift: 1\nsweep: { exclude: [${Array.from({ length: 10_000 }, (_, i) => `/x${i}/*a*b*c*`).join(', ')}] }\n`)).toBe('good');
  });

  it('refuses aliases before they are followed', () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}`;
    expect(answer(bomb)).toBe('yaml-feature 1:4');
  });
});

describe('encodings', () => {
  const text = 'drift: 1\npackages:\n  curl: any\n';

  it('takes a byte order mark and CRLF, with positions as an editor shows them', () => {
    expect(answer(`\ufeff${text}`)).toBe('good');
    expect(answer(text.replaceAll('\n', '\r\n'))).toBe('good');
    expect(answer('\ufeffdrft: 1\r\nx: 2\r\n')).toBe('unknown-key 1:1');
    const { diagnostics } = parseManifest(sourceText('m.yaml', '\ufeffdrift: 1\r\nnmae: 2\r\n'));
    expect(diagnostics).toMatchObject([{ line: 2, column: 1, excerpt: 'nmae: 2', hint: 'did you mean "name"?' }]);
  });

  it('refuses UTF-16 and bytes that are no UTF-8', () => {
    expect(answer(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le')))).toBe('not-utf8 0:0');
    expect(answer(new Uint8Array([...Buffer.from(text), 0x23, 0xff, 0x0a]))).toBe('not-utf8 0:0');
  });

  it('refuses characters that a reader would not see', () => {
    for (const char of ['\0', '\u001b', '\b', '\u007f', '\u0085', '\u009b', '\u202e', '\u2066', '\u2028', '\ufeff', '\uffff']) expect(answer(`drift: 1\n# a${char}b\n`), char).toBe('control-character 2:4');
    expect(answer('drift: 1\r# hidden\rname: x\n')).toBe('control-character 1:9');
    expect(answer('drift: 1\n#\ttab\n')).toBe('good');
  });
});

it('an empty file never means "remove everything"', () => {
  for (const text of ['', '\n\n', '# only this\n', '---\n', '~\n', '---\n...\n', 'null\n', '\ufeff', '{}\n', '[]\n', '""\n']) {
    const loaded = loadManifest(['m.yaml'], memoryReader({ 'm.yaml': text }), WEB_1);
    expect(loaded.ok ? 'loaded' : loaded.error.reason, JSON.stringify(text)).toBe('manifest-invalid');
  }
});

it('cut anywhere, a manifest is refused or means no less than its whole lines', () => {
  const whole = 'drift: 1\npackages:\n  curl: ">= 1, < 2"\n  wget: { version: absent }\nallow:\n  - path: /opt/a/**\n    reason: x\n';
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length);
    const loaded = loadManifest(['m.yaml'], memoryReader({ 'm.yaml': cut }), WEB_1);
    if (!loaded.ok) continue;
    // A cut pattern is narrower or absent, a cut entry is missing: nothing turns into "absent" or gets wider.
    for (const entry of loaded.value.state.packages ?? []) expect([">= 1, < 2", 'absent']).toContain(entry.constraintText);
    for (const entry of loaded.value.state.allow) expect('/opt/a/**'.startsWith(entry.path)).toBe(true);
  }
});
