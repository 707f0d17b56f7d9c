import { messageOf, RemoteError } from './errors.ts'
import type { TextOutput } from './logger.ts'

/** A standard stream, which may also be a file or a pipe. */
type StandardStream = NodeJS.WriteStream & { readonly fd: number }

/**
 * @returns standard output, whose writing ends when the text is out.
 * @throws {RemoteError} from `write` if it can't be written; a reader who has read enough and closed the pipe is no failure.
 */
export function standardOutput(stream: StandardStream): TextOutput {
  return {
    ...traitsOf(stream),
    write: async (text) => {
      const error = await written(stream, text)
      if (error === undefined || codeOf(error) === 'EPIPE') return
      const why = codeOf(error) === 'ENOSPC' ? 'the disk is full' : messageOf(error)
      const remedy = 'free some space, or write it to another place'
      throw new RemoteError(`can't write to standard output: ${why}; ${remedy}`, { cause: error })
    },
  }
}

/** @returns standard error; where it can't be written there is no place to say so, and the work goes on. */
export function standardError(stream: StandardStream): TextOutput {
  return { ...traitsOf(stream), write: (text) => written(stream, text) }
}

function traitsOf(stream: StandardStream) {
  // Failures come by the callback of `write`, and without a listener by an exception, too.
  stream.on('error', () => {})
  return { isTTY: stream.isTTY, columns: stream.columns, fd: stream.fd }
}

function written(stream: StandardStream, text: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(error ?? undefined))
  })
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined
}
