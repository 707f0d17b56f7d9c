import { Html, type HtmlValue, html } from './html.ts'
import { styleSheet } from './style.ts'

/** What pages differ in. */
export interface PageDocument {
  readonly title: string
  /** Of the Content-Security-Policy. */
  readonly policy: string
  /** What the link for keyboards skips to. */
  readonly main: string
  readonly header: Html
  readonly sections: readonly HtmlValue[]
  /** Program and run. */
  readonly maker: string
  /** Data and script, each after a line break. */
  readonly after?: readonly Html[]
}

/** @returns the page as one HTML file; equal input gives equal text. */
export function documentOf(page: PageDocument): string {
  const { title, policy, main, header, sections, maker, after = [] } = page
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(styleSheet())}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the ${main}</a>
<header>${header}</header>
<main id="main" tabindex="-1">
${sections}</main>
<footer><p>Made by ${maker}. This single file loads nothing from elsewhere.</p></footer>
${after.map(
  (one) => html`${one}
`,
)}</body>
</html>
`.markup
}
