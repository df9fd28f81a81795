import { csrfTokenIn, post, send } from '../overload/requests.ts'
import type { OpenDatabase } from './database.ts'

/** The account that the app server creates. */
const operatorEmail = 'operator@users.test'
const password = 'a heron crosses the canal'

export interface SignedInUser {
  readonly id: string
  readonly email: string
  readonly cookies: string
}

/** Signs in as the operator. */
export async function signInAsOperator(
  port: number,
  database: OpenDatabase,
): Promise<SignedInUser> {
  return signIn(port, database, operatorEmail)
}

/** Adds an account with the same password, and signs in. */
export async function addUser(
  port: number,
  database: OpenDatabase,
  email: string,
): Promise<SignedInUser> {
  await database.query(`INSERT INTO users (id, email, email_key, password_hash, created_at, is_operator)
    SELECT 'id-of-${email}', '${email}', '${email}', password_hash, created_at, 0
    FROM users WHERE email = '${operatorEmail}'`)
  return signIn(port, database, email)
}

async function signIn(port: number, database: OpenDatabase, email: string): Promise<SignedInUser> {
  const page = await send(port, '/login')
  const fields = { csrf_token: csrfTokenIn(page.body), email, password }
  const { status, cookies } = await post(port, '/login', { fields, cookies: page.cookies })
  if (status !== 303) throw new Error(`The sign-in was answered ${status}.`)
  const [row] = await database.query(`SELECT id FROM users WHERE email = '${email}'`)
  if (row === undefined || !('id' in row)) throw new Error('The user is missing.')
  return { id: String(row.id), email, cookies }
}

/** Deletes the account through its form. */
export async function deleteAccount(port: number, user: SignedInUser): Promise<void> {
  const { body } = await send(port, '/settings/delete', { headers: { Cookie: user.cookies } })
  const fields = { csrf_token: csrfTokenIn(body), email: user.email }
  const { status } = await post(port, '/settings/delete', { fields, cookies: user.cookies })
  if (status !== 303) throw new Error(`The deletion was answered ${status}.`)
}
