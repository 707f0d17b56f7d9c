import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../digdag')

const read = (name: string) => readFileSync(join(folder, name), 'utf8')

/** The workflow without its heading, which says which of the two it is. */
const workflow = (name: string) => read(name).replace(/^(#.*\n|\n)+/, '')

/** Options under `td_mta`, and what the workflow itself reads. */
function params(name: string): readonly string[] {
  return [...read(name).matchAll(/^ *(?:# )?([A-Z_]{2,}|[a-z_]+):/gm)].map(([, key = '']) => key)
}

it('the hosted workflow is the self-hosted one, but for how a step starts and where the queries lie', () => {
  const selfHosted = workflow('attribution.dig')
    .replace(/^( *)sh>: exec td-mta (\w+)$/gm, '$1py>: launcher.run\n$1step: $2')
    .replaceAll('td>: queries/', 'td>: dist/queries/')
  expect(workflow('hosted/attribution.dig')).toBe(selfHosted)
})

it('its params are the same, but for what belongs to containers', () => {
  const selfHosted = params('params.yml').filter((key) => key !== 'run_options')
  expect(params('hosted/params.yml')).toEqual(selfHosted)
})
