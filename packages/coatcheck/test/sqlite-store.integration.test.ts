import { DatabaseSync } from 'node:sqlite'
import {
  describeGrantStoreContract,
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkGrantStoreAgainstModel, checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { afterAll, it } from 'vitest'
import { connectSparseDriver } from './support/connect-sparse-driver.ts'
import { grantsOf } from './support/grants-of.ts'
import { openSqliteChannel, openSqliteFile } from './support/open-sqlite-file.ts'
import { createReuse } from './support/reuse.ts'

const connect = (file: string) => new DatabaseSync(file)
const stores = createReuse(() => openSqliteFile(connect))
const sparseStores = createReuse(() => openSqliteFile(connectSparseDriver, 'Auth_'))
const channels = createReuse(() => openSqliteChannel(connect, 'Auth_'))

afterAll(() => Promise.all([stores.close(), sparseStores.close(), channels.close()]))

describeSessionStoreContract('SQLite store with node:sqlite', stores.open)
describeSessionStoreContract(
  'SQLite store with a prefix and a driver that reports little',
  sparseStores.open,
)
// better-sqlite3 runs the contract without a prefix.
describeRevocationChannelContract('SQLite channel with node:sqlite and a prefix', channels.open)
describeGrantStoreContract(
  'SQLite store with node:sqlite, a prefix and a reference to users',
  grantsOf(channels.open),
)
describeGrantStoreContract(
  'SQLite store with a driver that reports little',
  grantsOf(sparseStores.open),
)

it('the session store on node:sqlite matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(stores.open, { runs: 100 })
})

it('the grant store on node:sqlite matches the model, including concurrent batches', async () => {
  await checkGrantStoreAgainstModel(grantsOf(stores.open), { runs: 50 })
})
