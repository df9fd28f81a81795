import { type TOTP, URI } from 'otpauth'
import type { Page } from 'playwright-core'
import decodeQR from 'qr/decode.js'

/** Reads the QR code of a page from a screenshot, as a phone does, and returns its authenticator app. */
export async function scanQrCode(page: Page): Promise<TOTP> {
  const screenshot = await page.getByRole('img', { name: /^QR code/ }).screenshot()
  const uri = URI.parse(decodeQR(await decodePng(page, screenshot)))
  if (!('period' in uri)) throw new Error('The QR code is not that of a time-based code.')
  return uri
}

/** In a page of its own, because the policy of the app allows no images from data. */
async function decodePng(page: Page, png: Buffer) {
  const blank = await page.context().newPage()
  const image = await blank.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.codePointAt(0) ?? 0)
    const bitmap = await createImageBitmap(new Blob([bytes]))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')
    context?.drawImage(bitmap, 0, 0)
    const pixels = context?.getImageData(0, 0, bitmap.width, bitmap.height)
    return { ...{ width: bitmap.width, height: bitmap.height }, data: [...(pixels?.data ?? [])] }
  }, png.toString('base64'))
  await blank.close()
  return { ...image, data: Uint8Array.from(image.data) }
}
