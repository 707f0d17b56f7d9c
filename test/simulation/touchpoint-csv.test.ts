import { expect, it } from 'vitest'
import { TouchpointLines } from '../../src/simulation/touchpoint-csv.ts'

it('writes lines as RFC 4180 has them, however many', () => {
  const rows = [
    { userId: 'user-1', atSec: 1_767_225_600, channel: 'email', conversion: 0, value: 0 },
    { userId: 'user-1', atSec: 9, channel: null, conversion: 1, value: 45.25 },
    { userId: 'a "b", c', atSec: 10, channel: 'ポスター', conversion: 1, value: 1e-7 },
  ] as const
  const text = '1767225600,user-1,email,0,0\n9,user-1,,1,45.25\n10,"a ""b"", c",ポスター,1,1e-7\n'
  const lines = new TouchpointLines()
  lines.add(rows)
  expect(Buffer.from(lines.take()).toString()).toBe(text)
  for (let time = 0; time < 3000; time++) lines.add(rows)
  expect(Buffer.from(lines.take()).toString()).toBe(text.repeat(3000))
  expect(lines.take()).toHaveLength(0)
})
