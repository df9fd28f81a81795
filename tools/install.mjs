// Runs `npm ci` if installed dependencies differ from the lock file, in the repository's root or in the
// folder given as an argument. With --production, only what `npm start` needs. It runs before every
// script, also on an old Node, so it is plain JavaScript and imports built-in modules only.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldestUsefulNode = 24

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage */
/** @typedef {{ packages?: Record<string, LockedPackage> }} LockFile */

/**
 * Which packages an installation contains: all, or those of `npm start` alone.
 *
 * @typedef {'all' | 'production'} Extent
 */

/** The arguments of npm for each extent. */
const npmArguments = {
  all: ['--include=dev', '--include=optional'],
  // Without the last two, npm installs vitest, an optional peer of the library, and compiles
  // better-sqlite3, which contains its binaries, on an npm that does not read allowScripts.
  production: ['--omit=dev', '--include=optional', '--legacy-peer-deps', '--ignore-scripts'],
}

/**
 * Returns whether `node_modules` lacks a package of the lock file. Compares contents, because a
 * checkout changes dates. Ignores additional packages.
 *
 * @param {LockFile} wanted
 * @param {LockFile | null} installed the lock file that npm writes when an installation is complete
 * @param {Extent} extent
 */
export function isStale(wanted, installed, extent = 'all') {
  if (installed === null) return true
  const present = installed.packages ?? {}
  return Object.entries(wanted.packages ?? {}).some(([path, locked]) => {
    // Workspaces are folders of this repository, not installed packages.
    if (!path.startsWith('node_modules/') || locked.link) return false
    if (extent === 'production' && isForDevelopment(locked)) return false
    const found = present[path]
    // Optional packages of other platforms are not installed.
    if (found === undefined) return locked.optional !== true
    return found.version !== locked.version || found.integrity !== locked.integrity
  })
}

/**
 * Returns whether development packages are installed. `npm start` on a developer's machine keeps them.
 *
 * @param {LockFile} installed
 */
export function hasDevelopmentPackages(installed) {
  return Object.values(installed.packages ?? {}).some((locked) => locked.dev === true)
}

/** @param {LockedPackage} locked */
function isForDevelopment(locked) {
  return locked.dev === true || locked.devOptional === true
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
 * @param {readonly string[]} args
 */
function runNpm(root, args) {
  const all = [...args, '--loglevel=error', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  const options = /** @type {const} */ ({ cwd: root, stdio: 'inherit' })
  const { status } =
    npm !== undefined && basename(npm).startsWith('npm')
      ? spawnSync(process.execPath, [npm, ...all], options)
      : spawnSync('npm', all, { ...options, shell: true })
  return status === 0
}

/**
 * Whether the Node of the lock file is not there. Its package downloads it in an install script.
 *
 * @param {string} root
 */
function nodeIsMissing(root) {
  return !['node', 'node.cmd'].some((name) => existsSync(join(root, 'node_modules/.bin', name)))
}

/**
 * @param {string} root
 * @param {Extent} wantedExtent
 */
function install(root, wantedExtent) {
  const wanted = readLockFile(join(root, 'package-lock.json'))
  const installed = readLockFile(join(root, 'node_modules/.package-lock.json'))
  if (wanted === null) return fail('package-lock.json is missing or damaged')
  const extent = installed !== null && hasDevelopmentPackages(installed) ? 'all' : wantedExtent
  if (isStale(wanted, installed, extent)) {
    console.log(
      `Installing dependencies (${installed === null ? 'first run' : 'they have changed'}) …`,
    )
    if (!runNpm(root, ['ci', ...npmArguments[extent]])) {
      return fail('npm ci failed; its message is above')
    }
  }
  if (extent === 'production' && nodeIsMissing(root)) {
    runNpm(root, ['rebuild', 'node', '--ignore-scripts=false'])
  }
  // Machines that forbid install scripts use their own Node.
  if (nodeIsMissing(root) && Number.parseInt(process.versions.node, 10) < oldestUsefulNode) {
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
  const args = process.argv.slice(2)
  const [folder = ''] = args.filter((argument) => argument !== '--production')
  const extent = args.includes('--production') ? 'production' : 'all'
  install(join(fileURLToPath(new URL('..', import.meta.url)), folder), extent)
}
