import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { loadKernels } from '../../../src/bilstm/wasm/kernels.ts'
import { ConfigError } from '../../../src/errors.ts'
import { makeTemporaryDirectory } from '../../temporary-directory.ts'

it('says what to use instead where the processor lacks what the kernels need', async () => {
  const file = join(makeTemporaryDirectory(), 'net.wasm')
  writeFileSync(file, Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99))
  const failure: unknown = await loadKernels(pathToFileURL(file)).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(ConfigError)
  expect(failure).toMatchObject({
    message: expect.stringMatching(
      /^--backend \(BACKEND\) is wasm, which does not start here \(.+\): .+ or set --model \(MODEL\) to hazard$/,
    ),
  })
})
