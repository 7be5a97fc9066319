// `drift check` as one HTML page that needs nothing else: no script, nothing loaded, and a content policy that allows none of it.
import { SEVERITIES, type Finding } from '../../model/finding.ts';
import type { CheckReport } from '../../model/report.ts';
import { HTML_STYLE, HTML_STYLE_DIGEST } from './html-style.ts';
import { manifestDoubtText } from '../check/manifest-doubt.ts';
import { manifestLinesFor } from '../deciding/manifest-line.ts';
import { markup } from './markup.ts';
import { findingSubject } from '../subject.ts';
import { visible, visibleMessage, visibleText } from '../visible.ts';
import { count, grouped } from '../wrap.ts';

/** Characters of all evidence, and of all findings: a page that a browser opens at once, whatever a hostile host is full of. */
const EVIDENCE_ROOM = 1_500_000;
const FINDINGS_ROOM = 2_700_000;
const DIFF_ROOM = 4000;

export function checkHtml(report: CheckReport): string {
  const name = report.host.name === '' ? 'a host without a name' : visibleText(report.host.name);
  const shown = sections(report);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${HTML_STYLE_DIGEST}'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>drift: ${markup(name)}, ${markup(verdictOf(report))}</title>`,
    `<style>${HTML_STYLE}</style>`,
    '</head>',
    '<body>',
    ...head(report, name),
    '<main>',
    ...shown,
    ...unread(report),
    ...skipped(report),
    '</main>',
    ...foot(report),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function verdictOf({ coverage, findings }: CheckReport): string {
  const missing = coverage.filter(({ status }) => status !== 'complete').length;
  const found = findings.length === 0 ? 'no findings' : count(findings.length, 'finding');
  return missing === 0 ? found : `${found}, ${count(missing, 'source')} could not be read`;
}

function head(report: CheckReport, name: string): string[] {
  const { baseline, host, manifest } = report;
  const system = [host.os.id, host.os.versionId, ...host.managers].filter((word) => word !== '').join(' ');
  const against = manifest.length === 0 ? 'no manifest: installed packages and repositories were not compared with one' : `manifest ${manifest.map(({ path }) => visibleText(path)).join(', ')}`;
  const links = SEVERITIES.toReversed().filter((severity) => report.findings.some((finding) => finding.severity === severity))
    .map((severity) => `<li class="${severity}"><a href="#${severity}"><b>${grouped(report.findings.filter((finding) => finding.severity === severity).length)}</b> ${severity}</a></li>`);
  return [
    '<header>',
    `<h1>${markup(name)}: ${markup(verdictOf(report))}</h1>`,
    `<p class="soft">${markup(visibleText(system))}${host.root === '/' ? '' : ` at <code>${markup(visible(host.root))}</code>`}; ${markup(against)}; looked at <time>${new Date(report.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC</time></p>`,
    ...(report.manifestDoubt === undefined ? [] : [`<p>${markup(manifestDoubtText(report.manifestDoubt))}</p>`]),
    ...(baseline === undefined ? [] : [`<p class="soft">${count(baseline.hidden, 'finding')} left out that <code>${markup(visibleText(baseline.path))}</code> has</p>`]),
    ...(links.length === 0 ? [] : ['<nav aria-label="Findings by severity"><ul>', ...links, '</ul></nav>']),
    '</header>',
  ];
}

/** Worst first; where the page grows too large, evidence goes first, then findings, and it says so. */
function sections({ findings }: CheckReport): string[] {
  const known = new Set(findings.map(({ id }) => id));
  const lines: string[] = [];
  let evidence = EVIDENCE_ROOM;
  let room = FINDINGS_ROOM;
  const bare: Finding[] = [];
  let left = 0;
  for (const severity of SEVERITIES.toReversed()) {
    const of = findings.filter((finding) => finding.severity === severity);
    if (of.length === 0) continue;
    lines.push(`<section class="${severity}" aria-labelledby="${severity}">`, `<h2 id="${severity}">${severity} (${grouped(of.length)})</h2>`);
    for (const finding of of) {
      const details = evidence > 0 ? detailsOf(finding, known) : '';
      if (details === '' && evidence <= 0) bare.push(finding);
      evidence -= details.length;
      const text = findingMarkup(finding, details);
      room -= text.length;
      if (room > 0) lines.push(text);
      else left += 1;
    }
    lines.push('</section>');
  }
  if (bare.length > left) lines.push(`<p>The evidence of ${count(bare.length - left, 'finding')} was left out to keep this page small; <code>drift check --json</code> has it.</p>`);
  if (left > 0) lines.push(`<p>${count(left, 'more finding')} left out to keep this page small; <code>drift check --json</code> has them.</p>`);
  return lines;
}

function findingMarkup(finding: Finding, details: string): string {
  const line = `<span class="subject">${markup(findingSubject(finding))}</span> ${markup(visibleMessage(finding.message))}`;
  return details === '' ? `<p class="plain" id="f${finding.id}">${line}</p>` : `<details id="f${finding.id}"><summary>${line}</summary>${details}</details>`;
}

function detailsOf(finding: Finding, known: ReadonlySet<string>): string {
  const { declaredAt, evidence, facts, id, kind } = finding;
  const row = (what: string, text: string): string => `<dt>${markup(what)}<dd>${text}`;
  const kinds = [kind, ...(facts.alsoKinds ?? [])].join(', ');
  const parts = [
    row('kind', markup(kinds)), row('id', `<code>${id}</code>`),
    ...evidence.map((item) => row(visibleText(item.source), markup(visibleMessage(item.detail)))),
    ...(declaredAt === undefined ? [] : [row('declared at', `<code>${markup(visibleText(declaredAt.file))}:${declaredAt.line}</code>`)]),
    ...manifestLinesFor(finding).map(({ line, section }) => row(section, `<code>${markup(visibleMessage(line))}</code>`)),
    ...((facts.related ?? []).length === 0 ? [] : [row('related', facts.related!.map((each) => (known.has(each) ? `<a href="#f${each}">${each}</a>` : markup(visibleText(each)))).join(', '))]),
  ];
  return `<dl>${parts.join('')}</dl>${typeof facts['diff'] === 'string' ? diffMarkup(facts['diff']) : ''}`;
}

function diffMarkup(diff: string): string {
  const lines = diff.slice(0, DIFF_ROOM).trimEnd().split('\n').map(visibleText);
  return `<pre>${markup(lines.join('\n'))}${diff.length > DIFF_ROOM ? '\n…' : ''}</pre>`;
}

function unread({ coverage }: CheckReport): string[] {
  const failed = coverage.filter(({ status }) => status !== 'complete');
  if (failed.length === 0) return [];
  return ['<section class="high" aria-labelledby="unread">', `<h2 id="unread">could not be read (${failed.length})</h2>`, ...failed.map(({ problems, source, status }) => {
    const lines = problems.map(({ message, path }) => `${path === undefined ? '' : `${visible(path)}: `}${visibleMessage(message)}`);
    return `<details open><summary><span class="subject">${markup(visible(source))}</span> ${status === 'failed' ? 'nothing is known of it' : 'read in part'}</summary><pre>${markup(some(lines).join('\n'))}</pre></details>`;
  }), '</section>'];
}

function skipped({ coverage }: CheckReport): string[] {
  const items = coverage.flatMap((source) => source.skipped);
  if (items.length === 0) return [];
  return ['<section aria-labelledby="skipped">', `<h2 id="skipped">not looked at, on purpose (${grouped(items.length)})</h2>`, '<ul>',
    ...some(items.map(({ reason, what }) => `${visibleText(what)} - ${visibleMessage(reason)}`)).map((line) => `<li>${markup(line)}</li>`), '</ul>', '</section>'];
}

function some(lines: readonly string[]): readonly string[] {
  return lines.length <= 200 ? lines : [...lines.slice(0, 200), `and ${grouped(lines.length - 200)} more`];
}

function foot({ coverage, drift, durationMs, swept }: CheckReport): string[] {
  const looked = swept === undefined ? '' : `${count(swept.entries, 'entry', 'entries')} swept, ${grouped(swept.unowned)} unowned, ${grouped(swept.expected)} of them proved or unable to run; `;
  return ['<footer>', `<p>${looked}${count(coverage.length, 'source')} in ${(durationMs / 1000).toFixed(1)} s. drift ${markup(drift)}; <code>drift explain ID</code> tells why.</p>`, '</footer>'];
}
