import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where nothing ran before, vitest goes by the size of a file, which says nothing of how long a host takes: one that begins last leaves the other processors idle. */
class HostsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isHost = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/system/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isHost), ...sorted.filter((file) => !isHost(file))];
  }
}

const RELEASE = process.env['DRIFT_RELEASE'] === '1';
/** Nothing of theirs outlives a test: a process takes them one after the other. */
const PURE = 'test/{drift,evidence,managers,manifest,model,plan,rebuild,report,sweep,verify}/**/*.test.ts';

export default defineConfig({
  test: {
    projects: [
      // What takes minutes and is for a release has a command of its own: npm run test:release.
      { extends: true, test: { name: 'alone', include: RELEASE ? ['test/release/*.test.ts'] : ['test/!(release)/**/*.test.ts'], exclude: [PURE] } },
      { extends: true, test: { name: 'together', include: RELEASE ? [] : [PURE], isolate: false } },
    ],
    // Prints what was not run for want of something on this machine.
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/remove-temporary-directories.ts'],
    // Tests start programs, build hosts and walk real trees; a machine under load must not fail them. These end what hangs, and nothing else.
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
    expect: { poll: { timeout: 300_000 } },
    // Now and then each of them waits: for a mirror, for a host that boots, for what must not answer.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: HostsFirst },
    // oclif writes to process.stdout.
    disableConsoleIntercept: true,
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
  },
});
