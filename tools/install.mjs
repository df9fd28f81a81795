// Installs the dependencies when they are missing or not those of the lock file: of the repository, or
// of the folder in it that is named. Runs before every script, on whatever Node the machine has, so:
// plain JavaScript and nothing but Node's own modules.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestUsefulNode = 24

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */
/** @typedef {{ packages?: Record<string, LockedPackage> }} LockFile */

/**
 * Says whether `node_modules` lacks something the lock file names. Contents are compared, not dates:
 * dates change with every checkout, and a package somebody added by hand is no reason to start over.
 *
 * @param {LockFile} wanted
 * @param {LockFile | null} installed what npm notes down when an installation is complete
 */
export function isStale(wanted, installed) {
  if (installed === null) return true
  const present = installed.packages ?? {}
  return Object.entries(wanted.packages ?? {}).some(([path, locked]) => {
    // Workspaces are folders of this repository, not installed packages.
    if (!path.startsWith('node_modules/') || locked.link) return false
    const found = present[path]
    // Optional packages are those of other platforms, too.
    if (found === undefined) return locked.optional !== true
    return found.version !== locked.version || found.integrity !== locked.integrity
  })
}

/**
 * @param {string} path
 * @returns {LockFile | null}
 */
function readLockFile(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/**
 * npm itself, through the Node that runs it: no shell to differ between systems. Quiet but for
 * errors, because npm would warn of the Node outside, which only has to get this far.
 *
 * @param {string} root
 */
function runNpmCi(root) {
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
  ]
  const npm = process.env.npm_execpath
  const options = /** @type {const} */ ({ cwd: root, stdio: 'inherit' })
  return npm !== undefined && basename(npm).startsWith('npm')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: true })
}

/**
 * A machine may forbid install scripts; then the Node of the development dependency is not there.
 *
 * @param {string} root
 */
function nodeIsMissing(root) {
  const ours = ['node', 'node.cmd'].some((name) =>
    existsSync(join(root, 'node_modules/.bin', name)),
  )
  return !ours && Number.parseInt(process.versions.node, 10) < oldestUsefulNode
}

/** @param {string} root */
function install(root) {
  const wanted = readLockFile(join(root, 'package-lock.json'))
  const installed = readLockFile(join(root, 'node_modules/.package-lock.json'))
  if (wanted === null) return fail('package-lock.json is missing or damaged')
  if (isStale(wanted, installed)) {
    console.log(
      `Installing dependencies (${installed === null ? 'first run' : 'they have changed'}) …`,
    )
    if (runNpmCi(root).status !== 0) return fail('npm ci failed; its message is above')
  }
  if (nodeIsMissing(root)) {
    fail(
      `Node ${oldestUsefulNode} or newer is needed, and npm was not allowed to install it (ignore-scripts?)`,
    )
  }
}

/** @param {string} message */
function fail(message) {
  console.error(`tools/install: ${message}`)
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install(join(fileURLToPath(new URL('..', import.meta.url)), process.argv[2] ?? ''))
}
