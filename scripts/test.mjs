// npm test: installs what is missing, checks style, types, imports and dead code, then runs every test.
// npm test -- WORDS runs the tests of files whose path holds one of the words, without those of the workflow.
// Prints seconds per check and per project, then one line of counts, added up from the runners' own reports.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { prepare } from './prepare.mjs'

const REPORT = 'test-results/vitest.json'

prepare({ build: false })
rmSync('test-results', { recursive: true, force: true })
mkdirSync('test-results', { recursive: true })

const checks = await Promise.all([
  check('style (biome)', ['biome', 'check', '.']),
  check('types (tsc)', ['tsc', '-p', 'tsconfig.json', '--noEmit']),
  check('types of the report’s script (tsc)', ['tsc', '-p', 'src/report/browser']),
  check(
    'imports (dependency-cruiser)',
    ['depcruise', 'src', '--config', '.dependency-cruiser.cjs'],
    /\([1-9]\d* modules/,
  ),
  check('dead code (knip)', ['knip']),
])
const tests = await runTests(process.argv.slice(2))

for (const [project, { count, seconds }] of tests.projects) {
  console.log(`${project}: ${count} tests, ${seconds.toFixed(1)} s in its files`)
}
for (const name of tests.skipped) console.log(`skipped: ${name}`)
const failedChecks = checks.filter((passed) => !passed).length
const passed = tests.passed + checks.length - failedChecks
const failed = tests.failed + failedChecks
console.log(`${passed} passed, ${failed} failed, ${tests.skipped.length} skipped`)
process.exit(failed === 0 ? 0 : 1)

/** @param sign what a check prints that did its work: dependency-cruiser succeeds where it sees no modules. */
async function check(name, words, sign = /^/) {
  const startedMs = performance.now()
  const { status, output } = await npx(words, 'pipe')
  const passed = status === 0 && sign.test(output)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (!passed) console.log(output)
  console.log(`${passed ? 'ok' : 'FAILED'}: ${name}, ${seconds} s`)
  return passed
}

/** A runner that fails without a failed test counts as one failure. */
async function runTests(words) {
  // Words choose some of the tests: then the workflow's, which take minutes to set up, were not asked for.
  const chosen = words.length === 0 ? [] : ['--project=!e2e', ...words]
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`]
  const { status } = await npx(['vitest', 'run', ...chosen, ...reporters], 'inherit')
  const counts = countTests()
  return { ...counts, failed: counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0) }
}

function countTests() {
  const counts = { passed: 0, failed: 0, skipped: [], projects: new Map() }
  for (const { name, startTime, endTime, assertionResults } of readReport()) {
    const project = /\.(\w+)\.test\.ts$/.exec(name)?.[1] ?? 'pure'
    const { count, seconds } = counts.projects.get(project) ?? { count: 0, seconds: 0 }
    const taken = (endTime - startTime) / 1000
    counts.projects.set(project, { count: count + assertionResults.length, seconds: seconds + taken })
    for (const { status, fullName } of assertionResults) {
      if (status === 'passed' || status === 'failed') counts[status]++
      else counts.skipped.push(fullName)
    }
  }
  return counts
}

function readReport() {
  try {
    return JSON.parse(readFileSync(REPORT, 'utf8')).testResults
  } catch (error) {
    console.error(`no report of the tests: ${error}`)
    return []
  }
}

/** @returns the exit status, and what was written where that is piped. */
function npx(words, stdio) {
  const command = spawn('npx', ['--no-install', ...words], {
    stdio: ['ignore', stdio, stdio],
    shell: process.platform === 'win32',
  })
  let output = ''
  command.stdout?.on('data', (chunk) => {
    output += chunk
  })
  command.stderr?.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve, reject) => {
    command.once('error', reject)
    command.once('close', (status) => resolve({ status, output }))
  })
}
