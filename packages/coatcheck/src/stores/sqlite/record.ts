/** The columns of a session, named after the fields of the record. */
export const recordColumns = `
  id, secret_hash AS secretHash, previous_secret_hash AS previousSecretHash,
  previous_secret_expires_at AS previousSecretExpiresAt, rotated_at AS rotatedAt,
  CAST(user_id AS TEXT) AS userId, created_at AS createdAt, expires_at AS expiresAt,
  last_activity_at AS lastActivityAt, idle_timeout_ms AS idleTimeout,
  authenticated_at AS authenticatedAt, remembered, ip_address AS ipAddress,
  user_agent AS userAgent, csrf_secret AS csrfSecret, data, data_version AS dataVersion, methods,
  ended_at AS endedAt, end_reason AS endReason, ended_by AS endedBy`
