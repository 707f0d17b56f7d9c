import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import type { Reply } from './reply.ts'

/** Sends an answer, in the wrong way where the fault says so; ends with the connection at the latest. */
export async function send(response: ServerResponse, reply: Reply, fault?: Fault): Promise<void> {
  const { bytes } = reply.body
  const half = Math.floor(bytes / 2)
  const head = (length: number) =>
    response.writeHead(reply.status, { ...reply.headers, 'content-length': length })
  if (fault?.kind === 'late') await pause(fault.afterMs)
  if (fault?.kind === 'trickle') {
    head(bytes)
    await trickle(response, reply, fault.pieces ?? 20, fault.intervalMs ?? 20)
  } else if (fault?.kind === 'truncated') {
    head(bytes)
    await write(response, reply, 0, half)
    response.socket?.end()
  } else if (fault?.kind === 'stalled') {
    head(bytes).flushHeaders()
    await write(response, reply, 0, half)
    await closed(response)
  } else {
    const length = fault?.kind === 'wrong-length' ? half : bytes
    head(length)
    await write(response, reply, 0, length)
    response.end()
  }
}

/** Keeps the connection open and says nothing. */
export async function closed(response: ServerResponse): Promise<void> {
  if (!response.destroyed) await once(response, 'close')
}

async function write(response: ServerResponse, { body }: Reply, from: number, to: number): Promise<void> {
  for await (const chunk of body.read(from, to)) {
    if (response.destroyed) return
    if (!response.write(chunk)) await drainedOrClosed(response)
  }
}

function drainedOrClosed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}

async function trickle(
  response: ServerResponse,
  reply: Reply,
  pieces: number,
  intervalMs: number,
): Promise<void> {
  const { bytes } = reply.body
  for (let piece = 0; piece < pieces && !response.destroyed; piece++) {
    if (piece > 0) await pause(intervalMs)
    const [from, to] = [piece, piece + 1].map((at) => Math.floor((bytes * at) / pieces))
    await write(response, reply, from ?? 0, to ?? bytes)
  }
  response.end()
}
