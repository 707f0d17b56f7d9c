import fc from 'fast-check'
import { expect, it } from 'vitest'
import { QuoteScan } from '../../src/warehouse/duckdb/csv-breaks.ts'

function scanned(text: string, delimiter = ','): QuoteScan {
  const scan = new QuoteScan(delimiter)
  scan.see(Buffer.from(text))
  return scan
}

it.each([
  ['a,b\n1,"x\ny"\n', true],
  ['a,b\n"1\r\n2",x\n', true],
  ['a,b\n1, "x\ny"\n', true],
  ['a,b\n1,"say ""x\n"""\n', true],
  ['a,b\n1,"say ""x"""\n', false],
  ['a,b\n"1","x"\n"2",""\n', false],
  // A quote within a field that has none at its beginning is a character like others.
  ['a,b\n1,5" pipe\n2,x\n', false],
  ['a;b\n1;"x\ny"\n', true],
])('tells whether a value of %j holds a line break: %s', (text, expected) => {
  expect(scanned(text, text.includes(';') ? ';' : ',')).toMatchObject({
    breaksLines: expected,
    openLine: undefined,
  })
})

it.each([
  ['a,b\n1,"x\n2,y\n', 2],
  ['a,b\r\n1,2\r\n"1,x\r\n', 3],
  ['a,b\r1,x\r2,""y', undefined],
  ['a,b\n1,"x"\n2,"y""\n3,z\n', 3],
])('tells of %j where the quote is that is not closed: %s', (text, line) => {
  expect(scanned(text).openLine).toBe(line)
})

it('gives the same answer for quoted values however they are cut into chunks', () => {
  const value = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ') })
  fc.assert(
    fc.property(fc.array(value), fc.nat(20), (values, size) => {
      const text = values.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')
      const scan = new QuoteScan(',')
      for (let at = 0; at < text.length; at += size + 1) {
        scan.see(Buffer.from(text.slice(at, at + size + 1)))
      }
      expect(scan.breaksLines).toBe(values.some((one) => one.includes('\n')))
      expect(scan.openLine).toBeUndefined()
    }),
  )
})
