import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { installTrino, whyNoTrino } from './install-trino.ts'
import { type RunningTrino, startTrino } from './start-trino.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address that starts Trino when first asked, and tells where it is. */
    trinoStarter: string
  }
}

/** What the starter answers. */
export type TrinoAnswer =
  | { readonly origin: string }
  | { readonly missing: string }
  | { readonly failure: string }

/** One Trino for all test files of a run: started when the first one asks, killed at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<RunningTrino> | undefined
  const answer = async (): Promise<TrinoAnswer> => {
    const missing = await whyNoTrino()
    if (missing !== undefined) return { missing }
    const home = await installTrino().catch((error: unknown) => ({
      missing: `its jars can't be fetched: ${error}`,
    }))
    if (typeof home !== 'string') return home
    running ??= startTrino(home)
    return await running.then(
      ({ origin }) => ({ origin }),
      (error: unknown) => ({ failure: String(error) }),
    )
  }
  const starter = createServer(async (_, response) => {
    response.end(JSON.stringify(await answer()))
  })
  await new Promise<void>((resolve) => starter.listen(0, '127.0.0.1', resolve))
  project.provide('trinoStarter', `http://127.0.0.1:${(starter.address() as AddressInfo).port}`)
  return async () => {
    starter.close()
    starter.closeAllConnections()
    await running?.then(
      (trino) => trino.stop(),
      () => {},
    )
  }
}
