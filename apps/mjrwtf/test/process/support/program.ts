import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Answer, type RawHeaders, type Sending, sendTo } from '../../support/send.ts'
import { createWitness, type Witness } from '../../support/witness.ts'

/** The real program, as `npm start` runs it. `npm test` builds it first. */
const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

export type Environment = Readonly<Record<string, string>>

export interface ProgramOptions {
  /** The program's whole environment: nothing of the test's own gets through. PORT is chosen when it is missing. */
  readonly env?: Environment
  /** Working directory. Default: the system's folder for temporary files. */
  readonly cwd?: string
}

/** How a process ended: by itself, with a code, or by a signal. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The app in a process of its own, started and answering. */
export interface Program extends AsyncDisposable {
  readonly baseUrl: string
  readonly port: number
  /** Sends a request; Host and User-Agent are filled in unless given. */
  send(path: string, sending?: Sending): Promise<Answer>
  /** The one-time link of the greeting, once it is printed. */
  setUpLink(): Promise<URL>
  /** A secret that must not appear in what the program says. */
  learn: Witness['learn']
  /** All it has said so far. */
  stdout(): string
  /** The same without the letters that it prints in development: what a log keeps. */
  log(): string
  stderr(): string
  isRunning(): boolean
  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

/** Starts the app and waits until it answers. What it says and answers is checked when it is disposed of. */
export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  for (let tries = 1; ; tries += 1) {
    const port = options.env?.PORT === undefined ? await freePort() : Number(options.env.PORT)
    const launched = launch({ ...options, env: { ...options.env, PORT: String(port) } })
    const greeting = launched.line(/^mjr\.wtf answers at (\S+)$/)
    const [, baseUrl] = (await Promise.race([greeting, launched.exited.then(() => [])])) ?? []
    if (baseUrl !== undefined) return running(launched, { baseUrl, port })
    // Somebody else may have taken the port since it was found free.
    const mayTryAgain = options.env?.PORT === undefined && / is in use\./.test(launched.stderr())
    if (!mayTryAgain || tries === 5) throw new Error(`The app ended: ${launched.stderr()}`)
  }
}

/** Runs the app to its end: for starts that must fail. */
export async function runProgram(
  options: ProgramOptions,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const port = options.env?.PORT ?? String(await freePort())
  const launched = launch({ ...options, env: { ...options.env, PORT: port } })
  // One that starts after all would run for ever.
  void launched.line(/^mjr\.wtf answers at/).then(() => launched.child.kill('SIGKILL'))
  const exit = await launched.exited
  return { ...exit, stdout: launched.stdout(), stderr: launched.stderr() }
}

interface Launched {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  stdout(): string
  stderr(): string
  /** The first line of its standard output that matches, once it is there. */
  line(pattern: RegExp): Promise<RegExpExecArray>
}

function launch({ env = {}, cwd = tmpdir() }: ProgramOptions): Launched {
  const child = spawn(process.execPath, [main], { cwd, env, windowsHide: true })
  const said = { stdout: '', stderr: '' }
  const changed = new EventTarget()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      changed.dispatchEvent(new Event('said'))
    })
  }
  // Not `exit`: what it said last may still be in the pipe.
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))

  async function line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = said.stdout
      .split('\n')
      .map((text) => pattern.exec(text))
      .find(Boolean)
    if (found !== undefined && found !== null) return found
    await new Promise((resolve) => changed.addEventListener('said', resolve, { once: true }))
    return line(pattern)
  }

  return { child, exited, stdout: () => said.stdout, stderr: () => said.stderr, line }
}

function running(launched: Launched, place: { baseUrl: string; port: number }): Program {
  const { child, exited, line } = launched
  const witness = createWitness({ https: place.baseUrl.startsWith('https:') })
  const always: RawHeaders = [
    ['Host', new URL(place.baseUrl).host],
    ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ]

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    child.kill(signal)
    return exited
  }

  return {
    ...place,
    async send(path, sending = {}) {
      const named = new Set(sending.headers?.map(([name]) => name.toLowerCase()))
      const missing = always.filter(([name]) => !named.has(name.toLowerCase()))
      const headers = [...missing, ...(sending.headers ?? [])]
      const answer = await sendTo(place.port, path, { ...sending, headers })
      witness.see(`${sending.method ?? 'GET'} ${path}`, answer)
      return answer
    },
    async setUpLink() {
      const [, link = ''] = await line(/^Make the first account, .*: (\S+)$/)
      const url = new URL(link)
      witness.learn(url.searchParams.get('code') ?? '', 'code')
      return url
    },
    learn: witness.learn,
    stdout: launched.stdout,
    log: () => withoutLetters(launched.stdout()).join('\n'),
    stderr: launched.stderr,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop,
    signal: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL')
      const complaints = [...complaintsAbout(launched, witness), ...witness.complaints()]
      if (complaints.length > 0) throw new Error(`The app: ${complaints.join('; ')}`)
    },
  }
}

/** After its greeting the program says nothing but JSON lines and letters, on standard output. */
function complaintsAbout(launched: Launched, witness: Witness): readonly string[] {
  const isGreeting = /^(mjr\.wtf answers at|Make the first account, once and within 24 hours:) \S+$/
  const lines = withoutLetters(launched.stdout()).filter((line) => line !== '')
  const logged = lines.filter((line) => !isGreeting.test(line))
  for (const line of logged) witness.log(line)
  const odd = logged.filter((line) => !isJson(line)).map((line) => `says ${line.slice(0, 80)}`)
  return launched.stderr() === '' ? odd : [...odd, `complains ${launched.stderr()}`]
}

function withoutLetters(stdout: string): readonly string[] {
  const isLetter = /^(An email, which is not sent because SMTP_URL is not set:$|\| ?)/
  return stdout.split('\n').filter((line) => !isLetter.test(line))
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
  } catch {
    return false
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}
