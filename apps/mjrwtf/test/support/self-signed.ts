/**
 * A self-signed certificate for 127.0.0.1 (not for `localhost`), valid for a hundred years, and its
 * key, which protects nothing. No program trusts it unless configured to.
 */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRYPEoACIs3MwKsEM
gT8RHq9dUuSAltEaTp5TgXwohRahRANCAAQkTldcY5Mkmortcj01grTg3o56W6YM
n2xGxABv0ZhFS3x7xlSHzdMd6s+/JOLpEH3nbMzgNwpHyvG8FR+ol1e6
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBhTCCASygAwIBAgIUfwP9tCMXaTCC1ZHi/dv3g1lCQDMwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEbWFpbDAgFw0yNjExMjcwNjU4MDZaGA8yMTI2MTEwMzA2NTgw
NlowDzENMAsGA1UEAwwEbWFpbDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCRO
V1xjkySaiu1yPTWCtODejnpbpgyfbEbEAG/RmEVLfHvGVIfN0x3qz78k4ukQfeds
zOA3CkfK8bwVH6iXV7qjZDBiMB0GA1UdDgQWBBSHv482Xz2f7lYSB/k+4YQzWZPz
uzAfBgNVHSMEGDAWgBSHv482Xz2f7lYSB/k+4YQzWZPzuzAPBgNVHRMBAf8EBTAD
AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIgfEn8yPPNECoE
LGs6G/e47441QRNaE0aa+Jnxm5lHcOoCIHbjN/xpJkyt4xOeoXU/O6iBGuNq4ZiO
uib+S7sMNKzk
-----END CERTIFICATE-----`,
} as const
