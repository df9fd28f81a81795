#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { type Deployment, diagnose } from './diagnose.ts'
import type { Finding } from './finding.ts'

const usage = `Usage: coatcheck doctor <url> [--sign-in-path /login] [--http-url <url>] [--json]

Checks a deployment from outside, with about a dozen requests without credentials.

  <url>           Begins with https://, or in development with http://
  --sign-in-path  A public page with a form. Default /login
  --http-url      Where the site serves plain http. Default: port 80, unless <url> names a port
  --json          Print the results as JSON

Exit code: 0 if all is well, 1 with warnings, 2 if a check failed.
`

/** The command line, or `null` if it cannot be understood. */
function readArguments(args: readonly string[]): (Deployment & { readonly json: boolean }) | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'sign-in-path': { type: 'string', default: '/login' },
        'http-url': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const [command, address = '', ...rest] = positionals
    const url = URL.parse(address)
    const isHttp = url !== null && /^https?:$/.test(url.protocol)
    if (command !== 'doctor' || !isHttp || rest.length > 0) return null
    const { 'sign-in-path': signInPath, 'http-url': httpText, json } = values
    const httpUrl = httpText === undefined ? standardHttpUrl(url) : URL.parse(httpText)
    return { url, signInPath, httpUrl, json }
  } catch {
    return null
  }
}

function standardHttpUrl(url: URL): URL | null {
  return url.protocol === 'https:' && url.port === '' ? new URL(`http://${url.host}/`) : null
}

function format({ check, status, message, advice }: Finding): string {
  const action = advice === '' ? '' : `. ${advice}`
  return `${status.padEnd(8)} ${check.padEnd(24)} ${message}${action}\n`
}

const exitCodes = { ok: 0, warning: 1, failed: 2 } as const

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  if (options === null) {
    process.stderr.write(usage)
    process.exitCode = 2
    return
  }
  const findings = await diagnose(options)
  const text = options.json
    ? `${JSON.stringify({ url: options.url.href, findings }, null, 2)}\n`
    : findings.map(format).join('')
  process.stdout.write(text)
  process.exitCode = Math.max(...findings.map(({ status }) => exitCodes[status]))
}

await main()
