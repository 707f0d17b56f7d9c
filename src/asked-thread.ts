import type { Worker } from 'node:worker_threads'
import { messageOf } from './errors.ts'

/**
 * A thread that answers one question at a time. Only while it owes an answer it keeps the process alive, so that a thread that nobody ends
 * does not. No question is kept once it is answered: a promise of the thread's end that every answer is raced against would keep them all.
 */
export class AskedThread<Answer> {
  private readonly worker: Worker
  private failure: Error | undefined
  private asked: { resolve(answer: Answer): void; reject(error: Error): void } | undefined

  /**
   * @param worker posts one message for each message that it gets.
   * @param failureOf what to say of a thread that ended by itself; `what` is its error, or its exit code.
   */
  constructor(worker: Worker, failureOf: (what: string) => Error) {
    this.worker = worker
    worker.unref()
    worker.on('message', (answer: Answer) => this.take()?.resolve(answer))
    for (const failed of ['error', 'messageerror'] as const) {
      worker.on(failed, (error) => this.fail(failureOf(messageOf(error))))
    }
    worker.on('exit', (code) => this.fail(failureOf(`exit code ${code}`)))
  }

  /**
   * @param question sent as a message, when the former one has been answered.
   * @throws {Error} what `failureOf` makes of the thread's end, also if it had ended before.
   */
  ask(question: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure)
      this.worker.postMessage(question)
      this.asked = { resolve, reject }
      this.worker.ref()
    })
  }

  /** Whoever waits for an answer gets an error. */
  async end(): Promise<void> {
    this.fail(new Error('the thread was ended before it answered'))
    await this.worker.terminate()
  }

  private fail(failure: Error): void {
    this.failure ??= failure
    this.take()?.reject(this.failure)
  }

  private take() {
    const { asked } = this
    this.asked = undefined
    this.worker.unref()
    return asked
  }
}
