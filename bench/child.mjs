// Runs the built program in a separate process and measures it.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))

/**
 * @param {readonly string[]} words the command line after the program's name.
 * @param {string} cwd
 * @returns {Promise<{ seconds: number, processorSeconds: number, peakMb: number, stdout: string }>} wall time, time of
 *   processors to some 20 ms, and peak memory of the process.
 */
export async function runProgram(words, cwd) {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [program, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let [peakMb, processorSeconds] = [0, 0]
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, readPeakMb(child.pid))
    processorSeconds = Math.max(processorSeconds, readProcessorSeconds(child.pid))
  }, 20)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`td-mta ${words.join(' ')} ended with ${code}: ${stderr}`)
  return { seconds: (performance.now() - startedMs) / 1000, processorSeconds, peakMb, stdout }
}

/** @param {number | undefined} pid */
function readPeakMb(pid) {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) / 1024
  } catch {
    return 0
  }
}

/** Of all threads of the process. @param {number | undefined} pid */
function readProcessorSeconds(pid) {
  try {
    // The name, in parentheses, may hold spaces. Linux counts in hundredths of a second, whatever the machine.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}
