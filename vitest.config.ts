import { defineConfig } from 'vitest/config'
import { refuseSlowImports } from './test/set-up/refuse-slow-imports.ts'

/**
 * A test's file name says what it needs, and so which project it is in:
 * `x.test.ts` nothing but this process, `x.engine.test.ts` DuckDB, TensorFlow.js or seconds of computing in this process,
 * `x.process.test.ts` other programs, first of all the built one, `x.servers.test.ts` Trino, Cloud Storage,
 * Treasure Data or Chromium (real or faked), `x.e2e.test.ts` the workflow in containers.
 */
const named = (kind: string) => [`test/**/*.${kind}.test.ts`]
const slow = ['engine', 'process', 'servers', 'e2e'].flatMap(named)
const within = (seconds: number) => ({ testTimeout: seconds * 1000, hookTimeout: seconds * 1000 })
const setupFiles = ['test/set-up/properties.ts']
const program = 'test/set-up/build-program.mjs'

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        plugins: [refuseSlowImports()],
        test: { name: 'pure', include: ['test/**/*.test.ts'], exclude: slow, setupFiles, ...within(5) },
      },
      { test: { name: 'engine', include: named('engine'), setupFiles, ...within(60) } },
      {
        test: {
          name: 'process',
          include: named('process'),
          setupFiles,
          globalSetup: [program],
          ...within(120),
        },
      },
      {
        test: {
          name: 'servers',
          include: named('servers'),
          setupFiles,
          globalSetup: [program, 'test/fakes/trino/global-setup.ts'],
          ...within(120),
        },
      },
      {
        test: {
          name: 'e2e',
          include: named('e2e'),
          setupFiles,
          globalSetup: [program],
          ...within(600),
          // One thing at a time, as each takes what two cores have.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
