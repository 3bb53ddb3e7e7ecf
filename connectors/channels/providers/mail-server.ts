import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Send } from '../../../schemas/generated.ts'
import { ConnectorError } from '../../../topology/log/log.ts'
import { isLoopback } from './allowed-url.ts'
import type { CallOutcome, Provider } from './provider.ts'

/** The content of an e-mail. */
export interface Mail {
  readonly subject: string
  readonly text: string
  readonly html?: string
}

/** The mail server, the sender, and how a send becomes a mail. */
export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /** Uses TLS from the start; otherwise STARTTLS is required. */
  readonly isSecure?: boolean
  /** Allows plain text to this computer, for trying things out. */
  readonly allowsLoopbackPlain?: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly from: string
  /** Looks up the address behind a send's token; null when there is none. */
  readonly addressOf: (send: Send) => Promise<string | null>
  /** Default: the treatment's parameters `subject`, `text` and `html`. */
  readonly mailOf?: (send: Send) => Mail
}

/**
 * Hands each send to a mail server. Mail has no idempotency: if the server stops answering after it has the text, nobody knows
 * whether it will deliver, so the mail is not sent again. Throws `tls-required` for plain text to another computer.
 */
export function openMailServer(options: SmtpOptions): Provider {
  const { host, allowsLoopbackPlain = false, mailOf = mailOfParameters } = options
  if (allowsLoopbackPlain && !isLoopback(host))
    throw new ConnectorError('tls-required', `'${host}' is not this computer: mail in clear is not for it`)
  return {
    isIdempotent: false,
    async deliver(send, { signal }): Promise<CallOutcome> {
      const progress: Progress = { isTextGiven: false }
      try {
        const to = await options.addressOf(send)
        if (signal.aborted) return { kind: 'failed', reason: 'no-address-in-time' }
        if (to === null) return { kind: 'rejected', reason: 'no-address' }
        const mail = { from: options.from, to, messageId: messageIdOf(send, options.from), ...mailOf(send) }
        const text = await new MailComposer({ ...mail, disableFileAccess: true, disableUrlAccess: true })
          .compile()
          .build()
        await hand(text, { from: options.from, to }, options, signal, progress)
        return { kind: 'delivered' }
      } catch (error) {
        return outcomeOf(error as SmtpError, progress)
      }
    },
    close: async () => undefined,
  }
}

const mailOfParameters = ({ actionId, parameters: { subject = actionId, text = '', html } }: Send): Mail => ({
  subject,
  text,
  ...(html === undefined ? {} : { html }),
})

/** Derives the Message-ID from the idempotency key, so that mail programs recognise a copy. */
export function messageIdOf({ idempotencyKey }: Send, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'
  return `<${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32)}@${domain}>`
}

interface Progress {
  /** Once the server has the text it may deliver, whatever happens to the connection. */
  isTextGiven: boolean
}

interface SmtpError extends Error {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
}

async function hand(
  text: Buffer,
  envelope: { readonly from: string; readonly to: string },
  { host, port, isSecure = false, allowsLoopbackPlain = false, auth }: SmtpOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const connection = new SMTPConnection({ host, port, secure: isSecure, requireTLS: !isSecure && !allowsLoopbackPlain })
  const body = Readable.from(
    (function* () {
      progress.isTextGiven = true
      yield text
    })(),
  )
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve())
      const send = () => connection.send({ from: addressIn(envelope.from), to: envelope.to }, body, done)
      const logIn = () => (auth ? connection.login({ ...auth }, error => (error ? reject(error) : send())) : send())
      // Stays registered for late errors: an error event without a listener ends the process.
      connection.on('error', reject)
      signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
      connection.connect(error => (error ? reject(error) : logIn()))
    })
    connection.quit()
  } catch (error) {
    connection.close()
    throw error
  }
}

/** Extracts the address from `Shop <shop@example.com>`. */
const addressIn = (from: string): string => /<([^>]+)>/.exec(from)?.[1] ?? from

/** The server demands a login, which says nothing about the address. */
const authenticationRequired = 530

function outcomeOf({ code, command, responseCode = 0 }: SmtpError, { isTextGiven }: Progress): CallOutcome {
  if (responseCode >= 400) {
    const reason = `smtp-${responseCode}`
    const isOfTheMail = command === 'RCPT TO' || command === 'DATA'
    const isForGood = responseCode >= 500 && responseCode !== authenticationRequired
    // A refusal of us, the sender, must be fixed here and tried again; it must not count against the address.
    return isForGood && isOfTheMail ? { kind: 'bounced', reason } : { kind: 'failed', reason }
  }
  if (code === 'EENVELOPE') return { kind: 'bounced', reason: 'bad-address' }
  return isTextGiven ? { kind: 'unknown', reason: 'no-answer' } : { kind: 'failed', reason: 'not-connected' }
}
