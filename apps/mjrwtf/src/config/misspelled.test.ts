import { expect, it } from 'vitest'
import { inspectConfig } from './config.ts'

function misspelledIn(environment: Record<string, string>) {
  return inspectConfig(environment, { readSecretFile: () => null }).misspelled
}

it.each([
  ['SESION_MAX_AGE', 'SESSION_MAX_AGE'],
  ['SESSION_MAXAGE', 'SESSION_MAX_AGE'],
  ['SECRET_KEY', 'SECRET_KEYS'],
  ['TRUSTED_PROXY', 'TRUSTED_PROXIES'],
  ['BASEURL', 'BASE_URL'],
  ['base_url', 'BASE_URL'],
  ['PROT', 'PORT'],
  ['DATABASE_URL_FLIE', 'DATABASE_URL_FILE'],
  ['PORT_FILE', 'PORT'],
])('reports the variable %s as a misspelled %s', (name, similar) => {
  expect(misspelledIn({ [name]: 'x' })).toEqual([{ name, similar }])
})

it('reports none of the variables that shells, desktops, npm and supervisors set', () => {
  const names =
    'HOME HOSTNAME PATH PWD OLDPWD SHELL TERM USER LOGNAME LANG MAIL TZ EDITOR COLOR NODE INIT_CWD ' +
    'SESSION_MANAGER DISPLAY LS_COLORS SHLVL _ NOTIFY_SOCKET LISTEN_FDS JOURNAL_STREAM INVOCATION_ID ' +
    'npm_config_cache NODE_ENV NODE_OPTIONS PGHOST PGPORT POSTGRES_PASSWORD KUBERNETES_PORT HTTP_PROXY'
  expect(misspelledIn(Object.fromEntries(names.split(' ').map((name) => [name, 'x'])))).toEqual([])
})

it('reports no variable that the program reads, nor the file of one with a secret', () => {
  const known = ['AUTH_TOKEN', 'AUTH_TOKENS', 'SECRET_KEYS_FILE', 'SMTP_URL_FILE', 'LOG_LEVEL']
  expect(misspelledIn(Object.fromEntries(known.map((name) => [name, 'x'])))).toEqual([])
})
