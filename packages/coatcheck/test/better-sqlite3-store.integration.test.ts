import Database from 'better-sqlite3'
import {
  describeGrantStoreContract,
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { afterAll, it } from 'vitest'
import { grantsOf } from './support/grants-of.ts'
import { openSqliteChannel, openSqliteFile } from './support/open-sqlite-file.ts'
import { createReuse } from './support/reuse.ts'

const connect = (file: string) => new Database(file)
const stores = createReuse(() => openSqliteFile(connect))
const channels = createReuse(() => openSqliteChannel(connect))

afterAll(() => Promise.all([stores.close(), channels.close()]))

describeSessionStoreContract('SQLite store with better-sqlite3', stores.open)
describeRevocationChannelContract('SQLite channel with better-sqlite3', channels.open)
describeGrantStoreContract('SQLite store with better-sqlite3', grantsOf(channels.open))

it('the session store on better-sqlite3 matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(stores.open, { runs: 100 })
})
