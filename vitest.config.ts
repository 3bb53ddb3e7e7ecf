import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // The examples import the package by its name; in tests that is this source, not what was last compiled.
    alias: {
      'joai/topology': here('./topology/api.ts'),
      'joai/operator': here('./operators/operator.ts'),
      'joai/state': here('./state/api.ts'),
      'joai/testing': here('./testing/api.ts'),
    },
  },
  test: {
    globalSetup: ['./testing/test/temporary-folder.ts', './testing/test/broker-setup.ts'],
    setupFiles: ['./testing/test/no-processes.ts'],
    reporters: ['default', './testing/test/tier-reporter.ts'],
    pool: 'forks',
    // One more than the processors of a small machine: while a test waits, for a broker or a second, another works.
    maxWorkers: 3,
    // Modules keep no state of a test: they are loaded once for all, which saves a tenth of the time.
    isolate: false,
    // These limits end a test that hangs. They are so wide that none fails because the machine is busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    include: ['**/*.test.ts'],
    // The tiers: what a test needs stands in its tags, and the scripts of package.json choose by them.
    tags: [
      { name: 'process', description: 'Starts child processes: not in `npm run test:unit`.' },
      { name: 'broker', description: 'Needs a Kafka broker: not in `npm run test:unit`.' },
      {
        name: 'law',
        description: 'Takes seconds of generated histories, kills or damage: not in `npm run test:unit`.',
      },
      { name: 'slow', description: 'Takes its time: in `npm run test:all`, not in `npm test`.' },
    ],
    exclude: ['node_modules/**', 'dist/**'],
  },
})
