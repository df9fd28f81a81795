import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { afterAll, beforeAll, it } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../../tools/testing/test-database.ts'
import { openPostgresChannel, openPostgresSchema } from './support/open-postgres-schema.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.drop())

const open = () => openPostgresSchema(database.url)

describeSessionStoreContract('PostgreSQL store with pg', open)
describeRevocationChannelContract('PostgreSQL channel with pg', () =>
  openPostgresChannel(database.url),
)

it('the PostgreSQL session store matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 15 })
})
