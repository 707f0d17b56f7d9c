import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { compileKernels } from './scripts/kernels.mjs'
import { compilePageScript } from './scripts/page-script.mjs'
import { LongestFirst } from './test/set-up/longest-first.ts'
import { refuseSlowImports } from './test/set-up/refuse-slow-imports.ts'

/**
 * A test's file name says what it needs, and so which project it is in:
 * `x.test.ts` nothing but this process, `x.engine.test.ts` DuckDB, TensorFlow.js or seconds of computing in this process,
 * `x.process.test.ts` other programs, first of all the built one, `x.servers.test.ts` Trino, Cloud Storage,
 * Treasure Data or Chromium (real or faked), `x.e2e.test.ts` the workflow in containers.
 */
const named = (kind: string) => [`test/**/*.${kind}.test.ts`]
const slow = ['engine', 'process', 'servers', 'e2e']
const program = 'test/set-up/build-program.mjs'

/** @param seconds for a test and for a hook: so that a test that hangs differs from a slow one. */
function project(name: string, seconds: number, more: TestProjectInlineConfiguration['test']) {
  const limits = { testTimeout: seconds * 1000, hookTimeout: seconds * 1000 }
  return {
    test: { name, include: named(name), setupFiles: ['test/set-up/properties.ts'], ...limits, ...more },
  }
}

// Five seconds keep the pure tests fit for watching; continuous integration shares its processors with others.
const pureSeconds = process.env.CI ? 20 : 5

// The pure tests first: they tell soonest. The others wait now and then, for Trino, a container or a pause: one worker more
// than the two processors that continuous integration has keeps both at work.
const first = { sequence: { groupOrder: 0 }, maxWorkers: 2 }
const next = { sequence: { groupOrder: 1 }, maxWorkers: 3 }

// Tests compute with what is in src: its kernels and the report's script lie next to it.
await compileKernels(fileURLToPath(new URL('src/bilstm/wasm', import.meta.url)))
await compilePageScript(fileURLToPath(new URL('src/report', import.meta.url)))

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [refuseSlowImports()],
        // They share nothing but modules, which are loaded once.
        ...project('pure', pureSeconds, {
          include: ['test/**/*.test.ts'],
          exclude: slow.flatMap(named),
          isolate: false,
          ...first,
        }),
      },
      project('engine', 180, next),
      project('process', 240, { globalSetup: [program], ...next }),
      project('servers', 600, { globalSetup: [program, 'test/fakes/trino/global-setup.ts'], ...next }),
      project('e2e', 600, { globalSetup: [program], ...next }),
    ],
  },
})
