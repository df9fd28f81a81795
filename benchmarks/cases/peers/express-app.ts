import express from 'express'

/** Express without what the others do not do either: a header of its name, and a hash of each answer. */
export function createApp(): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  return app
}
