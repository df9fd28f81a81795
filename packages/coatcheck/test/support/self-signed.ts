/**
 * A self-signed certificate for 127.0.0.1, valid for a hundred years, and its key, which protects nothing.
 * No program trusts it unless configured to.
 */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLooSbwcNuQW9LM6I
MyiVEE1ifguD8Ymb+hN+RQTUl7KhRANCAATQvfFiXXTGEmkHbRs/uGjxFs81IwzM
CCnnhLTl5JQVwPkzcfFaIj+2a2zZ+X3ynbgynMyN+LjZUSHknuxiyU7P
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBizCCATCgAwIBAgIUKB3/M7bZNpGkj2F6oBpHM1a+s28wCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGZG9jdG9yMCAXDTI2MTEzMDEyMjA1NVoYDzIxMjYxMTA2MTIy
MDU1WjARMQ8wDQYDVQQDDAZkb2N0b3IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AATQvfFiXXTGEmkHbRs/uGjxFs81IwzMCCnnhLTl5JQVwPkzcfFaIj+2a2zZ+X3y
nbgynMyN+LjZUSHknuxiyU7Po2QwYjAdBgNVHQ4EFgQU6FIvnCQPgDyiyLu53sgj
Y3sJUfcwHwYDVR0jBBgwFoAU6FIvnCQPgDyiyLu53sgjY3sJUfcwDwYDVR0TAQH/
BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYCIQD7j6LL
Aaqh8mCIxlMHVlbO6ynuyQq8zT6XUnkSN+Q/mwIhAK0CrabZIQx65sujPZ2X9291
ztVP7AmXgy9ZGPeKC33g
-----END CERTIFICATE-----`,
} as const
