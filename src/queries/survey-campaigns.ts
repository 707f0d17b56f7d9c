import { similarChannels } from '../examples/channel-names.ts'
import { renamerOf } from '../examples/channel-rules.ts'
import { type CampaignTouches, MOST_LEAVES } from '../examples/leaves.ts'
import { isBlank } from '../examples/vocabulary.ts'
import { type Finding, finding } from '../findings/finding.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { amount, readRows, select, text } from './result-columns.ts'
import { sql } from './sql.ts'
import { isNullText } from './touchpoint-columns.ts'
import type { TouchpointScan } from './touchpoint-scan.ts'
import { isReadSql, typedRowsSql } from './touchpoints-sql.ts'

/** What the rows tell of campaigns. */
export interface SurveyedCampaigns {
  /** Empty without a column of campaigns. */
  readonly campaigns: readonly CampaignTouches[]
  readonly findings: readonly Finding[]
}

/** Counts the touches of each campaign of each channel, in one scan; nothing without a column of campaigns. */
export async function surveyCampaigns(
  warehouse: Warehouse,
  scan: TouchpointScan,
  signal: AbortSignal | undefined,
): Promise<SurveyedCampaigns> {
  if (scan.columns.campaign === undefined) return { campaigns: [], findings: [] }
  const { nullTexts } = scan.source
  const rename = renamerOf(scan.source.channelRules ?? [])
  const campaigns = new Map<string, CampaignTouches>()
  const stray = { rows: 0, example: null as string | null }
  for await (const { channel, campaign, rows } of readRows(warehouse, campaignsQuery(scan), signal)) {
    if (!isBlank(channel) && !isNullText(channel, nullTexts)) {
      addTouches(campaigns, rename(channel), campaign, rows)
    } else if (campaign !== null) {
      stray.rows += rows
      stray.example ??= campaign
    }
  }
  const { campaignColumn, actionColumn } = scan.source
  const withoutChannel = `with a campaign in ${campaignColumn} and no channel in ${actionColumn}`
  const counted = [...campaigns.values()]
  return {
    campaigns: counted,
    findings: [
      ...(stray.rows === 0
        ? []
        : [
            finding('campaigns-without-channel', {
              count: stray.rows,
              what: withoutChannel,
              example: stray.example,
            }),
          ]),
      ...similarCampaigns(counted, campaignColumn ?? ''),
      ...manyCampaigns(counted, campaignColumn ?? ''),
    ],
  }
}

/** Rules can make one channel of several, whose campaigns of one name are one. @param channel null: its touches are left out. */
function addTouches(
  campaigns: Map<string, CampaignTouches>,
  channel: string | null,
  campaign: string | null,
  touches: number,
): void {
  if (channel === null) return
  const key = JSON.stringify([channel, campaign])
  campaigns.set(key, { channel, campaign, touches: touches + (campaigns.get(key)?.touches ?? 0) })
}

function campaignsQuery(scan: TouchpointScan) {
  return select(
    { channel: text(sql`channel`), campaign: text(sql`campaign`), rows: amount(sql`count(*)`) },
    sql`FROM (
  ${typedRowsSql(scan)}
) AS typed
WHERE ${isReadSql(scan)}
GROUP BY channel, campaign
ORDER BY channel, campaign`,
  )
}

const NAMES_SHOWN = 6

function similarCampaigns(campaigns: readonly CampaignTouches[], column: string): readonly Finding[] {
  const byChannel = new Map<string, string[]>()
  for (const { channel, campaign } of campaigns) {
    if (campaign === null) continue
    const names = byChannel.get(channel)
    if (names === undefined) byChannel.set(channel, [campaign])
    else names.push(campaign)
  }
  const similar = [...byChannel].flatMap(([channel, names]) =>
    similarChannels(names).map((campaign) => `${channel} / ${campaign}`),
  )
  if (similar.length === 0) return []
  const shown = similar.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name))
  const list = `${shown.join(', ')}${similar.length > NAMES_SHOWN ? ' and others' : ''}`
  const what = `in ${column} of one channel that are alike but for case or blanks: ${list}`
  return [finding('similar-campaigns', { count: similar.length, what, example: similar[0] })]
}

function manyCampaigns(campaigns: readonly CampaignTouches[], column: string): readonly Finding[] {
  if (campaigns.length <= MOST_LEAVES) return []
  const what = `in ${column} beyond the ${MOST_LEAVES.toLocaleString('en-US')} most touched ones, which are kept apart`
  return [finding('many-campaigns', { count: campaigns.length - MOST_LEAVES, what })]
}
