import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { buildReport } from '../../src/report/page.ts'
import type { ReportInput } from '../../src/report/report-input.ts'
import {
  CREDITS,
  type Credits,
  dailyMethod,
  fullInput,
  manifestOf,
  manyChannels,
  shapleyOf,
  workplaceInput,
} from './fixtures.ts'
import { all, parsePage } from './parse-page.ts'

const MEGABYTE = 1_000_000

/** What a reader sees without scripts. */
const withoutScripts = (page: string) => page.replace(/<script.*?<\/script>/gs, '')
const parse = (input: ReportInput) => parsePage(buildReport(input))
const headingsOf = (input: ReportInput) => all(parse(input), 'h2').map(({ textContent }) => textContent)
const bare = (changes: Partial<ReportInput['shapley']> = {}): ReportInput => ({
  ...fullInput(),
  model: undefined,
  comparison: undefined,
  performance: undefined,
  truth: undefined,
  shapley: shapleyOf(CREDITS, { signal: null, evidence: [], calibration: [], ...changes }),
})

describe('the report', () => {
  it('has its sections in the order in which a reader asks for them', () => {
    expect(headingsOf(fullInput())).toEqual([
      'Time from touch to conversion',
      'Methods side by side',
      'Ways to a conversion',
      'Most common paths',
      'How good are the models?',
      'Is there a signal?',
      'Do touches follow conversions?',
      'Cost and return',
      'What if spend moved?',
      'What the data contain',
      'How to read this report, and what it cannot show',
      'Run, options and versions',
    ])
  })

  it('says on the first screen what two channels cause together, unless there is no signal', () => {
    const pairs = [{ channels: ['email', '<search>'] as const, conversions: 210.4 }]
    const noSignal = { ...shapleyOf(CREDITS).signal!, pValue: 0.42, hasSignal: false }
    const notes = (input: ReportInput) =>
      all(parse(input), '#answer .caveats li').map(({ textContent }) => textContent)
    const together =
      'email and <search> together: 210 conversions beyond what each causes alone, says the hazard model, which credits half of them to each.'
    expect(notes(bare({ pairs, signal: noSignal }))).not.toContain(together)
    expect(notes({ ...fullInput(), shapley: shapleyOf(CREDITS, { pairs }) })).toContain(together)
    expect(notes(fullInput())).not.toContain(together)
  })

  it('says what experiments and placebo channels say beside the model, and what to test next', () => {
    const estimate = (conversions: number, deviation: number) => ({ conversions, deviation })
    const known = {
      placebos: [{ channel: 'direct', conversions: 205 }],
      experiments: [
        {
          channels: ['search', '<video>'],
          model: estimate(548, 40),
          experiment: estimate(310, 60),
          calibrated: estimate(327, 58),
        },
      ],
      next: { channel: 'social', conversions: 897, users: 8400, days: 60 },
    }
    const document = parse({ ...fullInput(), shapley: shapleyOf(CREDITS, { known }) })
    const texts = all(document, '#experiments td, #experiments p').map(({ textContent }) => textContent)
    expect(texts).toEqual(expect.arrayContaining(['548', '310 ± 60', '327']))
    expect(texts.join(' ')).toMatch(/direct causes nothing, .* credits it with 205 conversions/)
    expect(texts.join(' ')).toMatch(/Test social next.* 8,400 users .* effect of 897 conversions/)
    const shift =
      /^search and <video>: [\d,.]+ by last touch, 548 by the hazard model, 310 ± 60 by your experiment, 327 by both\.$/
    const notes = all(document, '#answer .caveats li').map(({ textContent }) => textContent ?? '')
    expect(notes.filter((note) => shift.test(note))).toHaveLength(1)
  })

  it('writes channels in the names of measures as they are', () => {
    const measure = { value: 1, lower: null, upper: null, verdict: null }
    const evidence = ['experiment_paid_search+hazard', 'placebo_bilstm'].map((name) => ({
      ...measure,
      measure: name,
    }))
    const document = parse({ ...fullInput(), shapley: shapleyOf(CREDITS, { evidence }) })
    const text = all(document, '#quality th')
      .map(({ textContent }) => textContent)
      .join(' ')
    expect(text).toContain('Conversions by model and experiment together: paid_search+hazard')
    expect(text).toContain('Conversions credited to a placebo channel: bilstm')
  })

  it('leaves out what is missing, and says which command adds it', () => {
    const document = parse(bare())
    const missing = all(document, '.missing').map(({ textContent }) => textContent)
    expect(missing).toEqual([
      'Rules of thumb and Markov chains are missing from this report. To add them, run td-mta compare.',
      'This run did not evaluate the models on held-out users. To evaluate them, run td-mta shapley.',
      'This run did not test for a signal. To test for one, run td-mta shapley.',
    ])
    expect(document.querySelector('#paths')).toBeNull()
    expect(document.querySelector('#money')).toBeNull()
  })

  it('holds campaigns, segments, nights and what spend brings as text, without its script', () => {
    const document = parsePage(withoutScripts(buildReport(workplaceInput())))
    const text = (selector: string) => document.querySelector(selector)?.textContent ?? ''
    expect(all(document, '#campaigns details summary').map(({ textContent }) => textContent)[0]).toBe(
      'social: 897 by 4 campaigns',
    )
    const campaigns = all(all(document, '#campaigns table')[0], 'tbody tr')
    expect(campaigns.map(({ textContent }) => textContent?.trim())).toHaveLength(4)
    expect(text('#segments thead')).toContain('新規')
    expect(text('#runs p')).toMatch(/social went from 25\.\d% to 18\.\d% with the run of 2026-02-16/)
    expect(all(document, '#runs tbody tr').length).toBe(30 + CREDITS.length)
    expect(text('#what-if')).toContain('This extrapolates.')
    expect(text('#journeys p')).toContain('5,690 conversions came after at least one touch')
  })

  it('gives the same bytes for the same input', () => {
    expect(buildReport(fullInput())).toBe(buildReport(fullInput()))
  })

  it('runs its own script only, and asks for nothing from elsewhere', () => {
    const document = parse(fullInput())
    expect(all(document, 'link, img, iframe, object, embed, form, base')).toHaveLength(0)
    const [data, script, ...more] = all(document, 'script')
    expect(more).toEqual([])
    expect(data?.getAttribute('type')).toBe('application/json')
    const hash = createHash('sha256')
      .update(script?.textContent ?? '')
      .digest('base64')
    const targets = all(document, '[href], [src]').map((one) => one.getAttribute('href'))
    expect(targets.every((target) => target?.startsWith('#'))).toBe(true)
    expect(withoutScripts(buildReport(fullInput()))).not.toMatch(/@import|url\(|\son[a-z]+=/)
    expect(
      document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content'),
    ).toBe(`default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:`)
  })

  it('links only to parts that it has', () => {
    const document = parse(bare())
    for (const link of all(document, 'a')) {
      expect(
        document.querySelector(link.getAttribute('href') ?? 'none'),
        link.textContent ?? '',
      ).not.toBeNull()
    }
  })

  it('gives each chart a text and a table, each table a caption and headings with a scope', () => {
    const document = parse(fullInput())
    const figures = all(document, 'figure')
    expect(figures.length).toBe(8)
    for (const figure of figures) {
      expect(all(figure, 'details table')).toHaveLength(1)
      const drawings = all(figure, 'svg')
      expect(drawings.length).toBeGreaterThan(0)
      for (const drawing of drawings) {
        expect(drawing.getAttribute('role')).toBe('img')
        expect(drawing.getAttribute('aria-label')?.length).toBeGreaterThan(40)
      }
    }
    for (const table of all(document, 'table')) {
      expect(table.querySelector('caption')?.textContent).not.toBe('')
      expect(all(table, 'th:not([scope])')).toHaveLength(0)
    }
  })

  it('says in the headline and grey charts that shares mean nothing where there is no signal', () => {
    const signal = { ...shapleyOf(CREDITS).signal!, pValue: 0.42, hasSignal: false }
    const document = parse({ ...fullInput(), shapley: shapleyOf(CREDITS, { signal }) })
    expect(document.querySelector('h1')?.textContent).toMatch(/^No signal: .* mean nothing\.$/)
    expect(document.querySelector('#answer')?.className).toBe('no-signal')
  })

  it('marks the chosen order of the Markov chain', () => {
    const headings = all(parse(fullInput()), '.shares thead th')
    const chosen = headings.filter(({ textContent }) => textContent?.includes('chosen order'))
    expect(chosen.map(({ textContent }) => textContent)).toEqual(['Markov chain 2chosen ordermarkov_2'])
  })

  it('says that it is association, not effect, on the first screen and next to the test', () => {
    const document = parse(fullInput())
    expect(document.querySelector('.lead')?.textContent).toContain('association, not proof of effect')
    expect(document.querySelector('#signal')?.textContent).toContain('association, not effect')
    expect(document.querySelector('#signal strong')?.textContent).toBe(
      'Touches and conversions go together (p = 0.005); this is association, not proof of effect.',
    )
  })

  it('warns on its first screen of a model that predicts no better than a constant', () => {
    const loss = (measure: string, value: number) => ({
      measure,
      value,
      lower: null,
      upper: null,
      verdict: null,
    })
    const warned = (value: number) => {
      const evidence = [loss('log_loss_constant', 0.0365), loss('log_loss_bilstm', value)]
      const document = parse({ ...fullInput(), shapley: shapleyOf(CREDITS, { evidence }) })
      return document.querySelector('#answer .caveats')?.textContent.includes('should not be trusted')
    }
    expect([0.0341, 0.0365, 0.04].map(warned)).toEqual([false, true, true])
  })

  it('says how much each part counts in the stacked model, and why', () => {
    const verdict = 'the hazard model alone: the BiLSTM learned nothing'
    const weight = { measure: 'stacked_weight', value: 0, lower: null, upper: null, verdict }
    const document = parse({ ...fullInput(), shapley: shapleyOf(CREDITS, { evidence: [weight] }) })
    const quality = document.querySelector('#quality')
    expect(quality?.querySelector('p')?.textContent).toBe(
      `Measured on users that the models did not see in training. The stacked model is ${verdict}.`,
    )
    expect(quality?.textContent).toContain('Weight of the neural network in the stacked model')
  })

  it('says which rows were skipped and why', () => {
    expect(parse(fullInput()).querySelector('#data')?.textContent).toContain(
      '5 without a user, 3 without a time',
    )
  })
})

describe('reports of unusual data', () => {
  const one: Credits = [['email', 680]]
  const negative: Credits = [
    ['email', -4],
    ['search', -2],
  ]
  const unusual: readonly (readonly [string, ReportInput])[] = [
    ['one channel', fullInput(one)],
    ['no positive credit', { ...fullInput(negative), comparison: undefined }],
    ['no signal test, no comparison', bare()],
    [
      'the seed format',
      {
        ...bare({ methods: [dailyMethod('shapley_hazard', CREDITS, null)] }),
        manifest: manifestOf(CREDITS, { seedFormat: true }),
      },
    ],
    ['an unknown method', bare({ methods: [dailyMethod('my_method', CREDITS)] })],
    [
      'a window of a year',
      {
        ...fullInput(),
        manifest: manifestOf(CREDITS, {
          options: { ...manifestOf(CREDITS).options, lookbackWindowDays: 365 },
        }),
      },
    ],
    ['three hundred channels', fullInput(manyChannels(300))],
    ['three hundred campaigns and thirty nights', workplaceInput(CREDITS, 43)],
  ]

  it.each(unusual)('are whole for %s', (_, input) => {
    const page = buildReport(input)
    expect(withoutScripts(page)).not.toMatch(/NaN|undefined|Infinity|\[object/)
    expect(Buffer.byteLength(page)).toBeLessThan(MEGABYTE)
    expect(parsePage(page).querySelector('h1')?.textContent?.endsWith('.')).toBe(true)
  })

  it('fold what is beyond twelve channels, say so, and keep each of them in the table', () => {
    const document = parse(fullInput(manyChannels(300)))
    const figure = document.querySelector('#answer figure')
    expect(figure?.querySelector('figcaption')?.textContent).toContain('288 channels with less credit')
    const rows = all(figure, 'tbody th').map(({ textContent }) => textContent)
    expect(rows).toHaveLength(302)
    expect(rows.slice(-3)).toEqual(['channel 300', '(all channels)', '(baseline)'])
    expect(all(figure, 'svg').at(-1)?.textContent).toContain('288 others')
  })
})

describe('names that want to be markup', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style></svg><svg onload=alert(1)>',
    '\u202egnp.exe',
    '&lt;b&gt;',
  ]
  const harmless = hostile.map((_, at) => `channel ${at}`)
  const inputOf = (names: readonly string[]) => {
    const input = fullInput(names.map((name, at) => [name, 600 - at * 50] as const))
    const options = { ...input.manifest.options, table: names[0] ?? '', conversionType: names[1] ?? '' }
    return { ...input, manifest: { ...input.manifest, options } }
  }
  const elementsOf = (names: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const { localName, attributes } of all(parse(inputOf(names)), '*')) {
      for (const key of [localName, ...Array.from(attributes).map(({ name }) => `${localName} ${name}`)]) {
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    }
    // A name that had to be cut carries its whole as a title; nothing else may depend on names.
    counts.delete('bdi title')
    return counts
  }

  it('make no element and no attribute that harmless names would not have made', () => {
    expect(elementsOf(hostile)).toEqual(elementsOf(harmless))
  })

  it('are shown as they are, and turn no text around them', () => {
    const page = buildReport(inputOf(hostile))
    const shown = all(parsePage(page), '#answer tbody bdi')
    expect(shown.map(({ textContent }) => textContent)).toEqual(
      hostile.map((name) => name.replace('\u202e', '\ufffd')),
    )
    expect(page).not.toContain('\u202e')
  })
})

describe('money in the report', () => {
  const moneyOf = (changes: Partial<NonNullable<ReportInput['performance']>['rows'][number]>) => {
    const row = {
      method: 'shapley_bilstm',
      channel: 'social',
      campaign: null,
      conversions: 897,
      value: null,
      spend: 4000,
      costPerConversion: 4.46,
      returnOnAdSpend: null,
      lower: 4.01,
      upper: 4.99,
      ...changes,
    }
    const document = parse({ ...fullInput(), performance: { rows: [row] } })
    return all(document, '#money tbody td').map(({ textContent }) => textContent)
  }

  it('shows what a conversion cost, with its interval', () => {
    expect(moneyOf({})).toEqual(['4,000', '897', '4.46', '4.01 to 4.99'])
  })

  it('has no upper limit if the credit may be zero', () => {
    expect(moneyOf({ upper: null })).toEqual(['4,000', '897', '4.46', '4.01 or more'])
  })

  it('shows no cost if no conversion is credited', () => {
    const none = { conversions: -3, costPerConversion: null, lower: null, upper: null }
    expect(moneyOf(none)).toEqual(['4,000', '−3.0', '–'])
  })

  it('is left out for a method that has none', () => {
    expect(moneyOf({ method: 'shapley_hazard' })).toEqual([])
  })
})
