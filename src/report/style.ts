import { HEAT_STEPS } from './charts/heat-map.ts'

type Colours = Readonly<Record<string, string>>

/** Text has a contrast of at least 4.5 : 1 with its background, chart marks 3 : 1. */
const light: Colours = {
  surface: '#fdfcfa',
  raised: '#f5f3ee',
  text: '#20262b',
  quiet: '#5a646c',
  line: '#dcd8cf',
  axis: '#7d868d',
  accent: '#1f5f7a',
  bar: '#4b8fad',
  'on-bar': '#06131a',
  baseline: '#dfdcd4',
  negative: '#b4532a',
  truth: '#c98a00',
  chain: '#8a4f9e',
  rule: '#6b747b',
  good: '#1c6b45',
  bad: '#a63a1e',
  'share-bar': '#d5e6ee',
  'heat-0': '#f3f1ec',
  'heat-1': '#e1ecf0',
  'heat-2': '#c4dce6',
  'heat-3': '#9dc4d5',
  'heat-4': '#6fa8c0',
  'heat-5': '#33738f',
  'heat-6': '#164a61',
  'heat-negative': '#f3c9b5',
  'heat-ink-0': '#20262b',
  'heat-ink-1': '#20262b',
  'heat-ink-2': '#20262b',
  'heat-ink-3': '#14232b',
  'heat-ink-4': '#0d1b22',
  'heat-ink-5': '#ffffff',
  'heat-ink-6': '#ffffff',
  'heat-ink-negative': '#4a1f0c',
}

const dark: Colours = {
  surface: '#14191d',
  raised: '#1c2328',
  text: '#e7e9ea',
  quiet: '#a3adb4',
  line: '#333c43',
  axis: '#7f8a92',
  accent: '#8cc7df',
  bar: '#4790ae',
  'on-bar': '#0b1216',
  baseline: '#343d44',
  negative: '#e08a5f',
  truth: '#f0bb4a',
  chain: '#c79ad8',
  rule: '#a0aab1',
  good: '#7fcfa3',
  bad: '#f09a7c',
  'share-bar': '#213d4a',
  'heat-0': '#1b2226',
  'heat-1': '#1c313b',
  'heat-2': '#1f4453',
  'heat-3': '#265b70',
  'heat-4': '#3f86a2',
  'heat-5': '#78b7cf',
  'heat-6': '#bfe3f0',
  'heat-negative': '#5a2d1b',
  'heat-ink-0': '#e7e9ea',
  'heat-ink-1': '#e7e9ea',
  'heat-ink-2': '#eef2f4',
  'heat-ink-3': '#ffffff',
  'heat-ink-4': '#06121a',
  'heat-ink-5': '#06121a',
  'heat-ink-6': '#06121a',
  'heat-ink-negative': '#ffd9c7',
}

function variables(colours: Colours): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join('')
}

const heatClasses = [...Array(HEAT_STEPS).keys(), 'negative']
  .map((step) => `.heat-${step}{background:var(--heat-${step})}`)
  .join('\n')

/** @returns the report's style sheet: light or dark by the reader's preference, and print. */
export function styleSheet(): string {
  return `
:root{color-scheme:light dark;${variables(light)}}
@media (prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Hiragino Sans","Yu Gothic UI","Noto Sans JP","Noto Sans CJK JP",IPAGothic,sans-serif;-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--surface);color:var(--text)}
header,main,footer{max-width:1024px;margin:0 auto;padding:0 32px}
header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 2rem;padding-top:20px;padding-bottom:14px;font-size:.875rem;color:var(--quiet)}
header p{margin:0}
header strong{color:var(--text)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;list-style:none}
main:focus{outline:none}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:1px}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:3px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:16px;top:12px;padding:.5rem 1rem;background:var(--surface);z-index:1}
h1{font-size:1.5rem;line-height:1.35;font-weight:600;letter-spacing:-.012em;margin:.5rem 0 .5rem;text-wrap:pretty;max-width:56rem}
h2{font-size:1.25rem;line-height:1.3;font-weight:600;letter-spacing:-.005em;margin:0 0 .75rem}
section{padding:2.25rem 0 0;margin:0 0 2.25rem;border-top:1px solid var(--line)}
#answer{border-top:0;padding-top:0;margin-bottom:1.5rem}
p{margin:0 0 .75rem;max-width:46rem}
.lead{color:var(--quiet);margin-bottom:1.1rem}
.good{color:var(--good)}
.bad{color:var(--bad)}
.quiet,.note,.missing{color:var(--quiet)}
.note{font-size:.875rem}
.no-signal h1{color:var(--bad)}
.no-signal .chart,.no-signal .swatch{filter:grayscale(1)}
h1 .name{color:var(--accent)}
code{font:.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
figure{margin:0 0 1.25rem}
.chart svg{display:block;width:100%;height:auto;overflow:visible}
.chart text{white-space:pre}
.halo{paint-order:stroke;stroke:var(--surface);stroke-width:3px;stroke-linejoin:round}
.chart.narrow{display:none}
figcaption{color:var(--quiet);font-size:.875rem;margin-top:.35rem;max-width:50rem}
figcaption:empty{display:none}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.75rem 0 .5rem;padding:0;list-style:none;font-size:.875rem;color:var(--quiet)}
.legend li{display:flex;align-items:center;gap:.5em}
.swatch{display:inline-block;width:1.1em;height:.8em;border-radius:2px;position:relative}
.swatch.bar{background:var(--bar)}
.swatch.negative{background:var(--negative)}
.swatch.truth{background:var(--truth);width:3px;height:1.1em;border-radius:0}
.swatch.change{width:0;height:1.1em;border-left:2px dashed var(--negative);border-radius:0}
.swatch.whisker,.swatch.dot-whisker{height:.7em;width:1.7em;border:solid var(--text);border-width:0 1.5px;border-radius:0;background:linear-gradient(var(--text),var(--text)) center/100% 1.5px no-repeat}
.swatch.dot-whisker::after{content:"";position:absolute;left:calc(50% - .3em);top:calc(50% - .3em);width:.6em;height:.6em;border-radius:50%;border:1.5px solid var(--text);background:var(--surface)}
.swatch.mark-learned{background:var(--bar);border-radius:50%;width:.75em;height:.75em}
.swatch.mark-chain{background:var(--chain);width:.65em;height:.65em;transform:rotate(45deg);border-radius:0}
.swatch.mark-rule{width:.7em;height:.7em;background:linear-gradient(45deg,transparent 44%,var(--rule) 44% 56%,transparent 56%),linear-gradient(-45deg,transparent 44%,var(--rule) 44% 56%,transparent 56%)}
.ramp{display:inline-flex}
.step{width:1.5em;height:.8em}
${heatClasses}
details{margin:.4rem 0 0;font-size:.875rem}
summary{cursor:pointer;color:var(--accent);width:fit-content;padding:.15rem 0}
details[open]>summary{margin-bottom:.5rem}
.scroll{overflow-x:auto;margin:0 0 .75rem}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:50%}
details caption{position:absolute;clip-path:inset(50%);overflow:hidden;width:1px;height:1px}
caption{text-align:left;color:var(--quiet);padding:0 0 .35rem;white-space:nowrap}
th,td{padding:.4rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line)}
thead th{font-weight:600;vertical-align:bottom;border-bottom-color:var(--axis)}
tbody th{font-weight:400}
tr>*+*{padding-left:1.5rem}
th.number,td.number{text-align:right;white-space:nowrap}
th.number{white-space:normal}
thead code{font-weight:400;font-size:.6875rem;color:var(--quiet);overflow-wrap:normal}
em{font-style:normal;font-weight:600;color:var(--accent)}
.shares{font-size:.8125rem}
.shares tr>*+*{padding-left:.7rem}
.share{display:block;padding:.05rem .25rem;border-radius:2px;background:linear-gradient(to left,var(--share-bar) var(--part),transparent var(--part))}
.path{display:flex;flex-wrap:wrap;gap:.2rem 0;margin:0;padding:0;list-style:none}
.path li+li::before{content:"→";color:var(--quiet);padding:0 .5em}
.paths,.measures{width:100%;min-width:38rem}
.paths{min-width:30rem}
tbody code{white-space:nowrap}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:1rem 3rem;margin-bottom:.5rem}
.pair figure{max-width:420px}
.caveats{margin:.5rem 0 0;padding:0 0 0 1.1rem;color:var(--quiet);font-size:.875rem;max-width:46rem}
.controls{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;margin:0 0 .75rem;font-size:.875rem;color:var(--quiet)}
.field{display:flex;align-items:center;gap:.5em;min-width:0;max-width:100%}
select,input{font:inherit;color:var(--text);background:var(--raised);border:1px solid var(--axis);border-radius:3px;padding:.2rem .4rem;min-width:0;max-width:100%}
input{width:9em}
button{font:inherit;color:var(--accent);background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
button.channel{text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:.2em;text-align:left}
button.sort{color:inherit;font-weight:inherit}
button.sort:hover{color:var(--accent)}
th[aria-sort=descending] button.sort::after{content:" ↓"}
th[aria-sort=ascending] button.sort::after{content:" ↑"}
button.copy{display:block;font-size:.8125rem;margin:-.35rem 0 .75rem}
#channel{border:1px solid var(--axis);border-radius:4px;padding:1.25rem 1.25rem .5rem;position:relative}
#channel h2{padding-right:4rem}
#channel h2:focus{outline:none}
button.close{position:absolute;right:1.25rem;top:1.25rem;font-size:.875rem}
#shown:empty{display:none}
.controls~* svg [data-channel]{cursor:pointer}
.unseen{position:absolute;clip-path:inset(50%);overflow:hidden;width:1px;height:1px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:1rem 2rem;margin:0 0 1rem}
.facts dt{color:var(--quiet);font-size:.875rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts .quiet{display:block;font-size:.8125rem;line-height:1.4}
dl dt{margin-top:.5rem}
.facts dt{margin-top:0}
dl dd{margin:0 0 .25rem}
.reading{padding-left:1.1rem;max-width:46rem}
.reading li{margin-bottom:.6rem}
footer{border-top:1px solid var(--line);padding-top:1rem;padding-bottom:2.5rem;color:var(--quiet);font-size:.8125rem}
@media (max-width:700px){
header,main,footer{padding-left:16px;padding-right:16px}
h1{font-size:1.3125rem}
.chart.wide{display:none}
.chart.narrow{display:block}
section{padding-top:1.5rem;margin-bottom:1.5rem}
}
@media print{
@page{size:A4;margin:14mm}
:root{color-scheme:light;${variables(light)}--surface:#fff}
html{font-size:10.5pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
header,main,footer{max-width:none;padding-left:0;padding-right:0}
nav,.skip,.controls,button.copy,button.close,details:not([open]),summary{display:none}
button.channel{color:inherit;text-decoration:none}
.paths,.measures{min-width:0}
.shares{font-size:.6875rem}
.shares tr>*+*{padding-left:.3rem}
.shares code{display:none}
.chart.wide{display:block}
.chart.narrow{display:none}
.scroll{overflow:visible}
section{padding-top:1.25rem;margin-bottom:1.25rem}
h2{break-after:avoid}
figure,tr,.facts div,.reading li{break-inside:avoid}
a{color:inherit;text-decoration:none}
}
`
}
