// node bench/demo.mjs: duration of npm start once everything is installed and built, where its time goes, and duration of help.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './child.mjs'

const folder = mkdtempSync(join(tmpdir(), 'td-mta-bench-'))

try {
  const { stdout, seconds, peakMb } = await runProgram(
    ['demo', '--format', 'json', '--log-level', 'error'],
    folder,
  )
  const { seconds: phases, evaluations } = JSON.parse(stdout)
  const bookkeeping = (phases.credit - phases.evaluation) / phases.shapley
  console.log(
    `demo          ${seconds.toFixed(1)} s in total, ${peakMb.toFixed(0)} MB peak (aim: under 60 s)`,
  )
  for (const phase of ['export', 'train', 'shapley'])
    console.log(`  ${phase.padEnd(10)}  ${phases[phase].toFixed(1)} s`)
  console.log(
    `shapley       ${evaluations} patterns evaluated, each once; enumeration, memo and weights ` +
      `${(100 * bookkeeping).toFixed(1)}% of the step (aim: at most 25%)`,
  )
  console.log(
    `--help        ${(await helpSeconds()).toFixed(2)} s, node alone ${nodeSeconds().toFixed(2)} s (aim: under 0.3 s)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns the median of nine. */
async function helpSeconds() {
  const times = []
  for (let run = 0; run < 9; run++) times.push((await runProgram(['--help'], folder)).seconds)
  return times.sort((left, right) => left - right)[4]
}

function nodeSeconds() {
  const times = Array.from({ length: 9 }, () => {
    const startedMs = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    return (performance.now() - startedMs) / 1000
  })
  return times.sort((left, right) => left - right)[4]
}
