/**
 * Takes out what looks like a secret that nobody told us of: keys of Treasure Data, tokens, private keys, what stands before the
 * host of an address, and its query, which holds the key to an upload.
 */
export function hideTokens(text: string): string {
  return text
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '(secret)')
    .replace(/\bLS0tLS1CRUdJTi[\w+/=-]*/g, '(secret)')
    .replace(/\b\d+(\/|\\\/|%2f|&#(?:47|x2f);)[0-9a-f]{40}\b/gi, '(secret)')
    .replace(PASSWORD, '$1')
    .replace(TOKEN, '$1')
    .replace(/(https?:\/\/[^\s?"]+)\?[^\s,"]*/g, '$1')
    .replace(/\b(authorization["']?\s*[=:]\s*["']?(?:Basic|TD1)\s+)[\w.~+/=-]+/gi, '$1(secret)')
    .replace(/\b(Bearer\s+|ya29\.|eyJ)[\w.~+/=-]+/g, '(secret)')
    .replace(
      /\b(upload_id|access_token|refresh_token|client_secret|assertion|X-Goog-Signature)(["']?\s*[=:]\s*["']?)[^\s&"',}]+/gi,
      '$1$2(secret)',
    )
}

/** With the user before the host of an address, up to the last @ before a slash, or behind one where no port precedes it. */
const PASSWORD =
  /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/:?#"'<>@]*:[^\s/?#"'<>]*@|[^\s/:@"'<>]*:(?!\d{2,5}\/)[^\s"'<>]*@)/gi

/** In place of a user. */
const TOKEN = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/:?#"'<>@]{20,}@/gi
