import { type ChildProcess, spawn } from 'node:child_process'
import { utimesSync, watch } from 'node:fs'
import { join } from 'node:path'
import { copyAssets } from './build.ts'
import { root } from './repository.ts'

const app = 'apps/mjrwtf'

/** Recompiles and restarts the app on each change. Stops both programs as soon as one exits. */
function runDev(): void {
  watch(join(root, app, 'src'), { recursive: true }, (_, file) => {
    if (file === null || /\.tsx?$/.test(file)) return
    copyAssets(app)
    restart()
  })
  const children = [
    start('node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput', app),
    start('--watch-preserve-output', '--watch', `${app}/dist/main.js`),
  ]
  for (const child of children) child.once('exit', () => stop(children))
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(children))
}

/** Touches a file that Node watches: Node watches imports only, and the app reads its style sheets once. */
function restart(): void {
  const now = new Date()
  utimesSync(join(root, app, 'dist/main.js'), now, now)
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
}

function stop(children: readonly ChildProcess[]): void {
  for (const child of children) child.kill()
  process.exit()
}

runDev()
