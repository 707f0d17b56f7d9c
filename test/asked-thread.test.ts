import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { AskedThread } from '../src/asked-thread.ts'

const threads: AskedThread<Uint8Array>[] = []
afterEach(async () => {
  await Promise.all(threads.splice(0).map((thread) => thread.end()))
})

/** Answers with as many bytes as it is asked for; ends with the code of a question below 0, throws at a text. */
const PROGRAM = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', (bytes) => {
  if (typeof bytes === 'string') throw new Error(bytes)
  if (bytes < 0) process.exit(-bytes)
  parentPort.postMessage(new Uint8Array(bytes))
})`

function startThread(): AskedThread<Uint8Array> {
  const worker = new Worker(PROGRAM, { eval: true, execArgv: [], env: {} })
  const thread = new AskedThread<Uint8Array>(worker, (what) => new Error(`the thread ended: ${what}`))
  threads.push(thread)
  return thread
}

describe('a thread that is asked', () => {
  it('answers each question', async () => {
    const thread = startThread()
    for (const bytes of [3, 0, 5]) expect(await thread.ask(bytes)).toHaveLength(bytes)
  })

  it('fails what it is asked, and all later questions, when it ends or throws', async () => {
    const [ending, throwing, ended] = [startThread(), startThread(), startThread()]
    await expect(ending.ask(-7)).rejects.toThrow('the thread ended: exit code 7')
    await expect(ending.ask(1)).rejects.toThrow('the thread ended: exit code 7')
    await expect(throwing.ask('no room')).rejects.toThrow('the thread ended: no room')
    const waiting = expect(ended.ask(1)).rejects.toThrow('the thread was ended before it answered')
    await Promise.all([ended.end(), waiting])
  })

  it('keeps no answer', async () => {
    const thread = startThread()
    const answers: WeakRef<Uint8Array>[] = []
    for (let asked = 0; asked < 3; asked++) answers.push(new WeakRef(await thread.ask(1000)))
    await thread.ask(1)
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    for (let tries = 0; tries < 50 && answers.some((answer) => answer.deref() !== undefined); tries++) {
      await setImmediate()
      collect()
    }
    expect(answers.map((answer) => answer.deref())).toEqual([undefined, undefined, undefined])
  })
})
