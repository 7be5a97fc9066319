import { describe, expect, it } from 'vitest';
import { withPlanTold } from '../../../src/operations/planning/tell-plan.ts';
import { anUnowned, aProcess, findings, observed } from '../../support/build.ts';

describe('what reconcile would do', () => {
  it('is not told where nobody looked for strays: the plan would speak of none', async () => {
    const found = findings(undefined, observed({ unowned: [anUnowned('/srv/x')], runtime: { processes: [aProcess(9, '/srv/x')], listeners: [], connections: [] } }));
    expect(found).toHaveLength(1);
    // Whatever else it asked of the host would fail.
    const told = await withPlanTold({ findings: found, observed: { state: { managers: [] } } } as unknown as Parameters<typeof withPlanTold>[0], {} as Parameters<typeof withPlanTold>[1]);
    expect(told).toBe(found);
  });
});
