import { describe, expect, it } from 'vitest'
import { type Cell, csvField, isTextColumn } from '../../src/report/browser/cells.ts'

const cells = (kind: Cell['kind'], ...texts: readonly string[]) => texts.map((text) => ({ text, kind }))

describe('cells of the tables that readers sort and copy', () => {
  it.each([
    ['names of which one begins with a number', cells('name', 'email', '3 for 2', '2024'), true],
    ['names that are numbers', cells('name', '1', '20', '3'), true],
    ['labels of which one is no number', cells('text', '2 touches', 'last touch'), true],
    ['dates', cells('text', '2026-02-01', '2026-02-02'), true],
    ['labels that are numbers', cells('text', '0', '1–3', '20+'), false],
    ['numbers and missing ones', cells('number', '1,234', '–', '< 0.001', '+4 to +9'), false],
    ['a column of numbers with a word', cells('number', '1,234', 'unknown'), false],
  ])('sort %s as they should', (_, column, isText) => {
    expect(isTextColumn(column)).toBe(isText)
  })

  it.each([
    ['number', '\u22121,234.5', '-1234.5'],
    ['number', '–', ''],
    ['name', '1,234', '"1,234"'],
    ['name', '–', '–'],
    ['name', '=1+1', "'=1+1"],
    ['name', '＝1+1', "'＝1+1"],
    ['name', '＠SUM', "'＠SUM"],
    ['name', '-5', "'-5"],
    ['text', '"a"', '"""a"""'],
  ] as const)('are copied as CSV: %s %s as %s', (kind, text, field) => {
    expect(csvField({ text, kind })).toBe(field)
  })
})
