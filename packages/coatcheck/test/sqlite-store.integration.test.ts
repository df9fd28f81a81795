import { DatabaseSync } from 'node:sqlite'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'
import { connectSparseDriver } from './support/connect-sparse-driver.ts'
import { openSqliteChannel, openSqliteFile } from './support/open-sqlite-file.ts'

const connect = (file: string) => new DatabaseSync(file)
const open = () => openSqliteFile(connect)

describeSessionStoreContract('SQLite store with node:sqlite', open)
describeSessionStoreContract('SQLite store with a prefix and a driver that reports little', () =>
  openSqliteFile(connectSparseDriver, 'Auth_'),
)
// better-sqlite3 runs the contract without a prefix.
describeRevocationChannelContract('SQLite channel with node:sqlite and a prefix', () =>
  openSqliteChannel(connect, 'Auth_'),
)

it('the session store on node:sqlite matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 100 })
})
