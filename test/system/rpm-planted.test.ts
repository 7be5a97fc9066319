// An RPM host into which every kind of drift was planted: all of it is found as what it is, the controls stay silent, nothing else is said.
import { beforeAll, describe, expect, it } from 'vitest';
import { initThenCheck } from '../support/clean-check.ts';
import { plantRpm } from '../support/plant-rpm.ts';
import { schemaErrors } from '../support/report-schema.ts';
import { needs } from '../support/requirements.ts';
import { RPM_HOST_NEEDS, rpmHost } from '../support/rpm-host.ts';
import { drift, type CliResult } from '../support/run-cli.ts';
import { compareWithTruth, NOTHING_WRONG, type Truth } from '../support/truth.ts';
import { workingCopy, type WorkingCopy } from '../support/working-copy.ts';

describe.skipIf(!needs('drift planted into an RPM host', ...RPM_HOST_NEEDS, 'setcap'))('an RPM host with planted drift', () => {
  let copy: WorkingCopy;
  let truths: readonly Truth[];
  let manifest: string;
  let check: CliResult;

  beforeAll(async () => {
    manifest = (await initThenCheck(rpmHost())).manifestFile;
    copy = workingCopy(rpmHost(), 'planted');
    truths = plantRpm(copy.root);
    check = await drift(['check', '--root', copy.root, '--manifest', manifest, '--json', ...(copy.keepsTimes ? [] : ['--verify'])]);
  });

  it('plants what it says', () => {
    expect(truths.filter((truth) => truth.kinds.length > 0).length).toBeGreaterThanOrEqual(45);
    expect(truths.filter((truth) => truth.kinds.length === 0).length).toBeGreaterThanOrEqual(7);
  });

  it('finds all of it, and nothing else, without --verify', () => {
    expect(compareWithTruth(check.json(), truths)).toEqual(NOTHING_WRONG);
    expect(check.code).toBe(2);
  });

  it('finds the same with --verify', async () => {
    const verified = await drift(['check', '--root', copy.root, '--manifest', manifest, '--verify', '--json']);
    expect(compareWithTruth(verified.json(), truths)).toEqual(NOTHING_WRONG);
  });

  it('the JSON is as its schema says', () => {
    expect(schemaErrors(check.json())).toEqual([]);
  });
});
