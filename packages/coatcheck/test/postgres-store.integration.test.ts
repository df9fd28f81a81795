import {
  describeGrantStoreContract,
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkGrantStoreAgainstModel, checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { afterAll, beforeAll, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { grantsOf } from './support/grants-of.ts'
import { openNamedTables } from './support/open-named-tables.ts'
import { openPostgresSchema } from './support/open-postgres-schema.ts'
import { createRestrictedRole, type RestrictedRole } from './support/restricted-role.ts'
import { createReuse } from './support/reuse.ts'

let database: TestDatabase
let role: RestrictedRole
const namedTables = createReuse(() => openNamedTables(database, role))
const schemas = createReuse(() => openPostgresSchema(database.url))

beforeAll(async () => {
  database = await openTestDatabase()
  role = await createRestrictedRole(database)
})

afterAll(async () => {
  await Promise.all([namedTables.close(), schemas.close()])
  await role.drop()
  await database.drop()
})

// The other drivers run the contracts with the default names, and as the owner of the tables.
describeSessionStoreContract(
  'PostgreSQL store with pg, a schema, a prefix and few privileges',
  namedTables.open,
)
describeRevocationChannelContract(
  'PostgreSQL channel with pg, a schema, a prefix and few privileges',
  namedTables.open,
)
describeGrantStoreContract(
  'PostgreSQL store with pg, a schema, a prefix and few privileges',
  grantsOf(namedTables.open),
)

it('the PostgreSQL session store matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(schemas.open, { runs: 15 })
})

it('the PostgreSQL grant store matches the model, including concurrent batches', async () => {
  await checkGrantStoreAgainstModel(grantsOf(schemas.open), { runs: 15 })
})
