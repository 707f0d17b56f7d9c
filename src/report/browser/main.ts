/**
 * The report's script: it makes the page a place to work. Without it all text is there; with it a reader switches methods
 * and segments, sorts, opens a channel, moves spend, and copies tables. It loads nothing and leaves nothing behind.
 */
import type { PageData } from '../page-data.ts'
import { showChannels } from './channels.ts'
import { offerMoves } from './moves.ts'
import { enhanceTables } from './tables.ts'
import { showView } from './view.ts'

const data: PageData = JSON.parse(document.getElementById('page-data')?.textContent ?? '')

const view = showView(data)
const channels = showChannels(data, view)
offerMoves(data, view)
view.onChange((changed) => {
  enhanceTables(changed)
  channels.enhance(changed)
})
enhanceTables(document.body)
channels.enhance(document.body)
