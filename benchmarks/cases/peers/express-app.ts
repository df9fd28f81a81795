import express from 'express'

/** Express without features that the others lack: the X-Powered-By header and ETags. */
export function createApp(): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  return app
}
