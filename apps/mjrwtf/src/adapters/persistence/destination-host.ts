/**
 * The host of a destination, with its port: an indexed expression. Cut, because a row of an index is limited and a URL may
 * have a longer host, which no domain has. The migrations use the same text.
 */
const afterScheme = `substr(destination, instr(destination, '//') + 2)`

export const sqliteDestinationHost = `substr(substr(${afterScheme}, 1, instr(${afterScheme} || '/', '/') - 1), 1, 255)`

export const postgresDestinationHost = `left(split_part(split_part(destination, '//', 2), '/', 1), 255)`
