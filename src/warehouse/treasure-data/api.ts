import type { z } from 'zod'
import { type Answer, type Call, Caller, type RetryWorld } from './calls.ts'
import { type StartCall, sendControlCall } from './control-client.ts'
import { HttpClient, type Timeouts } from './http-client.ts'

/** How the answer of a call is understood; see {@link Call}. */
export interface CallRules<T> extends Pick<Call<T>, 'accept' | 'alreadyDone'> {
  /** What the answer must hold. */
  readonly schema: z.ZodType<T>
}

/** The API v3 as the rest of this folder uses it: each call is repeated as {@link Caller} says. */
export class Api {
  readonly #world: RetryWorld
  readonly #timeouts: Timeouts
  readonly #caller: Caller
  /** For downloads, whose attempts go on where the one before broke off. */
  readonly http: HttpClient

  constructor(world: RetryWorld, timeouts: Timeouts) {
    this.#world = world
    this.#timeouts = timeouts
    this.#caller = new Caller(world)
    this.http = new HttpClient(world.endpoint, timeouts)
  }

  /** @returns a text of the server without the key. */
  redact(text: string): string {
    return this.#world.endpoint.redact(text)
  }

  /** A control call that td-client has. @param name method and path, for errors. */
  async control<T>(name: string, start: StartCall, rules: CallRules<T>, signal?: AbortSignal): Promise<T> {
    const { endpoint } = this.#world
    const send = (stop: AbortSignal | undefined) =>
      sendControlCall(endpoint, this.#timeouts.controlMs, start, stop)
    return this.#caller.call({ name, send, ...callOf(rules) }, signal)
  }

  /** A control call that td-client lacks. */
  async json<T>(method: 'GET' | 'POST', path: string, rules: CallRules<T>, signal?: AbortSignal): Promise<T> {
    const send = (stop: AbortSignal | undefined) => this.http.sendJson(method, path, stop)
    return this.#caller.call({ name: `${method} ${path}`, send, ...callOf(rules) }, signal)
  }

  async upload<T>(path: string, bytes: Uint8Array, rules: CallRules<T>, signal?: AbortSignal): Promise<T> {
    const send = (stop: AbortSignal | undefined) => this.http.upload(path, bytes, stop)
    return this.#caller.call({ name: `PUT ${path}`, send, ...callOf(rules) }, signal)
  }

  /** Any other call. */
  async call<T>(call: Call<T>, signal?: AbortSignal): Promise<T> {
    return this.#caller.call(call, signal)
  }

  async close(): Promise<void> {
    await this.http.close()
  }
}

function callOf<T>({ schema, accept, alreadyDone }: CallRules<T>) {
  return {
    read: (body: unknown) => schema.parse(body),
    ...(accept ? { accept } : {}),
    ...(alreadyDone ? { alreadyDone } : {}),
  }
}

/** @returns an `accept` that takes refusals of the statuses for the answer `value`. */
export function acceptStatus<T>(statuses: readonly number[], value: T): NonNullable<Call<T>['accept']> {
  return ({ facts }): Answer<T> | undefined => (statuses.includes(facts.status ?? 0) ? { value } : undefined)
}

/** @returns a path of the API, its parts escaped. */
export function pathOf(...parts: readonly string[]): string {
  return `/v3/${parts.map(encodeURIComponent).join('/')}`
}
