import { number } from './markdown.ts'
import { totals } from './ratios.ts'
import type { CaseResult, Results } from './results.ts'
import { figureOf } from './statistics.ts'
import { titleOf } from './title.ts'

/** A bar of the chart: processor time per request, in µs. */
interface Bar {
  readonly title: string
  readonly group: CaseResult['group']
  readonly server: number
  readonly database: number
}

const width = 860
const left = 345
const right = 60
const rowHeight = 24
const barHeight = 14
const top = 62
const groupGap = 26

/** An SVG bar chart of processor time per request, server and database, for light and dark pages. */
export function chartOf(results: Results): string {
  const bars = results.cases.flatMap(toBar)
  const maxTotal = Math.max(...bars.map(({ server, database }) => server + database))
  const scale = (width - left - right) / maxTotal
  const rows = bars.map((bar, index) => {
    const y = rowTop(bars, index)
    return (isFirst(bars, index) ? caption(bar, y) : '') + row(bar, y, scale)
  })
  const height = rowTop(bars, bars.length - 1) + rowHeight + 16
  const title = 'Processor time of one request, by server'
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${escapeXml(describe(bars))}</desc>
<style>${style}</style>
<rect class="ground" width="${width}" height="${height}" rx="6"/>
<text class="head" x="16" y="26">${title}, in µs: less is better</text>
${legend(44)}
${rows.join('\n')}
</svg>
`
}

function toBar(result: CaseResult): readonly Bar[] {
  const server = figureOf(result.rounds.map((each) => each.serverCpu))
  const total = figureOf(totals(result))
  if (server === null || total === null) return []
  const { group } = result
  // The database's bar is the remainder, so that both add up to the figure of the table.
  const database = Math.max(total.median - server.median, 0)
  return [{ title: titleOf(result), group, server: total.median - database, database }]
}

/** Captions of the groups. */
const captions: Readonly<Record<CaseResult['group'], string>> = {
  bare: 'no verification',
  stateless: 'no lookup; cannot be revoked',
  floor: 'hand-written minimum; records no activity',
  peer: 'session libraries',
  coatcheck: 'Coatcheck',
}

/** Distance from the top; each group starts with a caption. */
function rowTop(bars: readonly Bar[], index: number): number {
  const gaps = bars.slice(0, index + 1).filter((_, position) => isFirst(bars, position)).length
  return top + index * rowHeight + gaps * groupGap
}

function isFirst(bars: readonly Bar[], index: number): boolean {
  return bars[index - 1]?.group !== bars[index]?.group
}

function caption({ group }: Bar, y: number): string {
  return `<text class="caption" x="${left}" y="${y - 6}">${captions[group]}</text>`
}

function row({ title, group, server, database }: Bar, y: number, scale: number): string {
  const middle = y + barHeight / 2
  const ours = group === 'coatcheck' ? ' ours' : ''
  const barEnd = left + (server + database) * scale
  const bar = (kind: string, from: number, length: number) =>
    length * scale < 0.1
      ? ''
      : `<rect class="${kind}" x="${fixed(left + from * scale)}" y="${y}" width="${fixed(length * scale)}" height="${barHeight}"/>`
  return [
    `<text class="name${ours}" x="${left - 10}" y="${middle}">${escapeXml(title)}</text>`,
    bar(`server${ours}`, 0, server),
    bar(`database${ours}`, server, database),
    `<text class="value" x="${fixed(barEnd + 6)}" y="${middle}">${number(server + database)}</text>`,
  ].join('')
}

function legend(y: number): string {
  return (
    `<rect class="server" x="16" y="${y - 10}" width="12" height="12"/><text class="key" x="34" y="${y}">server</text>` +
    `<rect class="database" x="96" y="${y - 10}" width="12" height="12"/><text class="key" x="114" y="${y}">PostgreSQL</text>`
  )
}

function describe(bars: readonly Bar[]): string {
  return bars
    .map(({ title, server, database }) => `${title}: ${number(server + database)} µs`)
    .join('; ')
}

const style = [
  'text{font:13px system-ui,sans-serif;fill:#1f2328}',
  '.head{font-weight:600;font-size:15px}',
  '.caption{font-size:11px;fill:#59636e}',
  '.name{text-anchor:end;dominant-baseline:central}.value{dominant-baseline:central}',
  '.name.ours{font-weight:600}',
  '.ground{fill:#fff}.server{fill:#6e7781}.database{fill:#b7bec6}',
  '.server.ours{fill:#0969da}.database.ours{fill:#80b7f5}',
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.caption{fill:#9198a1}.ground{fill:#0d1117}',
  '.server{fill:#8b949e}.database{fill:#484f58}',
  '.server.ours{fill:#4493f8}.database.ours{fill:#1f4f8f}}',
].join('')

function fixed(value: number): string {
  return value.toFixed(1)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
