import Database from 'better-sqlite3'
import {
  describeRevocationChannelContract,
  describeSessionStoreContract,
} from 'coatcheck/testing-contracts'
import { checkSessionStoreAgainstModel } from 'coatcheck/testing-model'
import { it } from 'vitest'
import { openSqliteChannel, openSqliteFile } from './support/open-sqlite-file.ts'

const connect = (file: string) => new Database(file)
const open = () => openSqliteFile(connect)

describeSessionStoreContract('SQLite store with better-sqlite3', open)
describeRevocationChannelContract('SQLite channel with better-sqlite3', () =>
  openSqliteChannel(connect),
)

it('the session store on better-sqlite3 matches the model, including concurrent batches', async () => {
  await checkSessionStoreAgainstModel(open, { runs: 100 })
})
