import { runProgram } from '../../src/commands/program.ts'
import type { CliRun, CliSurroundings } from './td-mta.ts'

/** A run that cannot be killed. */
export type InProcessSurroundings = Omit<CliSurroundings, 'kill'>

let running = false

/**
 * Runs the program from its words to its exit code in this process, which takes a second less than a process of its own
 * and needs no build. One at a time, because a process has one working directory.
 */
export async function runInProcess(
  words: readonly string[],
  { cwd, environment = {} }: InProcessSurroundings,
): Promise<CliRun> {
  if (running) throw new Error('two runs in one process share its working directory: await the first one')
  const [stdout, stderr] = [new Collected(), new Collected()]
  const before = process.cwd()
  process.chdir(cwd)
  running = true
  try {
    const { signal } = new AbortController()
    const code = await runProgram(words, { environment, stdout, stderr, signal })
    return { code, stdout: stdout.text, stderr: stderr.text }
  } finally {
    running = false
    process.chdir(before)
  }
}

/** Neither a terminal nor a file. */
class Collected {
  text = ''

  write(text: string): void {
    this.text += text
  }
}
