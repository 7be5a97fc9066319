import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { finish } from '../../../src/model/steps.ts';
import { checkSarif } from '../../../src/report/formats/sarif.ts';
import { hostileNames } from '../../support/hostile-names.ts';
import { DRIFT, hostileReport, IN_SYNC } from '../../support/many-findings.ts';
import { fullReport, report } from '../../support/sample-report.ts';

// Draft 4 of JSON Schema, of which it uses nothing that later ones changed but the name of `id`.
const { $schema: _draft, id: _id, ...rules } = schema;
const validate = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true, formats: { uri: isUri, 'uri-reference': isReference, 'date-time': isTime } }).compile(rules);

function isUri(text: string): boolean {
  return URL.canParse(text) && /^[\x21-\x7e]*$/.test(text);
}

function isReference(text: string): boolean {
  return /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-F]{2})*$/.test(text) && URL.canParse(text, 'file:///');
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);
}

interface Sarif {
  readonly runs: readonly { readonly originalUriBaseIds: { readonly ROOT: { readonly uri: string } }; readonly invocations: readonly { readonly exitCode: number; readonly toolExecutionNotifications: readonly { readonly level: string }[] }[]; readonly results: readonly SarifResult[] }[];
}

interface SarifResult {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation?: { readonly artifactLocation: { readonly uri: string } } }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly properties: { readonly finding: { readonly subject: { readonly path: string; readonly pathBase64?: string } } };
}

function read(text: string): Sarif['runs'][number] {
  return (JSON.parse(text) as Sarif).runs[0]!;
}

describe('SARIF', () => {
  it('is what its schema says', () => {
    for (const each of [fullReport(), report(), hostileReport(), report({ host: { ...report().host, root: '/mnt/sys root' } })]) {
      expect(validate(JSON.parse(finish(checkSarif(each, DRIFT)))), JSON.stringify(validate.errors)).toBe(true);
    }
    expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false);
  });

  it('says how grave, where, and that it is the same finding as before', () => {
    const { invocations, results } = read(finish(checkSarif(fullReport(), DRIFT)));
    expect(results[0]).toMatchObject({ ruleId: 'file-stray', level: 'error', message: { text: '/usr/local/bin/redis-server - Redis 7.0.15, which no package owns, runs as root' } });
    expect(results[0]!.locations[0]!.physicalLocation!.artifactLocation).toEqual({ uri: 'usr/local/bin/redis-server', uriBaseId: 'ROOT' });
    expect(results[0]!.partialFingerprints).toEqual({ 'driftFindingId/v1': fullReport().findings[0]!.id.replace(/.*/, results[0]!.partialFingerprints['driftFindingId/v1']!) });
    expect(results.map(({ level }) => level)).toEqual(['error', 'error', 'error', 'warning', 'warning', 'warning', 'error', 'error', 'note', 'warning']);
    expect(results[3]!.locations[0]).not.toHaveProperty('physicalLocation');
    expect(invocations[0]).toMatchObject({ exitCode: 2, toolExecutionNotifications: [{ level: 'warning' }] });
  });

  it('names the root that was looked at', () => {
    expect(read(finish(checkSarif(report(), IN_SYNC))).originalUriBaseIds.ROOT.uri).toBe('file:///');
    expect(read(finish(checkSarif(report({ host: { ...report().host, root: '/mnt/a b' } }), IN_SYNC))).originalUriBaseIds.ROOT.uri).toBe('file:///mnt/a%20b/');
  });

  it('has every name twice, byte by byte: in the URI and in the finding', () => {
    const names = hostileNames();
    const { results } = read(finish(checkSarif(hostileReport(names), DRIFT)));
    const fromUri = results.map(({ locations }) => `/${locations[0]!.physicalLocation!.artifactLocation.uri.replaceAll(/%([0-9A-F]{2})/g, (_all, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)))}`);
    expect(fromUri).toEqual(names);
    const exact = results.map(({ properties: { finding: { subject } } }) => (subject.pathBase64 === undefined ? Buffer.from(subject.path, 'utf8') : Buffer.from(subject.pathBase64, 'base64')).toString('latin1'));
    expect(exact).toEqual(names);
  });

  it('lets no name be a link or a placeholder', () => {
    const { results } = read(finish(checkSarif(hostileReport(['/srv/[a](http://deb.example.org){0}']), DRIFT)));
    expect(results[0]!.message.text).toBe('/srv/\\[a\\](http://deb.example.org){{0}} - no package owns it');
  });
});
