import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../digdag')
const workflow = readFileSync(join(folder, 'attribution.dig'), 'utf8')
const workflows = [workflow, readFileSync(join(folder, 'hosted/attribution.dig'), 'utf8')]
/** With the options that are shipped as comments. */
const allParams = readFileSync(join(folder, 'params.yml'), 'utf8').replaceAll(/^( *)# /gm, '$1')

type Params = Readonly<Record<string, unknown>>

/** As params.yml ships them. */
const shipped: Params = {
  learn_days: 90,
  credit_days: 1,
  conversion_types: [''],
  timezone: 'UTC',
  views: false,
  td_mta: {},
}

/** @returns the text of a key, lines of a block joined by blanks as YAML does. */
function textOf(key: string, file = workflow): string {
  const [, indent = '', inline = ''] = new RegExp(`^( *)${key}: *(.*)$`, 'm').exec(file) ?? []
  if (inline !== '>-') return inline.replace(/^"(.*)"$/, '$1')
  const [, block = ''] = file.split(`${indent}${key}: >-\n`)
  const lines = block.split('\n')
  const end = lines.findIndex((line) => !line.startsWith(`${indent} `))
  return lines
    .slice(0, end)
    .map((line) => line.trim())
    .join(' ')
}

/** As Digdag does it: each `${...}` is JavaScript over the params. */
function evaluate(text: string, params: Params): string {
  return text.replace(/\$\{(.*?)\}(?=[^'}]*$|[^']*\$\{)/gs, (_, code) => {
    const value = new Function(`with (this) { return (${code}) }`).call(params)
    return value === null || value === undefined
      ? ''
      : typeof value === 'string'
        ? value
        : JSON.stringify(value)
  })
}

/** What the params use of Digdag's moment.js. */
function moment(date: string) {
  const day = new Date(date)
  const weekday = day.getUTCDay() || 7
  return {
    isoWeekday(other?: number) {
      if (other === undefined) return weekday
      day.setUTCDate(day.getUTCDate() + other - weekday)
      return { format: (_: 'YYYY-MM-DD') => day.toISOString().slice(0, 10) }
    },
  }
}

const paramOf = (key: string, params: Params = {}) => evaluate(textOf(key), { ...shipped, ...params })

describe('what the workflow tells each step', () => {
  it('is days and dates, which td-mta counts in its time zone', () => {
    expect(paramOf('FROM')).toBe('-90d')
    expect(paramOf('FROM', { learn_days: 'all' })).toBe('')
    expect(paramOf('CREDIT_FROM')).toBe('-1d')
    expect(paramOf('TO')).toBe('0d')
    expect(paramOf('SESSION_TIME', { session_date: '2026-03-09' })).toBe('2026-03-09')
    expect(workflow).not.toContain('moment')
  })

  it.each([
    ['', '2026-03-09'],
    ['purchase', '2026-03-09-purchase'],
    ['sign up', '2026-03-09-sign_up'],
    ["(a/b)'s", '2026-03-09-_a_b__s'],
    ['購入', '2026-03-09-+E8+B3+BC+E5+85+A5'],
    [7, '2026-03-09-7'],
  ])('has a run id of its own for each type of conversion: %j', (conversion_type, runId) => {
    const text = textOf('RUN_ID')
    expect(evaluate(text, { session_date: '2026-03-09', conversion_type })).toBe(runId)
    expect(runId).toMatch(/^[\w.:+-]{1,200}$/)
    // The model of the Monday before is where that session left it.
    const params = { td_mta: { DATA_DIR: 'gs://bucket/p' }, conversion_types: [conversion_type], moment }
    const modelFrom = (own: Params) => evaluate(textOf('MODEL_FROM', allParams), { ...params, ...own })
    const learned = `gs://bucket/p/${runId}`
    expect(modelFrom({ conversion_type, session_date: '2026-03-10' })).toBe(learned)
    expect(modelFrom({ conversion_type, session_date: '2026-03-15' })).toBe(learned)
    expect(modelFrom({ conversion_type, session_date: '2026-03-16' })).toBe('')
    // Of the first type, where the step is for none; without a list, +params says so.
    expect(modelFrom({ session_date: '2026-03-12' })).toBe(learned)
    expect(modelFrom({ session_date: '2026-03-12', conversion_types: null })).toBe('gs://bucket/p/2026-03-09')
  })

  it.each([
    ['api.treasuredata.co.jp', 'api.treasuredata.co.jp'],
    ['https://api.eu01.treasuredata.com/', 'api.eu01.treasuredata.com'],
    ['', 'api.treasuredata.com'],
    [null, 'api.treasuredata.com'],
  ])('is the site for queries of Digdag itself: %j', (TD_API_SERVER, endpoint) => {
    expect(paramOf('endpoint', { td_mta: { TD_API_SERVER } })).toBe(endpoint)
  })

  it('names queries that there are', () => {
    const [, views = ''] = /view: \[(.*)\]/.exec(workflow) ?? []
    const files = readdirSync(join(folder, 'queries'))
    expect(views.split(', ')).toHaveLength(6)
    for (const view of views.split(', ')) expect(files).toContain(`${view}.sql`)
  })
})

describe('params that can not be', () => {
  it('are none of these', () => {
    const good: readonly Params[] = [
      {},
      { learn_days: 'all' },
      { learn_days: '30', credit_days: '7' },
      { learn_days: 7, credit_days: 7 },
      { conversion_types: ['purchase', 'sign up', '購入', '登録'] },
      { views: true, td_mta: { ATTRIBUTION_TABLE: null } },
      // Of -p, which gives texts.
      { views: 'false', td_mta: { ATTRIBUTION_TABLE: 'shop' } },
      { td_mta: { ATTRIBUTION_TABLE: 'shop' } },
    ]
    for (const params of good) expect(paramOf('wrong', params), JSON.stringify(params)).toBe('')
  })

  const learn = 'learn_days: a whole number from 1 to 9999 or all is needed, such as 90'
  const credit = 'credit_days: a whole number from 1 to 9999 is needed, 1 for a session each night'
  const list =
    'conversion_types: a list is needed, such as [purchase, signup], or [""] for all conversions together'
  const same = 'conversion_types: two of them are the same, or differ only in blanks and punctuation'
  it.each([
    [{ learn_days: 0 }, learn],
    [{ learn_days: -1 }, learn],
    [{ learn_days: 1.5 }, learn],
    [{ learn_days: 10_000 }, learn],
    [{ learn_days: null }, learn],
    [{ learn_days: 'ninety' }, learn],
    [{ credit_days: 0 }, credit],
    [{ credit_days: -1 }, credit],
    [{ credit_days: 'all' }, credit],
    [{ credit_days: null }, credit],
    [
      { learn_days: 7, credit_days: 30 },
      'credit_days is 30, but learn_days only 7: what is credited has to be learned from',
    ],
    [{ conversion_types: [] }, list],
    [{ conversion_types: 'purchase' }, list],
    [{ conversion_types: null }, list],
    [
      { views: true, td_mta: { ATTRIBUTION_TABLE: 'shop' } },
      'views: the queries read the table attribution, but ATTRIBUTION_TABLE is shop',
    ],
    [{ conversion_types: ['a', 'b', 'a'] }, same],
    [{ conversion_types: ['sign up', 'sign/up'] }, same],
    [
      { days: 30 },
      'days is no more: give learn_days (from how many days to learn, such as 90) and credit_days (how many to credit, 1 each night) instead',
    ],
  ])('are told: %j', (params, message) => {
    expect(paramOf('wrong', params)).toBe(message)
  })

  it('are told where they are missing', () => {
    const { learn_days: _learn, ...withoutLearn } = shipped
    const { credit_days: _credit, ...withoutCredit } = shipped
    expect(evaluate(textOf('wrong'), withoutLearn)).toBe(learn)
    expect(evaluate(textOf('wrong'), withoutCredit)).toBe(credit)
  })

  it('are none where a file of an earlier version knows no views: none are made', () => {
    const { views: _, ...withoutViews } = shipped
    for (const file of workflows) {
      const [, condition = ''] = /^\+views:\n {2}if>: (.*)$/m.exec(file) ?? []
      expect(evaluate(textOf('wrong', file), withoutViews)).toBe('')
      expect(evaluate(condition, withoutViews)).toBe('false')
      expect(evaluate(condition, { ...shipped, views: true })).toBe('true')
    }
  })
})
