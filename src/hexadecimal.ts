/** @returns a checksum of 32 bits as errors show it, such as `0x0badcafe`. */
export function hexadecimal32(sum: number): string {
  return `0x${sum.toString(16).padStart(8, '0')}`
}
