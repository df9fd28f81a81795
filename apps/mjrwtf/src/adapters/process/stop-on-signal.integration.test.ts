import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const module = fileURLToPath(new URL('./stop-on-signal.ts', import.meta.url))

/** Runs a process whose rescue takes two turns, and returns how it ended and what it printed. */
async function runWith(options: string, fault: string) {
  const script = `
    import { stopOnSignal } from ${JSON.stringify(module)}
    import { setTimeout } from 'node:timers/promises'
    const print = (text) => process.stdout.write(text + ' ')
    const stop = async () => {}
    const onCrash = (error) => print(error.message)
    const rescue = async () => { await setTimeout(50); print('rescued') }
    stopOnSignal({ stop, onCrash, rescue, ...${options} })
    setInterval(() => {}, 1000)
    ${fault}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return [code, output.trim()]
}

const fail = `throw new Error('first')`

it.each([
  ['', '{}', fail, 'first rescued'],
  [
    'although another error follows',
    '{}',
    `setImmediate(() => { throw new Error('second') }); ${fail}`,
    'first second rescued',
  ],
  ['although the log throws', `{ onCrash() { throw new Error('log') } }`, fail, 'rescued'],
  [
    'although SIGTERM follows',
    '{}',
    `setImmediate(() => process.kill(process.pid, 'SIGTERM')); ${fail}`,
    'first rescued',
  ],
  [
    'while the process stops',
    '{}',
    `process.kill(process.pid, 'SIGTERM'); process.on('SIGTERM', () => { ${fail} })`,
    'first rescued',
  ],
  ['if the rescue throws', `{ rescue() { throw new Error('rescue') } }`, fail, 'first'],
])('an unexpected error ends the process with code 1 after the rescue %s', async (...example) => {
  const [, options, fault, output] = example
  expect(await runWith(options, fault)).toEqual([1, output])
})
