// Keeps what the README says of the program true: its table of options and the output of the demo.
// node scripts/readme.mjs           writes both anew
// node scripts/readme.mjs --check   fails where they differ from what the program says
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionTable } from '../dist/config/options.js'
import { flagOf, variableOf } from '../dist/config/resolve.js'

const readmePath = fileURLToPath(new URL('../README.md', import.meta.url))
const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

const readme = readFileSync(readmePath, 'utf8')
const options = optionsTable()
const demo = runDemo()

if (process.argv.includes('--check')) {
  const problems = [
    ...(blockOf(readme, 'options') === options ? [] : ['the table of options is not current']),
    ...compareOutputs(blockOf(readme, 'demo'), demo),
  ]
  for (const problem of problems) console.error(`README.md: ${problem}: run node scripts/readme.mjs`)
  process.exit(problems.length === 0 ? 0 : 1)
}
writeFileSync(readmePath, withBlock(withBlock(readme, 'options', options), 'demo', demo))

function optionsTable() {
  const rows = Object.entries(optionTable).map(([name, spec]) => {
    const shown = spec.defaultText ?? (Array.isArray(spec.defaultValue) ? '' : (spec.defaultValue ?? ''))
    const words = spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`
    return `| \`--${flagOf(name)}\` | \`${variableOf(name, spec)}\` | ${shown} | ${spec.help}${words} |`
  })
  return ['| flag | variable | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function runDemo() {
  const cwd = mkdtempSync(join(tmpdir(), 'td-mta-readme-'))
  try {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    const run = spawnSync(process.execPath, [program, 'demo', '--log-level', 'error'], {
      cwd,
      env,
      encoding: 'utf8',
    })
    if (run.status !== 0) throw new Error(`td-mta demo ended with ${run.status}: ${run.stderr}`)
    return `\`\`\`\n${run.stdout.trimEnd()}\n\`\`\``
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function marks(name) {
  return [`<!-- ${name}: written by scripts/readme.mjs -->\n`, `\n<!-- end of ${name} -->`]
}

function blockOf(text, name) {
  const [begin, end] = marks(name)
  return text.slice(text.indexOf(begin) + begin.length, text.indexOf(end))
}

function withBlock(text, name, block) {
  const [begin, end] = marks(name)
  return text.slice(0, text.indexOf(begin) + begin.length) + block + text.slice(text.indexOf(end))
}

/** Words must be the same; seconds are those of one machine, and a processor may round the last bits otherwise. */
function compareOutputs(written, current) {
  const parts = (text) => text.replace(/\d+(\.\d+)? s\b/g, 'N s').split(/(-?\d[\d,]*(?:\.\d+)?)/)
  const [left, right] = [parts(written), parts(current)]
  if (left.length !== right.length) return ['the output of the demo has other lines']
  const differs = left.findIndex((part, at) => {
    if (at % 2 === 0) return part.trim() !== right[at].trim()
    const [before, now] = [part, right[at]].map((number) => Number(number.replaceAll(',', '')))
    return Math.abs(before - now) > Math.max(2, 0.01 * Math.abs(now))
  })
  return differs < 0
    ? []
    : [`the demo says "${right[differs].trim()}" where the README says "${left[differs].trim()}"`]
}
