import { expect, it } from 'vitest'
import { inheritedSockets } from './inherited-sockets.ts'

it('returns the sockets that a supervisor has opened for this process only', () => {
  expect(inheritedSockets({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).toEqual([3, 4])
  expect(inheritedSockets({ LISTEN_PID: '6', LISTEN_FDS: '2' }, 7)).toEqual([])
  expect(inheritedSockets({ LISTEN_FDS: '1' }, 7)).toEqual([])
  expect(inheritedSockets({ LISTEN_PID: '7', LISTEN_FDS: 'many' }, 7)).toEqual([])
  expect(inheritedSockets({}, 7)).toEqual([])
})
