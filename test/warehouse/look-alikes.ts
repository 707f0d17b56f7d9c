/** @returns tables of other people that look like temporary ones of a table: no run may rename, fill or remove them. */
export function lookAlikes(table: string): readonly string[] {
  return [
    `${table}_tmp_backup_2025_old`,
    `${table}_tmp`,
    `${table}_tmp_r1`,
    `${table}_tmp_r1_old`,
    `${table}_tmp_r1_lookup`,
    `${table}_tmp_r1_0123abcd`,
    `${table}_former_2025`,
    `${table}_old`,
    `${table}_tmp_0123456789ab_00000001_0123abcd`,
    `${table}_former_0123456789ab_00000001_0123abcd`,
    `${table}_lease_0123456789ab_00000001_0123abcd`,
  ]
}
