import type { Secret } from './redact.ts'

/** Variables, as other programs know them too; in small letters they win, as in curl. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Those that hold addresses of proxies. */
export const proxyVariables = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const

/** @returns the passwords of the proxies, as they are written and as they are meant. */
export function proxySecrets(environment: Environment): readonly Secret[] {
  return proxyVariables.flatMap((name) => {
    const written = environment[name] ?? ''
    if (!URL.canParse(written)) return []
    const { username, password } = new URL(written)
    const meant = decoded(password)
    const user = decoded(username)
    return [...new Set([password, meant])]
      .filter((value) => value !== '')
      .map((value) => ({ name, value, user }))
  })
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
