/** @returns `2019-10-22 15:06:59 UTC`, as Treasure Data writes times, empty where there is none yet. */
export function timeText(ms: number | undefined): string {
  return ms === undefined ? '' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
