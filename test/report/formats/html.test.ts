import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkHtml } from '../../../src/report/formats/html.ts';
import { HTML_STYLE, HTML_STYLE_DIGEST } from '../../../src/report/formats/html-style.ts';
import { hostileNames, unescaped } from '../../support/hostile-names.ts';
import { crowdedReport, hostileReport } from '../../support/many-findings.ts';
import { needs } from '../../support/requirements.ts';
import { run } from '../../support/run-command.ts';
import { finding, fullReport, report } from '../../support/sample-report.ts';

/** Python's own parser: every tag with its attributes, and the text of what has the class `subject`. */
const READER = `
import html.parser, json, sys
class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.subjects, self.inside, self.open = [], [], False, []
    def handle_starttag(self, tag, attrs):
        self.tags.append([tag, dict(attrs)])
        if tag not in ("meta", "dt", "dd", "li"): self.open.append(tag)
        if tag == "span":
            self.inside = True
            self.subjects.append("")
    def handle_endtag(self, tag):
        if tag not in ("li",): assert self.open.pop() == tag, tag
        self.inside = False
    def handle_data(self, data):
        if self.inside: self.subjects[-1] += data
reader = Reader()
reader.feed(sys.stdin.buffer.read().decode())
reader.close()
assert reader.open == [], reader.open
json.dump({"tags": reader.tags, "subjects": reader.subjects}, sys.stdout)
`;

interface Page {
  readonly tags: readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[];
  readonly subjects: readonly string[];
}

function read(page: string): Page {
  return JSON.parse(run('python3', ['-c', READER], { input: page })) as Page;
}

describe('the page', () => {
  it('allows nothing but its own style', () => {
    const page = checkHtml(fullReport());
    expect(HTML_STYLE_DIGEST).toBe(createHash('sha256').update(HTML_STYLE).digest('base64'));
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${HTML_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'"`);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
    expect(page).toContain(`<style>${HTML_STYLE}</style>`);
    // The policy would block these, and a page that needs what is blocked is broken.
    expect(page).not.toMatch(/ style=|<script|<img|<link|<iframe|<form|@import|url\(| on[a-z]+=|https?:\/\/(?!example\.org)/);
  });

  it('has what the text report has', () => {
    const page = checkHtml(fullReport());
    for (const text of ['web-1: 10 findings, 1 source could not be read', '<h2 id="critical">critical (2)</h2>', 'redis-server was removed on 2026-10-03', 'permission denied', '/srv/media - excluded by the manifest', '75,112 entries swept', '<dt>declared at<dd><code>/etc/drift/manifest.yaml:12</code>', '<dt>allow<dd><code>- { path: /usr/local/bin/redis-server']) expect(page).toContain(text);
    expect(checkHtml(report())).toContain('web-1: no findings');
  });

  it('leads to related findings that are on it', () => {
    const parts = [finding('file-stray', 'high', { type: 'path', path: '/x' }, { facts: { related: ['000000000abc', 'ffffffffffff'] } }), finding('file-stray', 'low', { type: 'path', path: '/y' }, { id: '000000000abc' })];
    expect(checkHtml(report({ findings: parts }))).toContain('<dt>related<dd><a href="#f000000000abc">000000000abc</a>, ffffffffffff');
  });

  it('stays small: evidence goes first, then findings, and it says so', () => {
    const some = checkHtml(crowdedReport(5000));
    expect(Buffer.byteLength(some)).toBeLessThan(3_000_000);
    expect(some.match(/<span class="subject">/g)).toHaveLength(5000);
    const [, bare = ''] = /<p>The evidence of ([\d,]+) findings was left out/.exec(some) ?? [];
    expect(some.match(/<p class="plain"/g)).toHaveLength(Number(bare.replaceAll(',', '')));
    const many = checkHtml(crowdedReport(20_000));
    expect(Buffer.byteLength(many)).toBeLessThan(3_000_000);
    const [, left = ''] = /<p>([\d,]+) more findings left out/.exec(many) ?? [];
    expect(many.match(/<span class="subject">/g)!.length + Number(left.replaceAll(',', ''))).toBe(20_000);
  });
});

describe.skipIf(!needs('the page as a parser reads it', 'python3'))('a parser', () => {
  it('finds the tags that drift wrote, whatever the names are, and every name', () => {
    const names = hostileNames();
    const page = read(checkHtml(hostileReport(names)));
    expect(page.subjects.map(unescaped)).toEqual(names);
    expect(page.tags.filter(([tag]) => tag === 'details')).toHaveLength(names.length);
    expect([...new Set(page.tags.map(([tag]) => tag))].toSorted()).toEqual(['a', 'b', 'body', 'code', 'dd', 'details', 'dl', 'dt', 'footer', 'h1', 'h2', 'head', 'header', 'html', 'li', 'main', 'meta', 'nav', 'p', 'section', 'span', 'style', 'summary', 'time', 'title', 'ul']);
    for (const [, attributes] of page.tags) expect(['lang', 'charset', 'http-equiv', 'content', 'name', 'class', 'href', 'aria-label', 'aria-labelledby', 'id', 'open']).toEqual(expect.arrayContaining(Object.keys(attributes)));
  });

  it('finds no id twice', () => {
    const ids = read(checkHtml(fullReport())).tags.flatMap(([, { id }]) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
