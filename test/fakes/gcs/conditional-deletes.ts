/** A request, or an answer, held whole. */
export interface Exchange {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Conditional deletes go one after the other: the service checks and deletes in one step. */
let deletes: Promise<unknown> = Promise.resolve()

/** Does what the service does and fake-gcs-server 1.56 does not: it obeys ifGenerationMatch on delete. */
export async function answerFor(
  exchange: Exchange,
  forward: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  const url = new URL(exchange.url, 'http://fake')
  const generation = url.searchParams.get('ifGenerationMatch')
  if (exchange.method !== 'DELETE' || generation === null) return await forward(exchange)
  const answer = deletes.then(() => deleteGeneration(exchange, url.pathname, generation, forward))
  deletes = answer.catch(() => {})
  return await answer
}

async function deleteGeneration(
  exchange: Exchange,
  path: string,
  generation: string,
  forward: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  const found = await forward({ ...exchange, method: 'GET', url: path })
  if (found.status !== 200) return found
  const isOther = JSON.parse(found.body.toString()).generation !== generation
  return isOther ? conditionNotMet() : await forward(exchange)
}

function conditionNotMet(): Answer {
  const message = 'conditionNotMet'
  const error = { code: 412, message, errors: [{ domain: 'global', reason: message, message }] }
  const body = Buffer.from(JSON.stringify({ error }))
  return { status: 412, headers: { 'content-type': 'application/json; charset=UTF-8' }, body }
}
