import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Browser } from '../support/browser.ts'
import { openStorage } from '../support/storage.ts'
import { bearer, environmentFor, postLink, setUp, shorten } from './support/accounts.ts'
import { startLoad } from './support/load.ts'
import { type Program, startProgram } from './support/program.ts'

/** `npm run soak` sets both. By default a few seconds, which show that the check itself works. */
const minutes = Number(process.env.SOAK_MINUTES ?? '0.1')
const report = process.env.SOAK_REPORT

const minute = 60_000
const clients = 12
const intervals = minutes < 1 ? 6 : 60
/** Caches and compiled code grow at first. */
const warmUp = 10 * minute

/** What one interval has measured. */
interface Sample {
  /** Since the start, in ms. */
  readonly at: number
  readonly requests: number
  readonly errors: number
  readonly residentKiB: number
  readonly descriptors: number
  /** In ms. */
  readonly median: number
  readonly p99: number
}

interface Subject {
  readonly program: Program
  readonly browser: Browser
  readonly codes: readonly string[]
}

/**
 * Mostly redirects, as in use: the other requests stay below the limits of one user at up to 900 requests per second. Returns
 * whether the answer is right.
 */
async function request({ program, browser, codes }: Subject, index: number): Promise<boolean> {
  const kind = index % 400
  if (kind === 0) return (await postLink(program, `https://example.com/${index}`)).status === 201
  if (kind === 200) return (await browser.open('/dashboard')).status === 200
  if (kind % 100 === 50) return (await browser.send('/api/session')).status === 200
  return (await program.send(`/${codes[index % codes.length] ?? ''}`)).status === 302
}

/** Requests per second that the clients get when they do not wait. */
async function measureFullLoad(subject: Subject, duration: number): Promise<number> {
  let count = 0
  const load = startLoad(clients, async () => {
    count += 1
    await request(subject, count)
  })
  await setTimeout(duration)
  await load.end()
  return (count * 1_000) / duration
}

/** Runs one interval at a rate per second. */
async function runInterval(
  subject: Subject,
  {
    rate,
    duration,
    startedAt,
  }: { readonly rate: number; readonly duration: number; readonly startedAt: number },
): Promise<Sample> {
  const durations: number[] = []
  let errors = 0
  let count = 0
  const began = performance.now()
  const load = startLoad(clients, async () => {
    const due = began + (count * 1_000) / rate
    count += 1
    const index = count
    await setTimeout(Math.max(0, due - performance.now()))
    const sentAt = performance.now()
    const isRight = await request(subject, index).catch(() => false)
    durations.push(performance.now() - sentAt)
    if (!isRight) errors += 1
  })
  await setTimeout(duration)
  await load.end()
  durations.sort((one, other) => one - other)
  const at = (share: number) => durations[Math.floor(durations.length * share)] ?? 0
  return {
    at: performance.now() - startedAt,
    requests: durations.length,
    errors,
    ...resources(subject.program),
    median: at(0.5),
    p99: at(0.99),
  }
}

/** Of the process, where the system has /proc. */
function resources({ pid }: Program) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const residentKiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
    return { residentKiB, descriptors: readdirSync(`/proc/${pid}/fd`).length }
  } catch {
    return { residentKiB: 0, descriptors: 0 }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

it(
  'a program at half of its full load answers without errors and stays flat',
  async () => {
    await using storage = await openStorage('postgres')
    const env = environmentFor(storage, { AUTH_TOKEN: bearer, LOG_LEVEL: 'warn' })
    await using program = await startProgram({ env })
    const browser = await setUp(program)
    const codes: string[] = []
    for (let index = 0; index < 20; index += 1) {
      codes.push(await shorten(program, `https://example.com/first/${index}`))
    }
    const subject = { program, browser, codes }
    const duration = (minutes * minute) / intervals
    const rate = (await measureFullLoad(subject, Math.min(30_000, duration * 5))) / 2

    const startedAt = performance.now()
    const samples: Sample[] = []
    for (let interval = 0; interval < intervals; interval += 1) {
      samples.push(await runInterval(subject, { rate, duration, startedAt }))
      if (report !== undefined) {
        writeFileSync(report, `${JSON.stringify({ minutes, rate, samples }, null, 2)}\n`)
      }
    }

    expect(samples.filter(({ errors }) => errors > 0)).toEqual([])
    const warm = samples.filter(({ at }) => at > warmUp)
    if (warm.length < 10) return
    const [first = [], last = []] = [warm.slice(0, 5), warm.slice(-5)]
    const of = (part: readonly Sample[], key: 'residentKiB' | 'descriptors' | 'p99') =>
      median(part.map((sample) => sample[key]))
    expect(of(last, 'residentKiB')).toBeLessThanOrEqual(of(first, 'residentKiB') * 1.1)
    expect(of(last, 'descriptors')).toBeLessThanOrEqual(of(first, 'descriptors') * 1.1)
    // Another process of the machine can delay a few requests.
    expect(of(last, 'p99')).toBeLessThanOrEqual(of(first, 'p99') * 2)
  },
  (minutes + 5) * minute,
)
