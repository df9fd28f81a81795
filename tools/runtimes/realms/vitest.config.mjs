// Jest's file: both provide `test` as a global.
export default { test: { globals: true, include: ['*.jest.mjs'] } }
