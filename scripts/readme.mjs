// Keeps what the documents say of the program true: the demo's output in the README, docs/options.md and docs/data.md.
// node scripts/readme.mjs           writes all anew
// node scripts/readme.mjs --check   fails where they differ from what the program says
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findingKinds } from '../dist/findings/kinds.js'
import { flagGroups } from '../dist/options/flags.js'
import { commandNames } from '../dist/options/option-spec.js'
import { SIMULATION_VARIANTS, truthOf } from '../dist/simulation/worlds.js'

const readmePath = fileURLToPath(new URL('../README.md', import.meta.url))
const dataPath = fileURLToPath(new URL('../docs/data.md', import.meta.url))
const optionsPath = fileURLToPath(new URL('../docs/options.md', import.meta.url))
const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

const readme = readFileSync(readmePath, 'utf8')
const data = readFileSync(dataPath, 'utf8')
const options = optionsPage()
const findings = findingsTable()
const demo = runDemo()

if (process.argv.includes('--check')) {
  const problems = [
    ...(readFileSync(optionsPath, 'utf8') === options
      ? []
      : ['docs/options.md: the options are not current']),
    ...(blockOf(data, 'findings') === findings ? [] : ['docs/data.md: the findings are not current']),
    ...compareOutputs(blockOf(readme, 'demo'), demo).map((problem) => `README.md: ${problem}`),
  ]
  for (const problem of problems) console.error(`${problem}: run node scripts/readme.mjs`)
  process.exit(problems.length === 0 ? 0 : 1)
}
writeFileSync(optionsPath, options)
writeFileSync(dataPath, withBlock(data, 'findings', findings))
writeFileSync(readmePath, withBlock(readme, 'demo', demo))

function optionsPage() {
  const groups = [...flagGroups()].map(([group, flags]) =>
    [
      `## ${group}`,
      '',
      '| flag | variable | default | commands | meaning |',
      '|---|---|---|---|---|',
      ...flags.map(optionRow),
      ...(group === 'Simulation' ? ['', worldsTable()] : []),
    ].join('\n'),
  )
  return `# Options

<!-- Written by scripts/readme.mjs from the table of options. -->

Each option is a flag or an environment variable; a flag beats the variable, and an empty value is unset. Each variable also
exists with the prefix \`TD_MTA_\`, such as \`TD_MTA_FROM\`, which beats the bare name: use it where \`FROM\`, \`MODEL\`,
\`FORMAT\` or \`INPUT\` mean something to other programs. A flag that a command doesn't use is an error; variables may be set
for all steps at once. \`td-mta train --help\` shows the options of one command.

What shaped the examples is taken from the export: later steps accept those options (the seed apart), but refuse another value than the
export's.

${groups.join('\n\n')}
`
}

function worldsTable() {
  const rows = SIMULATION_VARIANTS.map((variant) => `| \`${variant}\` | ${truthOf(variant)} |`)
  return ['| variant | what is true |', '|---|---|', ...rows].join('\n')
}

function findingsTable() {
  return [
    '| finding | when | what it does | what to do |',
    '|---|---|---|---|',
    ...Object.entries(findingKinds).map(([code, { severity, means, effect, remedy }]) => {
      const name = severity === 'error' ? `**\`${code}\`** (error)` : `\`${code}\``
      return `| ${[name, means, effect, remedy].join(' | ')} |`
    }),
  ].join('\n')
}

function optionRow({ flag, type, variable, defaultText, usedBy, help }) {
  const shown = type === '' ? `--${flag}` : `--${flag} ${type}`
  const cells = [`\`${shown}\``, `\`${variable}\``, defaultText, shownCommands(usedBy), help]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function shownCommands(usedBy) {
  const others = commandNames.filter((name) => !usedBy.includes(name))
  if (others.length === 0) return 'all'
  return others.length > 2 ? usedBy.join(', ') : `all but ${others.join(' and ')}`
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
