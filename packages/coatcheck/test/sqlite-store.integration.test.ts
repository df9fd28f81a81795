import { DatabaseSync } from 'node:sqlite'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'
import { connectReturningNull } from './support/connect-returning-null.ts'
import { openSqliteChannel, openSqliteFile } from './support/open-sqlite-file.ts'

const connect = (file: string) => new DatabaseSync(file)
const open = () => openSqliteFile(connect)

describeSessionStoreContract('SQLite store with node:sqlite', open)
describeSessionStoreContract('SQLite store with a driver that returns null for no row', () =>
  openSqliteFile(connectReturningNull),
)
describeRevocationChannelContract('SQLite channel with node:sqlite', () =>
  openSqliteChannel(connect),
)

it('the session store on node:sqlite matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 100 })
})
