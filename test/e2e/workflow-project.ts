import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeTemporaryDirectory } from '../temporary-directory.ts'

const workflow = join(import.meta.dirname, '../../digdag')

/** Values for params.yml: under `td_mta` by variable, the others by their own names. */
export interface Params {
  readonly image?: string
  /** More options of `docker run`, beside those of the file. */
  readonly runOptions?: readonly string[]
  readonly td_mta?: Readonly<Record<string, string | number>>
  readonly learn_days?: number | 'all'
  readonly credit_days?: number
  readonly views?: boolean
  readonly conversion_types?: readonly string[]
  readonly doctor?: boolean
  readonly user_table?: boolean
  readonly compare?: boolean
  readonly report?: boolean
  readonly limit?: number
  readonly interval?: number
}

/**
 * What `td wf push` would send of a project, as names under its folder: no file whose name begins with a dot, and none
 * that .digdagignore names, which is read as a .gitignore (by git itself).
 */
export function pushedFiles(project: string): readonly string[] {
  const copy = makeTemporaryDirectory()
  cpSync(project, copy, { recursive: true })
  rmSync(join(copy, '.gitignore'), { force: true })
  renameSync(join(copy, '.digdagignore'), join(copy, '.gitignore'))
  execFileSync('git', ['init', '--quiet'], { cwd: copy })
  const listed = execFileSync('git', ['ls-files', '--others', '--exclude-standard', '-z'], { cwd: copy })
  const names = listed.toString().split('\0').filter(Boolean)
  return names.filter((name) => !name.split('/').some((part) => part.startsWith('.'))).sort()
}

/** @returns a new directory with what is pushed of the workflow, its params.yml filled in as a person does it. */
export function makeProject(params: Params): string {
  const directory = makeTemporaryDirectory()
  for (const name of pushedFiles(workflow)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    copyFileSync(join(workflow, name), join(directory, name))
  }
  setParams(directory, params)
  return directory
}

/** Changes params.yml line by line. @throws {Error} for a param that the file does not have. */
export function setParams(project: string, { runOptions = [], td_mta = {}, ...others }: Params): void {
  const file = join(project, 'params.yml')
  let text = readFileSync(file, 'utf8')
  for (const [name, value] of Object.entries(others)) text = setLine(text, name, value)
  for (const [name, value] of Object.entries(td_mta)) {
    const hasLine = new RegExp(`^  (# )?${name}:`, 'm').test(text)
    text = hasLine
      ? setLine(text, name, value)
      : text.replace(/^td_mta:$/m, `$&\n  ${name}: ${JSON.stringify(value)}`)
  }
  const options = runOptions.map((option) => `\n    - ${JSON.stringify(option)}`).join('')
  writeFileSync(file, text.replace(/^ {2}run_options:$/m, `$&${options}`))
}

function setLine(text: string, name: string, value: unknown): string {
  const line = new RegExp(`^( *)(?:# )?${name}:.*$`, 'm')
  if (!line.test(text)) throw new Error(`params.yml has no line for ${name}`)
  return text.replace(line, `$1${name}: ${JSON.stringify(value)}`)
}
