// Runs `npm ci` if installed dependencies differ from the lock file, in the repository's root or in the
// folder given as an argument. It runs before every script, also on an old Node, so it is plain
// JavaScript and imports built-in modules only.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestUsefulNode = 24

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */
/** @typedef {{ packages?: Record<string, LockedPackage> }} LockFile */

/**
 * Returns whether `node_modules` lacks a package of the lock file. Compares contents, because a
 * checkout changes dates. Ignores additional packages.
 *
 * @param {LockFile} wanted
 * @param {LockFile | null} installed the lock file that npm writes when an installation is complete
 */
export function isStale(wanted, installed) {
  if (installed === null) return true
  const present = installed.packages ?? {}
  return Object.entries(wanted.packages ?? {}).some(([path, locked]) => {
    // Workspaces are folders of this repository, not installed packages.
    if (!path.startsWith('node_modules/') || locked.link) return false
    const found = present[path]
    // Optional packages of other platforms are not installed.
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
 * Runs npm through Node rather than a shell, which differs between systems. Only errors are printed:
 * npm would warn about the machine's Node, which only has to run this script.
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
 * The Node of the development dependency is missing on machines that forbid install scripts.
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
