import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What takes minutes and is for a release has a command of its own: npm run test:release.
    include: process.env['DRIFT_RELEASE'] === '1' ? ['test/release/*.test.ts'] : ['test/!(release)/**/*.test.ts'],
    // Prints what was not run for want of something on this machine.
    globalSetup: ['test/support/global-setup.ts'],
    // Tests start programs, build hosts and walk real trees; a machine under load must not fail them. These end what hangs, and nothing else.
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
    expect: { poll: { timeout: 300_000 } },
    // Most of the time they wait for programs that they started; vitest would leave one processor to itself.
    maxWorkers: '100%',
    // oclif writes to process.stdout.
    disableConsoleIntercept: true,
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
  },
});
