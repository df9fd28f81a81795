import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { expect, it } from 'vitest'
import { aBackup, manyRows } from '../../../test/support/backup-content.ts'
import { type ArchiveEntry, readArchive } from './archive-reader.ts'
import { writeArchive } from './archive-writer.ts'

async function readAll(archive: Readable): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = []
  for await (const entry of readArchive(archive)) entries.push(entry)
  return entries
}

/** A valid tar file of other entries: what gzip's own checksum cannot detect. */
function archiveOf(entries: readonly ArchiveEntry[]): Readable {
  const archive = pack()
  for (const { name, bytes } of entries) archive.entry({ name }, bytes)
  archive.finalize()
  return Readable.from(archive)
}

async function anArchive(): Promise<readonly ArchiveEntry[]> {
  const tar = extract()
  writeArchive(aBackup(manyRows(200_000))).bytes.pipe(tar)
  const entries: ArchiveEntry[] = []
  for await (const entry of tar) {
    entries.push({ name: entry.header.name, bytes: await buffer(entry) })
  }
  return entries
}

it('rejects an intact tar file whose entries are not those of its manifest', async () => {
  const entries = await anArchive()
  const last = entries.length - 1
  expect(await readAll(archiveOf(entries))).toHaveLength(entries.length)
  expect(last).toBeGreaterThan(4)
  const extra = { name: 'rows/users/000001.jsonl', bytes: Buffer.from('[]\n') }
  const changed = entries.map((entry, index) =>
    index === 3
      ? { ...entry, bytes: Buffer.from(entry.bytes.toString().replace('1', '2')) }
      : entry,
  )
  const invalid = {
    'a changed part': changed,
    'a missing part': entries.toSpliced(3, 1),
    'parts in another order': [
      ...entries.slice(0, 3),
      ...entries.slice(3, last).toReversed(),
      ...entries.slice(last),
    ],
    'an added part': entries.toSpliced(last, 0, extra),
    'a part after the manifest': [...entries, extra],
    'no manifest': entries.slice(0, last),
  }
  for (const [label, archive] of Object.entries(invalid)) {
    await expect(readAll(archiveOf(archive)), label).rejects.toMatchObject({ name: 'BackupError' })
  }
})
