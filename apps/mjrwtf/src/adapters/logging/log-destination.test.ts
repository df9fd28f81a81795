import { closeSync, openSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createLogDestination } from './log-destination.ts'

it.skipIf(process.platform !== 'linux')(
  'writes no line to a full disk, warns once, and never throws',
  () => {
    const output = openSync('/dev/full', 'w')
    const warnings: string[] = []
    const destination = createLogDestination({ output, warn: (line) => warnings.push(line) })
    for (let line = 0; line < 3; line += 1) destination.write(`{"line":${line}}\n`)
    closeSync(output)
    expect(warnings).toEqual([
      'mjrwtf: the log cannot be written (ENOSPC), and the server continues. Free space on its disk. Lines wait in memory until then.\n',
    ])
  },
)
