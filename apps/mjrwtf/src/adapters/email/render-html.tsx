import type { EmailBlock, EmailContent } from './email-content.ts'

/**
 * Renders one column with inline styles. Nothing is loaded from a server: a remote image would reveal when and where
 * the email is read. JSX escapes all values.
 */
export function renderHtml(
  { subject, heading, blocks }: EmailContent,
  { siteName, footer }: { readonly siteName: string; readonly footer: readonly EmailBlock[] },
): string {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{subject}</title>
        <style>{darkStyles}</style>
      </head>
      <body class="ground" style={styles.body}>
        {/* biome-ignore lint/a11y/useSemanticElements: mail programs drop unknown elements */}
        <div role="main" class="sheet" style={styles.sheet}>
          <p style={styles.brand}>
            <span style={styles.stub}>{siteName}</span>
          </p>
          <h1 style={styles.heading}>{heading}</h1>
          {blocks.map((block) => (
            <Block block={block} />
          ))}
          <hr class="line" style={styles.line} />
          <div class="quiet" style={styles.footer}>
            {footer.map((block) => (
              <Block block={block} />
            ))}
          </div>
        </div>
      </body>
    </html>
  )
  return `<!doctype html>${document.toString()}`
}

function Block({ block }: { readonly block: EmailBlock }) {
  switch (block.kind) {
    case 'text':
      return <p style={styles.text}>{block.text}</p>
    case 'details':
      return <DetailTable details={block.details} />
    case 'action':
      return <Action label={block.label} url={block.url} />
    case 'link':
      return (
        <p style={styles.text}>
          {block.label}:<br />
          <UrlLink url={block.url} />
        </p>
      )
  }
}

function DetailTable({ details }: { readonly details: readonly (readonly [string, string])[] }) {
  return (
    <table class="sunken" style={styles.details}>
      <tbody>
        {details.map(([name, value]) => (
          <tr>
            <th class="quiet" scope="row" style={styles.detailName}>
              {name}
            </th>
            <td style={styles.detailValue}>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Action({ label, url }: { readonly label: string; readonly url: string }) {
  return (
    <>
      <p style={styles.text}>
        <a class="button" href={url} style={styles.button}>
          {label}
        </a>
      </p>
      <p class="quiet" style={styles.small}>
        Or open this URL: <UrlLink url={url} />
      </p>
    </>
  )
}

function UrlLink({ url }: { readonly url: string }) {
  return (
    <a class="link" href={url} style={styles.link}>
      {url}
    </a>
  )
}

/** The light colors of the web pages, for mail programs that ignore style sheets. */
const styles = {
  body:
    'margin:0;padding:24px 12px;background:#f3f5f1;color:#16211d;' +
    'font:16px/1.6 "Avenir Next",Avenir,"Segoe UI",Ubuntu,"Noto Sans",system-ui,sans-serif',
  sheet:
    'max-width:544px;margin:0 auto;padding:24px;background:#ffffff;color:#16211d;border-radius:10px',
  brand: 'margin:0 0 24px',
  stub: 'padding:4px 10px;background:#ffc845;color:#1f1a08;border-radius:4px;font-weight:650',
  heading: 'margin:0 0 16px;font-size:26px;line-height:1.2;font-weight:650',
  text: 'margin:0 0 16px',
  small: 'margin:0 0 16px;color:#51605a;font-size:14px',
  details:
    'margin:0 0 16px;width:100%;background:#e9ede8;border-radius:10px;border-collapse:collapse',
  detailName:
    'padding:8px 12px;text-align:left;vertical-align:top;font-weight:normal;color:#51605a;width:30%',
  detailValue: 'padding:8px 12px;text-align:left;vertical-align:top;word-break:break-word',
  button:
    'display:inline-block;padding:12px 20px;background:#0b5c48;color:#ffffff;border-radius:10px;' +
    'font-weight:650;text-decoration:none',
  link: 'color:#0b5c48;word-break:break-all',
  line: 'margin:24px 0 16px;border:0;border-top:1px solid #d5dcd6',
  footer: 'color:#51605a;font-size:14px',
} as const

const darkStyles =
  ':root{color-scheme:light dark;supported-color-schemes:light dark}' +
  '@media (prefers-color-scheme:dark){' +
  '.ground{background:#0e1513!important;color:#e9efeb!important}' +
  '.sheet{background:#16201d!important;color:#e9efeb!important}' +
  '.sunken{background:#1d2925!important}' +
  '.quiet{color:#a3b2ab!important}' +
  '.button{background:#7fd9b9!important;color:#06251c!important}' +
  '.link{color:#7fd9b9!important}' +
  '.line{border-color:#2a3833!important}}'
