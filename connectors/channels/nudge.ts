/** Lets a loop rest until something has happened, or for so long at most. */
export class Nudge {
  #wake: (() => void) | null = null
  #isDue = false

  now(): void {
    this.#isDue = true
    this.#wake?.()
  }

  async wait(ms: number): Promise<void> {
    if (!this.#isDue) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    this.#wake = null
    this.#isDue = false
  }
}
