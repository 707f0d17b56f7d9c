import { ApiError, bytesReply, errorReply, type Reply } from './reply.ts'

/** A way in which a call goes wrong. `done` says whether the call's effect happens first, false by default. */
export type Fault =
  /** 429 with Retry-After (0 seconds by default); nothing happened. */
  | { readonly kind: 'too-many-requests'; readonly retryAfter?: string }
  /** 401 as for a key that expired; nothing happened. */
  | { readonly kind: 'expired-key' }
  /** 500 with Treasure Data's body of an error. */
  | { readonly kind: 'server-error'; readonly done?: boolean }
  /** 502 with a proxy's HTML page. */
  | { readonly kind: 'bad-gateway'; readonly done?: boolean }
  /** 200 with a proxy's HTML page. */
  | { readonly kind: 'html-page'; readonly done?: boolean }
  /** The connection is reset (RST) without an answer, once the request was read. */
  | { readonly kind: 'reset'; readonly done?: boolean }
  /** The connection stays open and nothing comes. */
  | { readonly kind: 'silent'; readonly done?: boolean }
  /** The answer comes after that many milliseconds; the call has its effect before. */
  | { readonly kind: 'late'; readonly afterMs: number }
  /** The whole Content-Length is announced, half of the body comes, the connection ends (FIN). It is done. */
  | { readonly kind: 'truncated' }
  /** Half of the body comes, and then nothing more on an open connection. It is done. */
  | { readonly kind: 'stalled' }
  /** Half of the body comes, and Content-Length says that this is all. It is done. */
  | { readonly kind: 'wrong-length' }
  /** The body comes in pieces (20) with pauses (20 ms) between them, complete. It is done. */
  | { readonly kind: 'trickle'; readonly pieces?: number; readonly intervalMs?: number }

/** Which calls go wrong. */
export interface FaultRule {
  /** Any by default. */
  readonly method?: string
  /** Of the path with its query; any by default. */
  readonly path?: RegExp
  /** Which of the calls that method and path fit, counted from 1 since the rule was added; all by default. */
  readonly call?: number | readonly number[]
  readonly fault: Fault
}

/** Switches faults on and off while the fake runs. */
export class Faults {
  #rules: { readonly rule: FaultRule; seen: number }[] = []

  /** Where several rules fit a call, the first one decides. */
  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 })
  }

  clear(): void {
    this.#rules = []
  }

  /** @returns how this call goes wrong, and counts it. */
  next(method: string, path: string): Fault | undefined {
    const fitting = this.#rules.filter(({ rule }) => {
      return (rule.method ?? method) === method && (rule.path?.test(path) ?? true)
    })
    for (const each of fitting) each.seen++
    return fitting.find(({ rule, seen }) => rule.call === undefined || [rule.call].flat().includes(seen))
      ?.rule.fault
  }
}

/** @returns whether the call has its effect in spite of the fault. */
export function isDone(fault: Fault): boolean {
  if (['late', 'truncated', 'stalled', 'wrong-length', 'trickle'].includes(fault.kind)) return true
  return 'done' in fault && fault.done === true
}

/** @returns what is answered instead, undefined where the fault is in the way the answer is sent. */
export function replyInstead(fault: Fault): Reply | undefined {
  if (fault.kind === 'expired-key')
    return errorReply(new ApiError(401, 'Authentication failed: the API key has expired'))
  if (fault.kind === 'server-error') return errorReply(new ApiError(500, 'Internal server error'))
  if (fault.kind === 'bad-gateway') return htmlPage(502, '502 Bad Gateway')
  if (fault.kind === 'html-page') return htmlPage(200, 'Please wait')
  if (fault.kind !== 'too-many-requests') return undefined
  const reply = errorReply(new ApiError(429, 'Too many requests'))
  return { ...reply, headers: { ...reply.headers, 'retry-after': fault.retryAfter ?? '0' } }
}

function htmlPage(status: number, title: string): Reply {
  const page = `<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\n`
  return bytesReply(Buffer.from(page), 'text/html', status)
}
