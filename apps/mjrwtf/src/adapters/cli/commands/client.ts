import { Command } from 'commander'
import { z } from 'zod'
import { codeIn, limitOption } from '../arguments.ts'
import type { CliContext } from '../cli-context.ts'
import { CliError } from '../cli-error.ts'
import type { ClientConnection } from '../client-context.ts'
import { type CommandResult, printing } from '../command-result.ts'
import { withExamples } from '../help.ts'
import { formatTable, printable } from '../table.ts'

interface ServerOption {
  readonly server?: string
}

/** The commands for users: `login`, `logout`, `shorten`, `list`, `stats` and `open`. They need no access to the database. */
export function createClientCommands(context: CliContext): readonly Command[] {
  return [
    createLogin(context),
    createLogout(context),
    createShorten(context),
    createList(context),
    createStats(context),
    createOpen(context),
  ]
}

function clientCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('-s, --server <url>', 'default: MJRWTF_SERVER, or the server of the last sign-in')
}

function createLogin(context: CliContext): Command {
  const login = clientCommand(
    'login',
    'Sign in to a server, by a code that you enter in a browser',
  ).action(
    printing(context, async ({ server }: ServerOption) => {
      const connection = await context.client.connect(server ?? null)
      // Not part of the result, which is only printed when the user has entered the code.
      const { storedIn } = await connection.login(({ userCode, verificationUri }) =>
        context.writeError(
          `Open ${printable(verificationUri)} in a browser and enter the code ${printable(userCode)}\n`,
        ),
      )
      return {
        data: { server: connection.server, stored_in: storedIn },
        text: `Signed in to ${connection.server}. The tokens are stored in ${storedIn}.`,
      }
    }),
  )
  return withExamples(login, [['login --server https://links.example', 'once for each server']])
}

function createLogout(context: CliContext): Command {
  return clientCommand('logout', 'End the access to a server and delete its tokens').action(
    printing(context, async ({ server }: ServerOption) => {
      const connection = await context.client.connect(server ?? null)
      const wasSignedIn = await connection.logout()
      const data = { server: connection.server, was_signed_in: wasSignedIn }
      if (!wasSignedIn) return { data, text: `You were not signed in to ${connection.server}.` }
      return { data, text: `Signed out of ${connection.server}.` }
    }),
  )
}

const link = z.object({
  short_code: z.string(),
  short_url: z.string(),
  original_url: z.string(),
  click_count: z.number().default(0),
})

interface ShortenOptions extends ServerOption {
  readonly code?: string
  readonly expires?: string
}

function createShorten(context: CliContext): Command {
  const shorten = clientCommand('shorten', 'Create a short link and print its URL')
    .argument('<url>', 'destination')
    .option('-c, --code <code>', 'short code; default: a random one')
    .option('-e, --expires <time>', 'when it expires, such as 2030-12-31T23:59:00Z; default: never')
    .action(
      printing(context, async (url: string, { server, code, expires }: ShortenOptions) => {
        const connection = await context.client.connect(server ?? null)
        const json = {
          original_url: url,
          ...(code !== undefined && { short_code: code }),
          ...(expires !== undefined && { expires_at: expires }),
        }
        const body = await connection.callApi('/api/urls', { method: 'POST', json })
        return { data: body, text: printable(parse(link, body).short_url) }
      }),
    )
  return withExamples(shorten, [
    ['shorten https://example.com/menu.pdf --code menu', 'prints https://links.example/menu'],
  ])
}

interface ListOptions extends ServerOption {
  readonly limit: number
  readonly search?: string
}

const linkList = z.object({ urls: z.array(link), total: z.number() })

function createList(context: CliContext): Command {
  return clientCommand('list', 'List your links, newest first')
    .addOption(limitOption(20, 100))
    .option('-q, --search <text>', 'only links whose code or destination contains it')
    .action(
      printing(context, async ({ server, limit, search }: ListOptions) => {
        const connection = await context.client.connect(server ?? null)
        const query = new URLSearchParams({ limit: String(limit), ...(search && { q: search }) })
        const body = await connection.callApi(`/api/urls?${query}`)
        return { data: body, text: listText(parse(linkList, body)) }
      }),
    )
}

function listText({ urls, total }: z.infer<typeof linkList>): string {
  if (urls.length === 0) return 'No links.'
  const rows = urls.map((each) => [
    printable(each.short_url),
    String(each.click_count),
    printable(each.original_url),
  ])
  const rest = total > urls.length ? [`${urls.length} of ${total} links.`] : []
  return [formatTable([['Short URL', 'Clicks', 'Destination'], ...rows]), ...rest].join('\n')
}

const count = { clicks: z.number() }

const analytics = z.object({
  short_code: z.string(),
  original_url: z.string(),
  total_clicks: z.number(),
  by_referrer: z.array(z.object({ referrer: z.string().nullable(), ...count })),
  by_country: z.array(z.object({ country: z.string().nullable(), ...count })),
})

function createStats(context: CliContext): Command {
  return clientCommand('stats', 'Print the clicks of a link')
    .argument('<code>', 'short code or short URL')
    .action(
      printing(context, async (code: string, { server }: ServerOption) => {
        const connection = await context.client.connect(server ?? null)
        const body = await connection.callApi(`${apiPath(code)}/analytics`)
        return { data: body, text: statsText(parse(analytics, body)) }
      }),
    )
}

function statsText(counts: z.infer<typeof analytics>): string {
  const { short_code, original_url, total_clicks, by_referrer, by_country } = counts
  const referrers = by_referrer.map(({ referrer, clicks }) => [referrer, clicks] as const)
  const countries = by_country.map(({ country, clicks }) => [country, clicks] as const)
  return [
    `/${printable(short_code)} → ${printable(original_url)}`,
    `Clicks: ${total_clicks}`,
    ...countLines('Referrers', referrers),
    ...countLines('Countries', countries),
  ].join('\n')
}

function countLines(
  title: string,
  counts: readonly (readonly [string | null, number])[],
): readonly string[] {
  if (counts.length === 0) return []
  const rows = counts.map(([key, clicks]) => [`  ${printable(key ?? 'unknown')}`, String(clicks)])
  return [`${title}:`, formatTable(rows)]
}

function createOpen(context: CliContext): Command {
  return clientCommand('open', 'Open a short link in the browser, which counts as a click')
    .argument('<code>', 'short code or short URL')
    .action(
      printing(context, async (code: string, { server }: ServerOption) => {
        const connection = await context.client.connect(server ?? null)
        return openLink(context, connection, code)
      }),
    )
}

async function openLink(
  { client }: CliContext,
  connection: ClientConnection,
  code: string,
): Promise<CommandResult> {
  const { short_url: url } = parse(link, await connection.callApi(apiPath(code)))
  // The server chose it: it must not start another program.
  if (!/^https?:\/\//.test(url)) throw new CliError(`The server returned ${printable(url)}.`)
  const isOpen = await client.openInBrowser(url)
  return { data: { short_url: url, opened: isOpen }, text: printable(url) }
}

/** Of a short code or a short URL. */
function apiPath(text: string): string {
  return `/api/urls/${encodeURIComponent(codeIn(text))}`
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw new CliError('The server answered in another format. Is it a mjr.wtf server?')
}
