// npm test: installs what is missing, builds, checks style, types, imports and dead code, then runs every test.
// Prints one line of counts at the end, summed from the runners' reports.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { prepare } from './prepare.mjs'

prepare({ build: true })
rmSync('test-results', { recursive: true, force: true })
mkdirSync('test-results', { recursive: true })

const checks = [
  check('style (biome)', ['biome', 'check', '.']),
  check('types (tsc)', ['tsc', '-p', 'tsconfig.json', '--noEmit']),
  checkImports(),
  check('dead code (knip)', ['knip']),
]
const words = process.argv.slice(2)
const suites = [runSuite('vitest', ['run', '--project=!e2e', ...words])]
// With arguments, only the tests that they select are run.
if (words.length === 0) suites.push(runSuite('e2e', ['run', '--project=e2e']))

const failedChecks = checks.filter((passed) => !passed).length
const sum = (name) => suites.reduce((total, suite) => total + suite[name], 0)
const skippedNames = suites.flatMap((suite) => suite.skippedNames)
const passed = sum('passed') + checks.length - failedChecks
const failed = sum('failed') + failedChecks
for (const name of skippedNames) console.log(`skipped: ${name}`)
console.log(`${passed} passed, ${failed} failed, ${skippedNames.length} skipped`)
process.exit(failed === 0 ? 0 : 1)

function check(name, words) {
  const startedMs = performance.now()
  const { status } = npx(words)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}, ${seconds} s`)
  return status === 0
}

/** With a compiler it can't use, dependency-cruiser sees no modules and succeeds: here that is a failure. */
function checkImports() {
  const words = ['depcruise', 'src', '--config', '.dependency-cruiser.cjs']
  const run = npx([...words, '--output-type', 'json'], 'pipe')
  const summary = run.stdout === '' ? undefined : JSON.parse(run.stdout).summary
  const modules = summary?.totalCruised ?? 0
  const good = modules > 0 && summary.error === 0
  if (!good) npx(words)
  console.log(`${good ? 'ok' : 'FAILED'}: imports (dependency-cruiser), ${modules} modules`)
  return good
}

/** @returns counts from the runner's report; a runner that fails without a failed test counts as one failure. */
function runSuite(name, words) {
  const json = `test-results/${name}.json`
  const { status } = npx([
    'vitest',
    ...words,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${json}`,
  ])
  const counts = countTests(json)
  return { ...counts, failed: counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0) }
}

function countTests(path) {
  try {
    const tests = JSON.parse(readFileSync(path, 'utf8')).testResults.flatMap((file) => file.assertionResults)
    const skipped = tests.filter((test) => ['pending', 'skipped', 'todo', 'disabled'].includes(test.status))
    return {
      passed: tests.filter((test) => test.status === 'passed').length,
      failed: tests.filter((test) => test.status === 'failed').length,
      skippedNames: skipped.map((test) => test.fullName),
    }
  } catch (error) {
    console.error(`no report of the tests: ${error}`)
    return { passed: 0, failed: 1, skippedNames: [] }
  }
}

function npx(words, stdout = 'inherit') {
  return spawnSync('npx', ['--no-install', ...words], {
    stdio: ['ignore', stdout, 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1e9,
    shell: process.platform === 'win32',
  })
}
