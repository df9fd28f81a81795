import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../../tools/testing/free-port.ts'
import { createLeakDetector, type LeakDetector } from '../../support/leak-detector.ts'
import { type RawHeaders, sendTo, type TestRequest, type TestResponse } from '../../support/send.ts'

/** The `mjrwtf` command. `npm test` builds it first. */
export const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

export type Environment = Readonly<Record<string, string>>

export interface ProgramOptions {
  /**
   * The complete environment; nothing of the test's own environment is inherited. PORT is chosen if
   * missing.
   */
  readonly env?: Environment
  /** Working directory. Default: the system's folder for temporary files. */
  readonly cwd?: string
}

/** How a process exited: with a code or by a signal. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The app in its own process, ready to answer. */
export interface Program extends AsyncDisposable {
  readonly baseUrl: string
  readonly port: number
  readonly pid: number
  /** Sends a request. Host and User-Agent are added unless given. */
  send(path: string, request?: TestRequest): Promise<TestResponse>
  /** The printed setup link. Waits for it. */
  setUpLink(): Promise<URL>
  /** Registers a secret that must not appear in the output. */
  addSecret: LeakDetector['addSecret']
  /** All standard output so far. */
  stdout(): string
  /** Standard output without the emails printed in development. */
  log(): string
  stderr(): string
  isRunning(): boolean
  /** Closes the pipes of its output, as a reader that ends does. */
  closeOutput(): void
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void
  /** Sends a signal and waits for the exit. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

/**
 * Starts the app and waits until it answers. Disposal checks its output and responses for leaks.
 */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.env?.PORT === undefined ? await freePort() : Number(options.env.PORT)
    const launched = launch({ ...options, env: { ...options.env, PORT: String(port) } })
    const greeting = launched.waitForLine(/^mjr\.wtf is running at (\S+)$/)
    const [, baseUrl] = (await Promise.race([greeting, launched.exited.then(() => [])])) ?? []
    if (baseUrl !== undefined) return createProgram(launched, { baseUrl, port })
    // Another process may have taken the port since it was found free.
    const canRetry = options.env?.PORT === undefined && / is in use\./.test(launched.stderr())
    if (!canRetry || attempt === 5) throw new Error(`The app ended: ${launched.stderr()}`)
  }
}

/** Runs the app until it exits, for starts that must fail. */
export async function runProgram(
  options: ProgramOptions,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const port = options.env?.PORT ?? String(await freePort())
  const launched = launch({ ...options, env: { ...options.env, PORT: port } })
  // A program that starts successfully would run forever.
  void launched.waitForLine(/^mjr\.wtf is running at/).then(() => launched.child.kill('SIGKILL'))
  const exit = await launched.exited
  return { ...exit, stdout: launched.stdout(), stderr: launched.stderr() }
}

interface Launched {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  stdout(): string
  stderr(): string
  /** The first matching line of standard output. Waits for it. */
  waitForLine(pattern: RegExp): Promise<RegExpExecArray>
}

function launch({ env = {}, cwd = tmpdir() }: ProgramOptions): Launched {
  // Programs that run at the same time cannot all have the default address.
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd,
    env: { METRICS_ADDRESS: 'off', ...env },
    windowsHide: true,
  })
  const output = { stdout: '', stderr: '' }
  const changed = new EventTarget()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      changed.dispatchEvent(new Event('output'))
    })
  }
  // Not `exit`: the last output may still be in the pipe.
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))

  async function waitForLine(pattern: RegExp): Promise<RegExpExecArray> {
    const found = output.stdout
      .split('\n')
      .map((text) => pattern.exec(text))
      .find(Boolean)
    if (found !== undefined && found !== null) return found
    await new Promise((resolve) => changed.addEventListener('output', resolve, { once: true }))
    return waitForLine(pattern)
  }

  return { child, exited, stdout: () => output.stdout, stderr: () => output.stderr, waitForLine }
}

function createProgram(launched: Launched, address: { baseUrl: string; port: number }): Program {
  const { child, exited, waitForLine } = launched
  const leakDetector = createLeakDetector({ https: address.baseUrl.startsWith('https:') })
  const defaultHeaders: RawHeaders = [
    ['Host', new URL(address.baseUrl).host],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ]

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    child.kill(signal)
    return exited
  }

  return {
    ...address,
    pid: child.pid ?? 0,
    async send(path, request = {}) {
      const headerNames = new Set(request.headers?.map(([name]) => name.toLowerCase()))
      const missing = defaultHeaders.filter(([name]) => !headerNames.has(name.toLowerCase()))
      const headers = [...missing, ...(request.headers ?? [])]
      const answer = await sendTo(address.port, path, { ...request, headers })
      leakDetector.inspect(`${request.method ?? 'GET'} ${path}`, answer)
      return answer
    },
    async setUpLink() {
      const [, link = ''] = await waitForLine(/^Create your administrator account .*: (\S+)$/)
      const url = new URL(link)
      leakDetector.addSecret(url.searchParams.get('code') ?? '', 'code')
      return url
    },
    addSecret: leakDetector.addSecret,
    stdout: launched.stdout,
    log: () => withoutEmails(launched.stdout()).join('\n'),
    stderr: launched.stderr,
    closeOutput() {
      child.stdout?.destroy()
      child.stderr?.destroy()
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop,
    signal: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL')
      const errors = [...outputErrors(launched, leakDetector), ...leakDetector.findings()]
      if (errors.length > 0) throw new Error(`The app: ${errors.join('; ')}`)
    },
  }
}

/** After the start message, standard output contains only JSON lines and emails. */
function outputErrors(launched: Launched, leakDetector: LeakDetector): readonly string[] {
  const greetingPattern =
    /^(mjr\.wtf is running at|Create your administrator account \(link valid for 24 hours, works once\):|Sign-in with [^.]+\. Redirect URI:) \S+$/
  const lines = withoutEmails(launched.stdout()).filter((line) => line !== '')
  const logged = lines.filter((line) => !greetingPattern.test(line))
  for (const line of logged) leakDetector.log(line)
  const unexpected = logged
    .filter((line) => !isJson(line))
    .map((line) => `unexpected output ${line.slice(0, 80)}`)
  return launched.stderr() === '' ? unexpected : [...unexpected, `stderr ${launched.stderr()}`]
}

function withoutEmails(stdout: string): readonly string[] {
  const emailPattern = /^(Email not sent \(SMTP_URL is not set\):$|\| ?)/
  return stdout.split('\n').filter((line) => !emailPattern.test(line))
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}
